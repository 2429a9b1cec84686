import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer, payByQr } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ hubIntervals: { unreachableUnknownMs: 4_000, refundReadsMs: [500, 1000, 2000] } });
});
afterAll(() => world?.stop());

test('the bank is unavailable past the deadline: the payment says so, is never failed, and is paid when the bank is back', async () => {
  const customer = createCustomer(world);
  const asked = await world.till.pay({ method: 'qr', amount: '301.00' });
  await customer.scan(asked.id);
  await world.till.waitFor(asked.id, 'awaiting_confirmation');
  await world.bank.fault({ where: 'bank', path: '*', kind: 'code', statusCode: -999, times: 100_000 });
  await customer.confirm(asked.id);
  await world.till.waitFor(asked.id, (payment) => payment.statusReason === 'bank_unreachable');
  await world.till.waitFor(asked.id, 'unknown');
  await world.bank.clearFaults();
  await world.till.waitFor(asked.id, 'paid', 40_000);
  await expectAgreement(world);
});

test('−999 on a refund is an unknown outcome that reading settles', async () => {
  const paid = await payByQr(world, '302.00');
  await world.bank.fault({ where: 'bank', path: 'payment/return', kind: 'code_after', statusCode: -999, times: 1 });
  const asked = await world.till.refund(paid.id, '302.00');
  const confirmed = await world.till.waitForRefund(asked.body.id, 'confirmed');
  expect(confirmed.evidence).toBe('difference');
  await expectAgreement(world);
});

test('−999 on the creation of a QR starts nothing', async () => {
  await world.bank.fault({ where: 'bank', path: 'qr/create', kind: 'code', statusCode: -999, times: 1_000 });
  const answer = await world.till.ask({ method: 'qr', amount: '303.00' });
  if (answer.status < 300) await world.till.waitFor(answer.body.id, 'failed');
  else expect(answer.body.money).toBe('none');
  await world.bank.clearFaults();
  await expectAgreement(world);
});

test('a status word that nobody listed leaves the payment open, and the next word decides', async () => {
  const customer = createCustomer(world);
  const asked = await world.till.pay({ method: 'qr', amount: '304.00' });
  await customer.act(asked.id, 'set-word', { word: 'SomethingNew' });
  const polled = (await world.bank.calls()).length;
  await eventually('the word was read', async () => (await world.bank.calls()).length > polled + 2);
  expect((await world.till.get(asked.id)).status).toBe('awaiting_scan');
  await customer.confirm(asked.id);
  await world.till.waitFor(asked.id, 'paid');
  await expectAgreement(world);
});

test('an amount that differs from the one asked is held, and a case names it', async () => {
  const customer = createCustomer(world);
  const asked = await world.till.pay({ method: 'qr', amount: '305.00' });
  await customer.scan(asked.id);
  await customer.confirm(asked.id, '300.00');
  const held = await world.till.waitFor(asked.id, 'unknown');
  expect(held.statusReason).toBe('amount_mismatch');
  await eventually('a case is open', async () =>
    (await world.hub.cases(true)).some((one) => one.paymentId === asked.id && one.kind === 'amount_mismatch'),
  );
  await expectAgreement(world);
});
