import { Money, ProblemError } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { type CoreBench, createCoreBench, OTHER_TILL, PERSON, payAndConfirm, TILL } from '../core-bench.ts';
import type { Payment } from '../payment/payment.ts';
import type { Refund } from './refund.ts';

const problemOf = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: unknown) => (error instanceof ProblemError ? error.problem : error),
  );
const MINUTE = 60_000;

async function paidBench() {
  const bench = await createCoreBench();
  const payment = await payAndConfirm(bench);
  return { bench, payment };
}

/** Asks as the till does, lets the caller's wait run out, and reads the refund as it is then. */
async function refund(bench: CoreBench, payment: Payment, amount?: string): Promise<Refund> {
  const refundId = bench.ids.uuid();
  const asked = bench.hub.refunds.create(TILL, {
    refundId,
    paymentId: payment.paymentId,
    ...(amount === undefined ? {} : { amount: Money.parse(amount) }),
    reason: 'returned goods',
    actor: 'cashier-1',
  });
  // A refusal comes before the time does.
  asked.catch(() => undefined);
  await bench.clock.advance(11_000);
  return asked;
}
const again = (bench: CoreBench, one: Refund) => bench.hub.refunds.get(PERSON, one.refundId);
const refundCalls = (bench: CoreBench) => bench.bank.calls.filter((call) => call.method === 'refund').length;

