import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer, payByQr } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import { startWorld, type World } from '../support/world.ts';

/** Scheme 1 of the bank: an Api-Key over TLS, no client certificate, no details, no refunds, no invoices. */
let world: World;
beforeAll(async () => {
  world = await startWorld({
    scheme: 1,
    bank: { scanWaitS: 3, confirmWaitS: 3 },
    hubIntervals: { lateWatch: [{ everyMs: 300, untilMs: 60_000 }] },
    agentIntervals: { lateAcceptMs: 4_000 },
  });
});
afterAll(() => world?.stop());

const keyFile = () => join(world.paths.simData, 'api-key');
const hubLog = () => readFileSync(world.program('hub').logFile, 'utf8');
const logGrows = (pattern: RegExp, before: number) =>
  eventually(`the hub's log says ${pattern}`, () => pattern.test(hubLog().slice(before)));
const refundsAtBank = async () => (await world.bank.truth()).refunds;

test('a QR payment is paid; its refund is refused at the till and at headquarters, with where it is made instead', async () => {
  const paid = await payByQr(world, '501.00');
  const atTill = await world.till.refund(paid.id, undefined);
  expect(atTill).toMatchObject({ status: 409, body: { code: 'refunds_not_offered', money: 'none', retry: 'never' } });
  const atHq = await world.hub.refund(paid.id, '501.00');
  expect(atHq).toMatchObject({ status: 409, body: { code: 'refunds_not_offered', money: 'none' } });
  expect(JSON.stringify(atHq.body.hint)).toContain('Kaspi Pay');
  expect(await world.hub.call('/offer')).toMatchObject({
    body: { scheme: 1, methods: ['qr', 'link'], refunds: 'none' },
  });
  expect(await refundsAtBank()).toEqual([]);
  await expectAgreement(world);
});

test('late money that the till claims in time is its payment', async () => {
  const asked = await world.till.pay({ method: 'qr', amount: '502.00' });
  await world.till.waitFor(asked.id, 'expired');
  await createCustomer(world).confirmLate(asked.id);
  await world.till.waitFor(asked.id, (payment) => payment.late !== undefined);
  expect((await world.till.post(asked.id, 'accept-late')).status).toBe(200);
  await world.till.waitFor(asked.id, 'paid');
  await expectAgreement(world);
});

test('late money that nobody claims becomes a case, is never called refunded, and stays with the shop', async () => {
  const asked = await world.till.pay({ method: 'qr', amount: '503.00' });
  await world.till.waitFor(asked.id, 'expired');
  await createCustomer(world).confirmLate(asked.id);
  await world.till.waitFor(asked.id, (payment) => payment.late !== undefined);
  const found = await eventually('a case about the late money', async () =>
    (await world.hub.cases()).find((one) => one.paymentId === asked.id),
  );
  expect(found).toMatchObject({ kind: 'late_money', amount: '503.00' });
  expect(await world.hub.payment(asked.id)).toMatchObject({ status: 'expired', late: { outcome: 'case' } });
  expect((await world.till.get(asked.id)).refundedAmount ?? '0.00').toBe('0.00');
  expect((await world.till.post(asked.id, 'accept-late')).status).toBe(409);
  expect(await refundsAtBank()).toEqual([]);
  await expectAgreement(world);
  // A person gave it back in the app, and says so.
  const closed = await world.hub.call(`/cases/${found.id}/close`, { body: { reason: 'refunded in Kaspi Pay' } });
  expect(closed.status).toBe(200);
  await eventually('nothing more is awaited', async () => (await world.hub.payment(asked.id)).final === true);
  expect(await world.hub.payment(asked.id)).toMatchObject({ refundedAmount: '0.00' });
});

test('an Api-Key that the bank does not know is not taken into service; the right one is, without a restart', async () => {
  const key = readFileSync(keyFile(), 'utf8').trim();
  const pid = world.program('hub').pid;
  let before = hubLog().length;
  writeFileSync(keyFile(), 'test_00000000-0000-0000-0000-000000000000\n');
  world.program('hub').signal('SIGHUP');
  await logGrows(/Api-Key for the bank is NOT used/, before);
  await payByQr(world, '504.00');
  before = hubLog().length;
  writeFileSync(keyFile(), `${key}\n`);
  world.program('hub').signal('SIGHUP');
  await logGrows(/Api-Key for the bank was read again/, before);
  await payByQr(world, '505.00');
  expect(world.program('hub').pid).toBe(pid);
  expect(hubLog()).not.toContain(key);
});
