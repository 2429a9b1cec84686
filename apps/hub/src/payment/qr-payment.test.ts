import { Money, ProblemError } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { createCoreBench, OTHER_TILL, PERSON, payAndConfirm, TILL } from '../core-bench.ts';

const code = (error: unknown) => (error instanceof ProblemError ? error.problem.code : error);
const failure = (run: Promise<unknown>) => run.then(() => 'resolved', code);

describe('a QR payment', () => {
  it('is shown with its token, scanned, confirmed and paid, with one charge at the bank', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    expect(payment).toMatchObject({ status: 'awaiting_scan', final: false, version: 2 });
    expect(payment.qrToken).toContain('https://qr.kaspi.kz/');
    bench.scan(payment);
    await bench.clock.advance(6_000);
    expect(await bench.status(payment)).toBe('awaiting_confirmation');
    bench.confirm(payment);
    await bench.clock.advance(6_000);
    const paid = await bench.get(payment.paymentId);
    expect(paid).toMatchObject({ status: 'paid', final: true, watched: false });
    expect(paid.amountPaid?.toString()).toBe('1500.00');
    expect(bench.bank.purchases()).toHaveLength(1);
    const events = (await bench.hub.payments.timeline(payment.paymentId)).map((event) => event.kind);
    expect(events).toEqual(['created', 'bank_created', 'awaiting_confirmation', 'paid']);
  });

  it('is failed only by the word of the bank', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    bench.scan(payment);
    bench.bank.customer.decline(payment.bankPaymentId ?? '');
    await bench.clock.advance(6_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({
      status: 'failed',
      statusReason: 'declined',
      final: true,
    });
  });

  it('writes nothing while nothing changes', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    const before = await bench.get(payment.paymentId);
    await bench.clock.advance(120_000);
    expect(bench.bank.calls.filter((call) => call.method === 'readStatus').length).toBeGreaterThan(20);
    expect((await bench.get(payment.paymentId)).version).toBe(before.version);
  });

  it('expires only after a read past the deadline, is watched on, and ends without a case', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    await bench.clock.advance(179_900);
    expect(await bench.status(payment)).toBe('awaiting_scan');
    await bench.clock.advance(200);
    const expired = await bench.get(payment.paymentId);
    expect(expired).toMatchObject({ status: 'expired', statusReason: 'not_scanned', final: false, watched: true });
    await bench.clock.advance(25 * 3_600_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'expired', final: true, watched: false });
    expect(await bench.openCases()).toEqual([]);
  });

  it('expires when it is scanned and never confirmed, and the bank takes nothing', async () => {
    const bench = await createCoreBench({ bank: { cancelLagMs: 30_000 } });
    const payment = await bench.pay();
    bench.scan(payment);
    await bench.clock.advance(6_000 + 65_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'expired', statusReason: 'not_confirmed' });
    await bench.clock.advance(60_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'expired', final: true });
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('ends when its token is discarded, and a new payment gets a new token', async () => {
    const bench = await createCoreBench();
    const first = await bench.pay();
    bench.bank.customer.discard(first.bankPaymentId ?? '');
    await bench.clock.advance(6_000);
    expect(await bench.get(first.paymentId)).toMatchObject({ status: 'expired', statusReason: 'discarded' });
    const second = await bench.pay();
    expect(second.qrToken).not.toBe(first.qrToken);
  });

  it('gives the same payment for the same id, and refuses another request under it', async () => {
    const bench = await createCoreBench();
    const first = await bench.pay();
    const again = await bench.pay({ paymentId: first.paymentId });
    expect(again).toEqual(first);
    expect(bench.bank.purchases()).toHaveLength(1);
    expect(await failure(bench.pay({ paymentId: first.paymentId, amount: Money.parse('2.00') }))).toBe(
      'payment_conflict',
    );
  });

  it('says no to what it does not offer, without touching the bank', async () => {
    const bench = await createCoreBench();
    expect(await failure(bench.pay({ method: 'terminal' }))).toBe('method_not_offered');
    expect(await failure(bench.pay({ amount: Money.parse('0.99') }))).toBe('amount_invalid');
    expect(await failure(bench.pay({ amount: Money.parse('5000000.01') }))).toBe('amount_invalid');
    expect(await failure(bench.pay({ deviceId: 'till-2' }))).toBe('device_unknown');
    expect(await failure(bench.pay({ lateAcceptMs: 3_600_001 }))).toBe('request_invalid');
    expect(bench.bank.purchases()).toHaveLength(0);
  });

  it('works by link as by QR', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay({ method: 'link' });
    expect(payment.paymentLink).toContain('https://pay.kaspi.kz/');
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(6_000);
    expect(await bench.status(payment)).toBe('paid');
  });

  it('is hidden from another agent', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    expect(await failure(bench.hub.payments.get(OTHER_TILL, payment.paymentId))).toBe('payment_not_found');
    expect(await failure(bench.hub.payments.cancel(OTHER_TILL, payment.paymentId, 'till'))).toBe('payment_not_found');
  });

  it('is a case when it is paid and no till has collected it in ten minutes', async () => {
    const bench = await createCoreBench();
    const payment = await payAndConfirm(bench);
    await bench.clock.advance(9 * 60_000);
    expect(await bench.openCases()).toEqual([]);
    await bench.clock.advance(2 * 60_000);
    expect(await bench.openCases()).toMatchObject([{ kind: 'not_collected', paymentId: payment.paymentId }]);
  });
});

