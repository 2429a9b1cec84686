import { Money, ProblemError } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { type CoreBench, createCoreBench, OTHER_TILL, PERSON, payAndConfirm, TILL } from '../core-bench.ts';
import type { Payment } from '../payment/payment.ts';
import type { Refund } from './refund.ts';

const problemOf = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : error),
  );
const MINUTE = 60_000;

async function paidBench() {
  const bench = await createCoreBench({ bank: { scheme: 2 } });
  const payment = await payAndConfirm(bench);
  return { bench, payment };
}

/** A session of the till; `customer` stands there, by default the one who has paid. */
async function session(bench: CoreBench, options: { customer?: string; isScanned?: boolean } = {}): Promise<string> {
  const refundSessionId = bench.ids.uuid();
  const { refundCodeId = '' } = await bench.hub.refundSessions.open(TILL, { refundSessionId });
  const { customer, isScanned = true } = options;
  if (isScanned) bench.bank.scanRefundCode(refundCodeId, customer === undefined ? {} : { customer });
  await bench.clock.advance(6_000);
  return refundSessionId;
}

interface Ask {
  refundSessionId?: string;
  amount?: string;
  refundId?: string;
  caller?: typeof TILL;
}

async function refund(bench: CoreBench, payment: Payment, ask: Ask): Promise<Refund> {
  const { caller = TILL, amount, refundId = bench.ids.uuid(), refundSessionId } = ask;
  const asked = bench.hub.refunds.create(caller, {
    refundId,
    paymentId: payment.paymentId,
    ...(amount === undefined ? {} : { amount: Money.parse(amount) }),
    ...(refundSessionId === undefined ? {} : { refundSessionId }),
    reason: 'wrong size',
  });
  asked.catch(() => undefined);
  await bench.clock.advance(11_000);
  return asked;
}
const again = (bench: CoreBench, one: Refund) => bench.hub.refunds.get(PERSON, one.refundId);
const callsOf = (bench: CoreBench, method: string) => bench.bank.calls.filter((one) => one.method === method).length;

