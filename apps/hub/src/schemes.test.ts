import { Money, ProblemError } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { type CoreBench, createCoreBench, PERSON, payAndConfirm, TILL } from './core-bench.ts';

const problemOf = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: unknown) => (error instanceof ProblemError ? error.problem : error),
  );
const MINUTE = 60_000;
const codesAtBank = (bench: CoreBench) => new Set(bench.bank.calls.map((one) => one.method));

/** Expired for the till, and paid after all. */
async function lateBench(scheme: 1 | 2) {
  const bench = await createCoreBench({ bank: { scheme } });
  const payment = await bench.pay();
  await bench.clock.advance(181_000);
  bench.bank.customer.scan(payment.bankPaymentId ?? '', { late: true });
  bench.confirm(payment);
  await bench.clock.advance(17_000);
  expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'expired', late: { outcome: 'open' } });
  return { bench, payment };
}

describe.each([1, 2, 3] as const)('under scheme %i', (scheme) => {
  it('QR payments and links are taken, and the hub tells what else it offers', async () => {
    const bench = await createCoreBench({ bank: { scheme } });
    expect(await payAndConfirm(bench)).toMatchObject({ status: 'paid', final: true });
    expect(await payAndConfirm(bench, { method: 'link' })).toMatchObject({ status: 'paid', final: true });
    const ways = { 1: 'none', 2: 'with_customer', 3: 'without_customer' };
    const methods = scheme === 3 ? ['qr', 'link', 'invoice'] : ['qr', 'link'];
    expect(bench.hub.offer).toEqual({ scheme, methods, refundWay: ways[scheme] });
  });
});

describe.each([1, 2] as const)('under scheme %i', (scheme) => {
  it('an invoice is not offered, and nothing is asked of the bank', async () => {
    const bench = await createCoreBench({ bank: { scheme } });
    const asked = bench.pay({ method: 'invoice', phone: '87077777777' });
    expect(await problemOf(asked)).toMatchObject({ code: 'method_not_offered', money: 'none', retry: 'never' });
    expect(bench.bank.purchases()).toHaveLength(0);
  });

  it('late money that the till claims in time is its payment', async () => {
    const { bench, payment } = await lateBench(scheme);
    expect(await bench.hub.payments.acceptLate(TILL, payment.paymentId)).toMatchObject({ status: 'paid', final: true });
    await bench.clock.advance(26 * 60 * MINUTE);
    expect(bench.charged(payment)).toBe('1500.00');
    expect((await bench.openCases()).map((one) => one.kind)).not.toContain('late_money');
  });

  it('late money that nobody claims is a case, and nothing goes back by itself', async () => {
    const { bench, payment } = await lateBench(scheme);
    await bench.clock.advance(26 * 60 * MINUTE);
    const seen = await bench.get(payment.paymentId);
    expect(seen).toMatchObject({ status: 'expired', final: false, late: { outcome: 'case' } });
    expect(seen.late?.refundId).toBeUndefined();
    const why = scheme === 1 ? 'refund_in_kaspi_pay' : 'customer_required';
    expect(await bench.openCases()).toMatchObject([
      { kind: 'late_money', amount: Money.fromTenge(1500), detail: { why } },
    ]);
    expect(await bench.hub.refunds.listOf(PERSON, payment.paymentId)).toEqual([]);
    expect(codesAtBank(bench)).not.toContain('refund');
    expect(bench.charged(payment)).toBe('1500.00');
    const claim = bench.hub.payments.acceptLate(TILL, payment.paymentId);
    expect(await problemOf(claim)).toMatchObject({ code: 'late_money_held', money: 'moved' });
  });

  it('a hub that dies in the claim window makes the same case of it once', async () => {
    const { bench, payment } = await lateBench(scheme);
    await bench.restart();
    await bench.clock.advance(MINUTE + 2_000);
    await bench.restart();
    await bench.clock.advance(MINUTE);
    expect((await bench.get(payment.paymentId)).late?.outcome).toBe('case');
    expect(await bench.openCases()).toHaveLength(1);
  });
});