describe('a cancel', () => {
  it('before the scan takes the code down', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    const cancelled = await bench.hub.payments.cancel(TILL, payment.paymentId, 'till');
    expect(cancelled).toMatchObject({ status: 'cancelled', final: false, watched: true });
    expect(await bench.hub.payments.cancel(TILL, payment.paymentId, 'till')).toEqual(cancelled);
  });

  it('while the customer confirms is refused, also where the hub had not seen the scan yet', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    bench.scan(payment);
    expect(await failure(bench.hub.payments.cancel(TILL, payment.paymentId, 'till'))).toBe('customer_confirming');
  });

  it('after the payment says that it is paid', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    bench.scan(payment);
    bench.confirm(payment);
    expect(await failure(bench.hub.payments.cancel(TILL, payment.paymentId, 'till'))).toBe('already_paid');
    expect(await bench.status(payment)).toBe('paid');
  });

  it('goes through while the bank is silent', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    bench.bank.faults.always('readStatus', { kind: 'slow', ms: 20_000 });
    const cancelling = bench.hub.payments.cancel(TILL, payment.paymentId, 'till');
    await bench.clock.advance(2_100);
    expect((await cancelling).status).toBe('cancelled');
  });
});

describe('late money', () => {
  const lateBench = async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    await bench.clock.advance(181_000);
    expect(await bench.status(payment)).toBe('expired');
    bench.bank.customer.scan(payment.bankPaymentId ?? '', { late: true });
    bench.confirm(payment);
    await bench.clock.advance(17_000);
    return { bench, payment };
  };

  it('is claimed by the till within its window', async () => {
    const { bench, payment } = await lateBench();
    const seen = await bench.get(payment.paymentId);
    expect(seen).toMatchObject({ status: 'expired', late: { outcome: 'open' } });
    const accepted = await bench.hub.payments.acceptLate(TILL, payment.paymentId);
    expect(accepted).toMatchObject({ status: 'paid', final: true, late: { outcome: 'accepted' } });
    expect(await bench.hub.payments.acceptLate(TILL, payment.paymentId)).toEqual(accepted);
    await bench.clock.advance(600_000);
    expect(bench.charged(payment)).toBe('1500.00');
  });

  it('goes back by itself when nobody claims it', async () => {
    const { bench, payment } = await lateBench();
    await bench.clock.advance(61_000);
    expect(bench.charged(payment)).toBe('0.00');
    const refunded = await bench.get(payment.paymentId);
    expect(refunded).toMatchObject({ status: 'expired', final: true, late: { outcome: 'refunded' } });
    expect(refunded.refunded.toString()).toBe('1500.00');
    expect(await failure(bench.hub.payments.acceptLate(TILL, payment.paymentId))).toBe('late_window_closed');
    const [refund] = await bench.hub.refunds.listOf(PERSON, payment.paymentId);
    expect(refund).toMatchObject({ actor: 'system:late', status: 'confirmed', evidence: 'answer' });
  });

  it('after a cancel is found and goes back', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    await bench.hub.payments.cancel(TILL, payment.paymentId, 'till');
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(17_000 + 61_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'cancelled', late: { outcome: 'refunded' } });
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('is held for a person from the sixth automatic refund in ten minutes on', async () => {
    const bench = await createCoreBench();
    const payments = [];
    for (let count = 0; count < 6; count++) payments.push(await bench.pay({ amount: Money.parse('10.00') }));
    for (const payment of payments) {
      await bench.hub.payments.cancel(TILL, payment.paymentId, 'till');
      bench.scan(payment);
      bench.confirm(payment);
    }
    await bench.clock.advance(80_000);
    const outcomes = await Promise.all(payments.map(async (one) => (await bench.get(one.paymentId)).late?.outcome));
    expect(outcomes.sort()).toEqual(['case', 'refunded', 'refunded', 'refunded', 'refunded', 'refunded']);
    expect(await bench.openCases()).toMatchObject([{ kind: 'late_money' }]);
    const held = payments.find((one) => bench.charged(one) !== '0.00');
    const refund = await bench.hub.refunds.create(PERSON, {
      refundId: bench.ids.uuid(),
      paymentId: held?.paymentId ?? '',
      reason: 'looked at it',
    });
    expect(refund.status).toBe('confirmed');
    expect(await bench.openCases()).toEqual([]);
  });
});

it('under a key that has begun another payment is refused, with that payment’s id and no call to the bank', async () => {
  const bench = await createCoreBench();
  const first = await bench.pay({ keyHash: 'key', bodyHash: 'body' });
  expect((await bench.pay({ paymentId: first.paymentId, keyHash: 'key', bodyHash: 'body' })).paymentId).toBe(
    first.paymentId,
  );
  const before = bench.bank.calls.length;
  await expect(bench.pay({ keyHash: 'key', bodyHash: 'body' })).rejects.toMatchObject({
    problem: { code: 'key_used', money: 'none', retry: 'never', paymentId: first.paymentId },
  });
  expect(bench.bank.calls.slice(before).filter((call) => call.method === 'createQr')).toEqual([]);
});