describe('a refund', () => {
  it('in parts never exceeds the payment', async () => {
    const { bench, payment } = await paidBench();
    expect(await refund(bench, payment, '400.00')).toMatchObject({
      status: 'confirmed',
      evidence: 'answer',
      actor: 'agent:till-1/cashier-1',
    });
    expect(await refund(bench, payment, '600.00')).toMatchObject({ status: 'confirmed' });
    expect(await problemOf(refund(bench, payment, '500.01'))).toMatchObject({
      code: 'refund_exceeds_payment',
      money: 'none',
    });
    expect((await refund(bench, payment)).amount.toString()).toBe('500.00');
    expect(await problemOf(refund(bench, payment))).toMatchObject({ code: 'not_refundable' });
    const after = await bench.get(payment.paymentId);
    expect([after.refunded.toString(), after.refundReserved.toString()]).toEqual(['1500.00', '0.00']);
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('asked for twice at once goes back once', async () => {
    const { bench, payment } = await paidBench();
    const ask = { paymentId: payment.paymentId, amount: Money.parse('1500.00'), reason: 'twice' };
    const outcomes = await Promise.all(
      [1, 2].map(() => problemOf(bench.hub.refunds.create(TILL, { ...ask, refundId: bench.ids.uuid() }))),
    );
    expect(outcomes.filter((one) => one === undefined)).toHaveLength(1);
    expect(outcomes).toContainEqual(expect.objectContaining({ code: 'refund_in_progress', retry: 'after' }));
    expect(bench.charged(payment)).toBe('0.00');
    expect(refundCalls(bench)).toBe(1);
  });

  it('under the same id is the same refund, and another request under it a conflict', async () => {
    const { bench, payment } = await paidBench();
    const ask = { refundId: bench.ids.uuid(), paymentId: payment.paymentId, amount: Money.parse('10.00'), reason: 'r' };
    const first = await bench.hub.refunds.create(TILL, ask);
    expect(await bench.hub.refunds.create(TILL, ask)).toEqual(first);
    const other = bench.hub.refunds.create(TILL, { ...ask, amount: Money.parse('11.00') });
    expect(await problemOf(other)).toMatchObject({ code: 'refund_conflict' });
    expect(await problemOf(bench.hub.refunds.get(OTHER_TILL, ask.refundId))).toMatchObject({
      code: 'refund_not_found',
    });
  });

  it('whose answer is lost although it happened is confirmed by the difference', async () => {
    const { bench, payment } = await paidBench();
    bench.bank.faults.next('refund', 'answer_lost');
    const lost = await refund(bench, payment, '400.00');
    expect(lost).toMatchObject({ status: 'sent', statusReason: 'answer_lost' });
    expect(await problemOf(refund(bench, payment, '1.00'))).toMatchObject({ code: 'refund_in_progress' });
    await bench.clock.advance(25_000);
    expect(await again(bench, lost)).toMatchObject({ status: 'confirmed', evidence: 'difference' });
    expect(bench.charged(payment)).toBe('1100.00');
    expect(refundCalls(bench)).toBe(1);
  });

  it('whose request was lost is sent once more after ten minutes where a double is impossible', async () => {
    const { bench, payment } = await paidBench();
    bench.bank.faults.next('refund', 'request_lost');
    const lost = await refund(bench, payment, '800.00');
    await bench.clock.advance(9 * MINUTE);
    expect(await again(bench, lost)).toMatchObject({ status: 'sent', sends: 1 });
    await bench.clock.advance(2 * MINUTE);
    expect(await again(bench, lost)).toMatchObject({ status: 'confirmed', sends: 2, evidence: 'answer' });
    expect(bench.charged(payment)).toBe('700.00');
  });

  it('whose request was lost is left to a person where sending again could double it', async () => {
    const { bench, payment } = await paidBench();
    bench.bank.faults.next('refund', 'unavailable');
    const lost = await refund(bench, payment, '700.00');
    await bench.clock.advance(11 * MINUTE);
    expect(await again(bench, lost)).toMatchObject({ status: 'unknown', statusReason: 'unchanged', sends: 1 });
    const kinds = (await bench.openCases()).map((one) => one.kind);
    expect(kinds).toContain('refund_unknown');
    const settled = await bench.hub.refunds.settle(PERSON, {
      refundId: lost.refundId,
      outcome: 'declined',
      reason: 'not in the app',
    });
    expect(settled).toMatchObject({ status: 'declined', evidence: 'person' });
    expect((await bench.openCases()).map((one) => one.kind)).not.toContain('refund_unknown');
    expect(await refund(bench, payment)).toMatchObject({ status: 'confirmed' });
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('with another refund made elsewhere meanwhile stops and asks', async () => {
    const { bench, payment } = await paidBench();
    bench.bank.faults.next('refund', 'answer_lost');
    const lost = await refund(bench, payment, '400.00');
    bench.bank.refundElsewhere(payment.bankPaymentId ?? '', Money.parse('100.00'));
    await bench.clock.advance(25_000);
    expect(await again(bench, lost)).toMatchObject({ status: 'unknown', statusReason: 'difference' });
    expect(refundCalls(bench)).toBe(1);
  });

  it('after a refund made elsewhere is not sent at all, and a person decides', async () => {
    const { bench, payment } = await paidBench();
    bench.bank.refundElsewhere(payment.bankPaymentId ?? '', Money.parse('100.00'));
    const waiting = await refund(bench, payment, '400.00');
    expect(waiting).toMatchObject({ status: 'approved', statusReason: 'available_differs' });
    await bench.clock.advance(11 * MINUTE);
    expect(refundCalls(bench)).toBe(0);
    expect((await bench.openCases()).map((one) => one.kind)).toContain('refund_available_differs');
    await bench.hub.refunds.settle(PERSON, {
      refundId: waiting.refundId,
      outcome: 'declined',
      reason: 'returned in the app',
    });
    expect((await bench.get(payment.paymentId)).refundReserved.toString()).toBe('0.00');
  });

  it('that the bank refuses is declined and its amount free again', async () => {
    const { bench, payment } = await paidBench();
    bench.bank.purchase(payment.bankPaymentId ?? '').partialRefundImpossible = true;
    expect(await refund(bench, payment, '400.00')).toMatchObject({
      status: 'declined',
      statusReason: 'partial_refund_impossible',
    });
    expect(await refund(bench, payment)).toMatchObject({ status: 'confirmed' });
  });

  it('waits while the bank cannot be reached, and is sent when it can', async () => {
    const { bench, payment } = await paidBench();
    bench.bank.faults.always('refund', 'connect_failed');
    const waiting = await refund(bench, payment);
    expect(waiting).toMatchObject({ status: 'approved', statusReason: 'connect_failed' });
    bench.bank.faults.clear();
    await bench.clock.advance(31_000);
    expect(await again(bench, waiting)).toMatchObject({ status: 'confirmed', sends: 1 });
  });

  it('answered after we gave up waiting is confirmed by its answer or the difference, once', async () => {
    const { bench, payment } = await paidBench();
    bench.bank.faults.next('refund', { kind: 'stalled', ms: 45_000 });
    const slow = await refund(bench, payment, '400.00');
    await bench.clock.advance(5 * MINUTE);
    expect(await again(bench, slow)).toMatchObject({ status: 'confirmed' });
    expect(bench.charged(payment)).toBe('1100.00');
    expect(refundCalls(bench)).toBe(1);
  });

  it('whose device is gone is made by another device of the trade point', async () => {
    const { bench, payment } = await paidBench();
    await bench.bank.deleteDevice({ organizationBin: payment.organizationBin, deviceToken: payment.deviceToken });
    expect(await refund(bench, payment)).toMatchObject({ status: 'confirmed' });
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('that the bank does not let us look at is a case at once, and nothing is sent', async () => {
    const { bench, payment } = await paidBench();
    for (const agentId of ['till-1', 'till-2']) {
      const [device] = await bench.hub.devices.listDevices(PERSON, agentId);
      const { organizationBin, deviceToken } = { organizationBin: '', deviceToken: '', ...device };
      await bench.bank.deleteDevice({ organizationBin, deviceToken });
    }
    const held = await refund(bench, payment);
    expect(held).toMatchObject({ status: 'approved', statusReason: 'device_inactive' });
    expect(held.nextReadAtMs).toBeUndefined();
    expect((await bench.openCases()).map((one) => one.kind)).toContain('refund_stuck');
    expect(refundCalls(bench)).toBe(0);
  });

  it('that a person settled as not done, and the bank then answers as done, is told', async () => {
    const { bench, payment } = await paidBench();
    bench.bank.faults.next('refund', { kind: 'stalled', ms: 20 * MINUTE });
    const lost = await refund(bench, payment, '700.00');
    await bench.clock.advance(11 * MINUTE);
    expect(await again(bench, lost)).toMatchObject({ status: 'unknown' });
    const settled = { refundId: lost.refundId, outcome: 'declined', reason: 'not in the app' } as const;
    await bench.hub.refunds.settle(PERSON, settled);
    await bench.clock.advance(10 * MINUTE);
    expect(await again(bench, lost)).toMatchObject({ status: 'declined', evidence: 'person' });
    expect((await bench.openCases()).map((one) => one.kind)).toContain('refund_contradicted');
  });

  it('of nothing paid is refused', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    expect(await problemOf(refund(bench, payment, '1.00'))).toMatchObject({ code: 'not_refundable' });
  });
});

describe('a hub that dies', () => {
  it('between the call and its answer only reads afterwards, and finds what happened', async () => {
    const { bench, payment } = await paidBench();
    bench.bank.faults.next('refund', { kind: 'slow', ms: 5_000 });
    const refundId = bench.ids.uuid();
    void problemOf(bench.hub.refunds.create(TILL, { refundId, paymentId: payment.paymentId, reason: 'r' }));
    await bench.clock.advance(1_000);
    await bench.restart();
    await bench.clock.advance(35_000);
    expect(await bench.hub.refunds.get(PERSON, refundId)).toMatchObject({
      status: 'confirmed',
      evidence: 'difference',
      adopted: true,
    });
    expect(refundCalls(bench)).toBe(1);
  });

  it('before the bank got the call never sends it again by itself', async () => {
    const { bench, payment } = await paidBench();
    bench.bank.faults.next('refund', 'request_lost');
    const lost = await refund(bench, payment);
    await bench.restart();
    await bench.clock.advance(11 * MINUTE);
    expect(await again(bench, lost)).toMatchObject({ status: 'unknown', sends: 1 });
    expect(refundCalls(bench)).toBe(1);
    expect(bench.charged(payment)).toBe('1500.00');
  });
});
