import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { callArrives } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import type { TillPayment } from '../support/till.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ hubIntervals: { createClaimMs: 2_000, leaseMs: 1_500, renewMs: 400 } });
});
afterAll(() => world?.stop());

const PHONE = '8 707 123 45 67';
const SLOW_ANSWER_MS = 3_000;
const send = (amount: string) => world.till.pay({ method: 'invoice', amount, phone: PHONE, comment: 'order 7' });
const readsOf = async (bankPaymentId = '') =>
  (await world.bank.calls()).filter((call) => call.path.endsWith(`payment/status/${bankPaymentId}`)).length;
const refreshed = async (payment: TillPayment) => (await world.till.post(payment.id, 'refresh')).body;

/** The invoice of a payment whose answer never came, and the case about it. */
async function untilUnanswered(amount: string) {
  return eventually('a case about the lost answer', async () =>
    (await world.hub.cases(true)).find((one) => one.kind === 'invoice_unanswered' && one.amount === amount),
  );
}

test('an invoice is paid, asked about, collected and refunded', async () => {
  const asked = await send('1200.00');
  expect(asked).toMatchObject({ status: 'awaiting_confirmation', payerName: expect.any(String), refreshableInS: 0 });
  const [invoice] = await world.bank.invoices(asked.id);
  expect(invoice).toMatchObject({ comment: `${asked.id} order 7`, phone: '87071234567' });
  await world.bank.act(asked.bankPaymentId ?? '', 'confirm');
  expect(await refreshed(asked)).toMatchObject({ status: 'paid', final: true });
  const back = await world.till.refund(asked.id, undefined);
  await world.till.waitForRefund(back.body.id, 'confirmed');
  await expectAgreement(world);
});

test('one that the customer refuses has failed, and a second question is told to wait', async () => {
  const asked = await send('41.00');
  expect(await refreshed(asked)).toMatchObject({ status: 'awaiting_confirmation', refreshableInS: 30 });
  expect(await world.till.post(asked.id, 'refresh')).toMatchObject({ status: 429, body: { code: 'refresh_too_soon' } });
  await world.bank.act(asked.bankPaymentId ?? '', 'decline');
  const cancelled = await world.till.post(asked.id, 'cancel');
  expect(cancelled.body).toMatchObject({ final: true });
  expect((await world.bank.truth()).charges.filter((charge) => charge.amount === '41.00')).toEqual([]);
});

test('one that is cancelled is withdrawn at the bank', async () => {
  const asked = await send('42.00');
  expect((await world.till.post(asked.id, 'cancel')).body).toMatchObject({ status: 'cancelled', final: true });
  expect(await world.bank.invoices(asked.id)).toMatchObject([{ phase: 'cancelled' }]);
});

test('a number that is nobody’s fails before anything is sent', async () => {
  const refused = await world.till.call(`/payers?phone=${encodeURIComponent('8 707 000 04 04')}`);
  expect(refused).toMatchObject({ status: 422, body: { code: 'payer_not_found', money: 'none' } });
  const asked = await world.till.pay({ method: 'invoice', amount: '43.00', phone: '87070000404' });
  expect(asked).toMatchObject({ status: 'failed', statusReason: 'payer_not_found', final: true });
  expect(await world.bank.invoices(asked.id)).toEqual([]);
});

test('a hub that runs, restarts and is taken over reads nothing; one question reads once', async () => {
  const asked = await send('44.00');
  await world.till.get(asked.id);
  await world.till.call(`/payments/${asked.id}?wait=1&after=99`);
  await world.kill('hub');
  await world.restart('hub', 'agent');
  await world.till.waitFor(asked.id, 'awaiting_confirmation');
  expect(await readsOf(asked.bankPaymentId)).toBe(0);
  await world.bank.act(asked.bankPaymentId ?? '', 'confirm');
  expect(await refreshed(asked)).toMatchObject({ status: 'paid' });
  expect(await readsOf(asked.bankPaymentId)).toBe(1);
  await expectAgreement(world);
});

test('a lost answer is a case with amount and phone; the id that a person enters is verified, and the payment goes on', async () => {
  await world.bank.fault({ where: 'bank', path: 'remote/create', kind: 'answer_lost', times: 1 });
  const key = 'the-key-of-one-invoice';
  const body = { method: 'invoice', amount: '45.00', phone: PHONE };
  const asking = world.till.ask(body, key);
  const entry = await untilUnanswered('45.00');
  const payment = (await asking).body;
  expect((await world.till.ask(body, key)).body.id).toBe(payment.id);
  await world.till.waitFor(payment.id, (one) => one.statusReason === 'invoice_unanswered');
  const [invoice, ...others] = await world.bank.invoices(payment.id);
  expect(others).toEqual([]);
  expect(entry).toMatchObject({ paymentId: payment.id, detail: { phone: '87071234567', reference: payment.id } });
  const path = `/payments/${payment.id}/resolve-invoice`;
  const early = await world.hub.call(path, { body: { outcome: 'not_found', reason: 'not in the app' } });
  expect(early).toMatchObject({ status: 409, body: { code: 'invoice_may_live' } });
  const found = await world.hub.call(path, { body: { outcome: 'found', bankPaymentId: invoice?.bankPaymentId } });
  expect(found).toMatchObject({ status: 200, body: { status: 'awaiting_confirmation' } });
  await world.bank.act(invoice?.bankPaymentId ?? '', 'confirm');
  await world.till.waitFor(payment.id, 'awaiting_confirmation');
  expect((await world.hub.cases(true)).map((one) => one.id)).not.toContain(entry.id);
});

test('a hub that dies between the lookup and the answer sends no second invoice', async () => {
  const before = (await world.bank.calls()).filter((call) => call.path.includes('remote/create')).length;
  await world.bank.fault({
    where: 'bank',
    path: 'remote/create',
    kind: 'delay',
    ms: SLOW_ANSWER_MS,
    afterProcessing: true,
    times: 1,
  });
  const asking = world.till.ask({ method: 'invoice', amount: '46.00', phone: PHONE });
  await callArrives(world, 'remote/create', before);
  await world.kill('hub');
  await world.restart('hub');
  const { body } = await asking;
  const entry = await untilUnanswered('46.00');
  expect(entry.paymentId).toBe(body.id);
  expect(await world.bank.invoices(body.id)).toHaveLength(1);
  await world.till.waitFor(body.id, 'unknown');
});

test('after all of it the bank has seen no polling, and no log knows a number or a name', async () => {
  expect((await world.bank.truth()).polledReads).toBe(0);
  const { payerName = '' } = await send('47.00');
  expect(payerName).not.toBe('');
  for (const program of ['hub', 'agent']) {
    const log = readFileSync(join(world.folder, `${program}.log`), 'utf8');
    expect(log.length).toBeGreaterThan(1_000);
    expect(log).not.toMatch(/7071234567|7070000404/);
    expect(log).not.toContain(payerName);
  }
});