describe('under scheme 2', () => {
  it('late money goes back at the till when its customer comes, and the case ends', async () => {
    const { bench, payment } = await lateBench(2);
    await bench.clock.advance(2 * MINUTE);
    const refundSessionId = bench.ids.uuid();
    const { refundCodeId = '' } = await bench.hub.refundSessions.open(TILL, { refundSessionId });
    bench.bank.scanRefundCode(refundCodeId);
    await bench.clock.advance(6_000);
    const listed = await bench.hub.refundSessions.listPurchases(TILL, refundSessionId);
    expect(listed).toMatchObject([{ paymentId: payment.paymentId, refundable: true }]);
    const ask = { refundId: bench.ids.uuid(), paymentId: payment.paymentId, reason: 'came late' };
    expect(await problemOf(bench.hub.refunds.create(TILL, ask))).toMatchObject({ code: 'not_refundable' });
    const refund = await bench.hub.refunds.create(TILL, { ...ask, refundSessionId });
    expect(refund.status).toBe('confirmed');
    expect(await bench.get(payment.paymentId)).toMatchObject({ final: true, late: { outcome: 'refunded' } });
    expect(await bench.openCases()).toEqual([]);
  });
});

describe('under scheme 1', () => {
  it('a refund is refused with what to do instead, in three languages, for the till and for headquarters', async () => {
    const bench = await createCoreBench({ bank: { scheme: 1 } });
    const payment = await payAndConfirm(bench);
    for (const caller of [TILL, PERSON]) {
      const ask = { refundId: bench.ids.uuid(), paymentId: payment.paymentId, reason: 'wrong size' };
      const refused = await problemOf(bench.hub.refunds.create(caller, ask));
      expect(refused).toMatchObject({ code: 'refunds_not_offered', money: 'none', retry: 'never' });
      expect(Object.values((refused as { hint: object }).hint).every((one) => String(one).includes('Kaspi Pay'))).toBe(
        true,
      );
    }
    expect(codesAtBank(bench)).not.toContain('readDetails');
  });

  it('an amount that the bank tells is compared', async () => {
    const bench = await createCoreBench({ bank: { scheme: 1 } });
    const payment = await bench.pay();
    bench.bank.purchase(payment.bankPaymentId ?? '').chargeInstead = Money.fromTenge(1);
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(6_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'unknown', statusReason: 'amount_mismatch' });
  });

  it('where the bank never tells the amount, paid is paid: nothing is left to compare, and the history says so', async () => {
    const bench = await createCoreBench({ bank: { scheme: 1, tellsAmount: false } });
    const payment = await payAndConfirm(bench);
    expect(payment).toMatchObject({ status: 'paid', final: true, watched: false });
    expect(payment.amountPaid).toEqual(Money.fromTenge(1500));
    const paid = (await bench.hub.payments.timeline(payment.paymentId)).find((one) => one.kind === 'paid');
    expect(paid?.data).toMatchObject({ amount: 'never_told' });
    await bench.clock.advance(26 * 60 * MINUTE);
    expect((await bench.openCases()).map((one) => one.kind)).toEqual(['not_collected']);
  });
});

describe('a scheme that changed while the hub was down', () => {
  const doubtful = async () => {
    const bench = await createCoreBench();
    const payment = await payAndConfirm(bench);
    bench.bank.faults.next('refund', 'request_lost');
    const ask = { refundId: bench.ids.uuid(), paymentId: payment.paymentId, reason: 'wrong size' };
    bench.hub.refunds.create(TILL, ask).catch(() => undefined);
    await bench.clock.advance(11_000);
    return { bench, payment, ask };
  };

  it('to one without details leaves a refund in doubt to a person at once', async () => {
    const { bench, ask } = await doubtful();
    await bench.restart({ scheme: 1 });
    await bench.clock.advance(MINUTE);
    expect(await bench.hub.refunds.get(PERSON, ask.refundId)).toMatchObject({
      status: 'unknown',
      statusReason: 'read_refused',
    });
    expect((await bench.openCases()).map((one) => one.kind)).toContain('refund_unknown');
  });

  it('to one that needs the customer goes on reading, and sends nothing again', async () => {
    const { bench, payment, ask } = await doubtful();
    await bench.restart({ scheme: 2 });
    await bench.clock.advance(11 * MINUTE);
    expect(await bench.hub.refunds.get(PERSON, ask.refundId)).toMatchObject({ status: 'unknown', sends: 1 });
    expect(bench.charged(payment)).toBe('1500.00');
  });

  it('makes a case of late money that had been going back by itself', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    await bench.hub.payments.cancel(TILL, payment.paymentId, 'till');
    bench.scan(payment);
    bench.confirm(payment);
    bench.bank.faults.always('readDetails', 'request_lost');
    await bench.clock.advance(80_000);
    expect((await bench.get(payment.paymentId)).late?.outcome).toBe('refunding');
    bench.bank.faults.clear();
    await bench.restart({ scheme: 2 });
    await bench.clock.advance(MINUTE);
    expect((await bench.get(payment.paymentId)).late?.outcome).toBe('case');
    expect((await bench.openCases()).map((one) => one.kind)).toContain('late_money');
    expect(bench.charged(payment)).toBe('1500.00');
  });
});