describe('a refund with the customer', () => {
  it('goes back while the customer is known, in parts, without having been listed first', async () => {
    const { bench, payment } = await paidBench();
    const refundSessionId = await session(bench);
    const first = await refund(bench, payment, { refundSessionId, amount: '400.00' });
    expect(first).toMatchObject({ status: 'confirmed', evidence: 'answer', refundSessionId });
    expect(await refund(bench, payment, { refundSessionId })).toMatchObject({ status: 'confirmed' });
    expect(bench.charged(payment)).toBe('0.00');
    expect(callsOf(bench, 'listCustomerPurchases')).toBe(1);
    expect((await bench.get(payment.paymentId)).refunded.toString()).toBe('1500.00');
  });

  it('needs the customer: not from headquarters, not without a session, not before the scan, not with another’s', async () => {
    const { bench, payment } = await paidBench();
    const codeOf = (ask: Ask) => problemOf(refund(bench, payment, ask));
    expect(await codeOf({})).toBe('customer_required');
    expect(await codeOf({ caller: PERSON })).toBe('customer_required');
    expect(await codeOf({ refundSessionId: bench.ids.uuid() })).toBe('refund_session_not_found');
    const unscanned = await session(bench, { isScanned: false });
    expect(await codeOf({ refundSessionId: unscanned })).toBe('customer_not_known');
    const stranger = await session(bench, { customer: 'somebody else' });
    expect(await codeOf({ refundSessionId: unscanned })).toBe('refund_session_over');
    expect(await codeOf({ refundSessionId: stranger })).toBe('not_customers_purchase');
    expect(await codeOf({ refundSessionId: stranger, caller: PERSON })).toBe('customer_required');
    expect(await codeOf({ refundSessionId: stranger, caller: OTHER_TILL })).toBe('payment_not_found');
    await bench.clock.advance(15 * MINUTE);
    expect(await codeOf({ refundSessionId: stranger })).toBe('refund_session_over');
    expect(callsOf(bench, 'refund')).toBe(0);
    expect(await bench.hub.refunds.listOf(PERSON, payment.paymentId)).toEqual([]);
    expect((await bench.get(payment.paymentId)).refundReserved.toString()).toBe('0.00');
  });

  it('under the same id is the same refund, also when its session is over; with another session a conflict', async () => {
    const { bench, payment } = await paidBench();
    const refundId = bench.ids.uuid();
    const refundSessionId = await session(bench);
    const first = await refund(bench, payment, { refundId, refundSessionId });
    const next = await session(bench);
    expect(await refund(bench, payment, { refundId, refundSessionId })).toEqual(first);
    expect(await problemOf(refund(bench, payment, { refundId, refundSessionId: next }))).toBe('refund_conflict');
    expect(callsOf(bench, 'refund')).toBe(1);
  });

  it('whose answer is lost although it happened is confirmed by the difference', async () => {
    const { bench, payment } = await paidBench();
    const refundSessionId = await session(bench);
    bench.bank.faults.next('refund', 'answer_lost');
    const lost = await refund(bench, payment, { refundSessionId, amount: '400.00' });
    expect(lost).toMatchObject({ status: 'sent', statusReason: 'answer_lost' });
    await bench.clock.advance(25_000);
    expect(await again(bench, lost)).toMatchObject({ status: 'confirmed', evidence: 'difference' });
    expect([bench.charged(payment), callsOf(bench, 'refund')]).toEqual(['1100.00', 1]);
  });

  it('whose request was lost is sent once more while the session lives and a double is impossible', async () => {
    const { bench, payment } = await paidBench();
    const refundSessionId = await session(bench);
    bench.bank.faults.next('refund', 'request_lost');
    const lost = await refund(bench, payment, { refundSessionId, amount: '800.00' });
    await bench.clock.advance(11 * MINUTE);
    expect(await again(bench, lost)).toMatchObject({ status: 'confirmed', sends: 2 });
    expect(bench.charged(payment)).toBe('700.00');
  });

  it('whose request was lost is left to a person once the session is over', async () => {
    const { bench, payment } = await paidBench();
    const refundSessionId = await session(bench);
    bench.bank.faults.next('refund', 'request_lost');
    const lost = await refund(bench, payment, { refundSessionId, amount: '800.00' });
    await session(bench, { customer: 'the next one' });
    await bench.clock.advance(11 * MINUTE);
    expect(await again(bench, lost)).toMatchObject({ status: 'unknown', statusReason: 'unchanged', sends: 1 });
    expect((await bench.openCases()).map((one) => one.kind)).toContain('refund_unknown');
    expect([bench.charged(payment), callsOf(bench, 'refund')]).toEqual(['1500.00', 1]);
  });

  it('that could not be sent while the customer was there is not sent after they have gone', async () => {
    const { bench, payment } = await paidBench();
    const refundSessionId = await session(bench);
    bench.bank.faults.always('readDetails', 'request_lost');
    const waiting = await refund(bench, payment, { refundSessionId, amount: '800.00' });
    expect(waiting).toMatchObject({ status: 'approved', statusReason: 'bank_unreachable' });
    await bench.clock.advance(16 * MINUTE);
    bench.bank.faults.clear();
    await bench.clock.advance(MINUTE);
    expect(await again(bench, waiting)).toMatchObject({ status: 'declined', statusReason: 'customer_gone' });
    expect((await again(bench, waiting)).evidence).toBeUndefined();
    expect(callsOf(bench, 'refund')).toBe(0);
    expect((await bench.get(payment.paymentId)).refundReserved.toString()).toBe('0.00');
    expect(await refund(bench, payment, { refundSessionId: await session(bench) })).toMatchObject({
      status: 'confirmed',
    });
  });

  it('goes on by reading after the hub has died, and is not sent by whoever took it over', async () => {
    const { bench, payment } = await paidBench();
    const refundSessionId = await session(bench);
    bench.bank.faults.next('refund', 'request_lost');
    const lost = await refund(bench, payment, { refundSessionId, amount: '800.00' });
    await bench.restart();
    await bench.clock.advance(11 * MINUTE);
    expect(await again(bench, lost)).toMatchObject({ status: 'unknown', statusReason: 'unchanged', sends: 1 });
    expect(callsOf(bench, 'refund')).toBe(1);
  });

  it('refused by the bank is declined with its word', async () => {
    const { bench, payment } = await paidBench();
    const refundSessionId = await session(bench);
    bench.bank.purchase(payment.bankPaymentId ?? '').partialRefundImpossible = true;
    expect(await refund(bench, payment, { refundSessionId, amount: '1.00' })).toMatchObject({
      status: 'declined',
      statusReason: 'partial_refund_impossible',
    });
    expect(await refund(bench, payment, { refundSessionId })).toMatchObject({ status: 'confirmed' });
  });

  it('is made through another device of the trade point than the one that took the payment', async () => {
    const { bench, payment } = await paidBench();
    const { deviceToken, organizationBin } = await bench.get(payment.paymentId);
    const device = { agentId: 'till-1', deviceId: 'till-1b', organizationBin, tradePointId: '1' };
    await bench.hub.devices.register(PERSON, device);
    await bench.bank.deleteDevice({ organizationBin, deviceToken });
    const refundSessionId = bench.ids.uuid();
    const opened = await bench.hub.refundSessions.open(TILL, { refundSessionId, deviceId: 'till-1b' });
    bench.bank.scanRefundCode(opened.refundCodeId ?? '');
    await bench.clock.advance(6_000);
    expect(await refund(bench, payment, { refundSessionId })).toMatchObject({ status: 'confirmed' });
  });
});
