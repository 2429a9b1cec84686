import { Money, ProblemError } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { createCoreBench, PERSON, payAndConfirm, TILL } from '../core-bench.ts';

const problemOf = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: unknown) => (error instanceof ProblemError ? error.problem : error),
  );
const MINUTE = 60_000;

describe('a creation', () => {
  it('whose answer is lost leaves nothing to pay, and the same id gives exactly one token afterwards', async () => {
    const bench = await createCoreBench();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.next('createQr', 'answer_lost');
    expect(await problemOf(bench.pay({ paymentId }))).toMatchObject({
      code: 'bank_unavailable',
      money: 'none',
      retry: 'same_key',
    });
    const payment = await bench.pay({ paymentId });
    expect(payment.status).toBe('awaiting_scan');
    expect(await bench.pay({ paymentId })).toEqual(payment);
    expect(bench.bank.purchases()).toHaveLength(2);
    expect(payment.bankPaymentId).toBe(bench.bank.purchases()[1]?.bankPaymentId);
  });

  it('that nobody repeats ends by itself after two minutes, with nothing at the bank to pay', async () => {
    const bench = await createCoreBench();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.always('createQr', 'unavailable');
    await problemOf(bench.pay({ paymentId }));
    await bench.clock.advance(2 * MINUTE + 10);
    expect(await bench.get(paymentId)).toMatchObject({ status: 'cancelled', statusReason: 'not_created', final: true });
  });

  it('that the bank refuses is failed with its reason', async () => {
    const bench = await createCoreBench();
    const paymentId = bench.ids.uuid();
    const device = await bench.hub.devices.listDevices(PERSON, 'till-1');
    await bench.bank.deleteDevice({ organizationBin: '180340021791', deviceToken: device[0]?.deviceToken ?? '' });
    expect(await problemOf(bench.pay({ paymentId }))).toMatchObject({ code: 'device_disabled', retry: 'never' });
    expect(await bench.get(paymentId)).toMatchObject({
      status: 'failed',
      statusReason: 'device_inactive',
      final: true,
    });
  });

  it('given up by its till while the bank answers drops the token that nobody may see', async () => {
    const bench = await createCoreBench();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.next('createQr', { kind: 'slow', ms: 5_000 });
    const creating = bench.pay({ paymentId });
    await bench.clock.advance(1_000);
    await bench.hub.payments.cancel(TILL, paymentId, 'abandoned');
    await bench.clock.advance(5_000);
    const outcome = await creating;
    expect(outcome).toMatchObject({ status: 'cancelled', final: true });
    expect(outcome.qrToken).toBeUndefined();
    const events = (await bench.hub.payments.timeline(paymentId)).map((event) => event.kind);
    expect(events).toEqual(['created', 'cancelled', 'answer_discarded']);
  });

  it('asked for twice at once calls the bank once, and both get the same token', async () => {
    const bench = await createCoreBench();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.next('createQr', { kind: 'slow', ms: 3_000 });
    const both = [bench.pay({ paymentId }), bench.pay({ paymentId })];
    await bench.clock.advance(4_000);
    const [first, second] = await Promise.all(both);
    expect(first?.qrToken).toBeDefined();
    expect(second).toEqual(first);
    expect(bench.bank.purchases()).toHaveLength(1);
  });

  it('claimed by a hub that died is taken over, and only the new token counts', async () => {
    const bench = await createCoreBench();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.next('createQr', { kind: 'slow', ms: 3_000 });
    const lost = problemOf(bench.pay({ paymentId }));
    await bench.clock.advance(1_000);
    await bench.restart();
    const payment = await bench.pay({ paymentId });
    expect(payment.status).toBe('awaiting_scan');
    await bench.clock.advance(5_000);
    expect(await lost).toMatchObject({ code: 'hub_unavailable', money: 'none' });
    expect(await bench.get(paymentId)).toMatchObject({ bankPaymentId: payment.bankPaymentId });
  });
});

describe('a bank that is silent', () => {
  it('for ten minutes leaves the state, then makes it unknown, and its word decides afterwards', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    bench.scan(payment);
    await bench.clock.advance(6_000);
    bench.bank.faults.always('readStatus', 'unavailable');
    bench.confirm(payment);
    await bench.clock.advance(9 * MINUTE);
    expect(await bench.get(payment.paymentId)).toMatchObject({
      status: 'awaiting_confirmation',
      statusReason: 'bank_unreachable',
      final: false,
    });
    await bench.clock.advance(2 * MINUTE);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'unknown', final: false, watched: true });
    expect(await problemOf(bench.hub.payments.cancel(TILL, payment.paymentId, 'till'))).toMatchObject({
      code: 'outcome_unknown',
      money: 'maybe',
    });
    bench.bank.faults.clear();
    await bench.clock.advance(20_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'paid', final: true });
  });

  it('for a moment is forgotten at the next answer', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    bench.bank.faults.next('readStatus', 'unavailable');
    await bench.clock.advance(6_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({
      status: 'awaiting_scan',
      statusReason: 'bank_unreachable',
    });
    await bench.clock.advance(6_000);
    const after = await bench.get(payment.paymentId);
    expect(after.statusReason).toBeUndefined();
    expect(after.unreachableSinceMs).toBeUndefined();
  });

  it('to the end of the watch can be asked again by a person, and its word ends the case', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    bench.bank.faults.always('readStatus', 'unavailable');
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(25 * 60 * MINUTE);
    const { paymentId } = payment;
    expect(await bench.hub.payments.refresh(PERSON, paymentId)).toMatchObject({ status: 'unknown', watched: true });
    await bench.clock.advance(11 * MINUTE);
    expect(await bench.get(paymentId)).toMatchObject({ status: 'unknown', watched: false, final: false });
    expect(await bench.openCases()).toMatchObject([{ kind: 'payment_unknown' }]);
    bench.bank.faults.clear();
    expect(await bench.hub.payments.refresh(PERSON, paymentId)).toMatchObject({ status: 'paid', final: true });
    expect(await bench.openCases()).toEqual([]);
  });

  it('is asked by a person at most once in 30 s for each payment, and never about what is final', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    const reads = () => bench.bank.calls.filter((call) => call.method === 'readStatus').length;
    const refresh = (caller = PERSON) => problemOf(bench.hub.payments.refresh(caller, payment.paymentId));
    expect(await refresh(TILL)).toMatchObject({ code: 'forbidden' });
    expect(await refresh()).toBeUndefined();
    expect(await refresh()).toMatchObject({ code: 'refresh_too_soon', retryAfterS: 30 });
    expect(reads()).toBe(1);
    await bench.clock.advance(30_000);
    bench.scan(payment);
    bench.confirm(payment);
    expect(await refresh()).toBeUndefined();
    expect(await bench.status(payment)).toBe('paid');
    const before = reads();
    expect(await refresh()).toBeUndefined();
    expect(reads()).toBe(before);
  });

  it('to the end of the watch is a case', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    bench.bank.faults.always('readStatus', 'unavailable');
    await bench.clock.advance(25 * 60 * MINUTE);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'unknown', watched: false, final: false });
    expect(await bench.openCases()).toMatchObject([{ kind: 'payment_unknown', paymentId: payment.paymentId }]);
  });
});

describe('an unlisted word', () => {
  it('leaves the state and is unknown only at the end of the watch, with a case', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    bench.bank.purchase(payment.bankPaymentId ?? '').shownWord = 'Thinking';
    await bench.clock.advance(60 * MINUTE);
    expect(await bench.get(payment.paymentId)).toMatchObject({
      status: 'awaiting_scan',
      statusReason: 'unlisted_word',
    });
    await bench.clock.advance(24 * 60 * MINUTE);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'unknown', statusReason: 'unlisted_word' });
    expect(await bench.openCases()).toMatchObject([{ kind: 'payment_unknown' }]);
  });

  it('is followed by the word that counts', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    const purchase = bench.bank.purchase(payment.bankPaymentId ?? '');
    purchase.shownWord = 'Thinking';
    await bench.clock.advance(20_000);
    delete purchase.shownWord;
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(6_000);
    const paid = await bench.get(payment.paymentId);
    expect(paid).toMatchObject({ status: 'paid', final: true });
    expect(paid.statusReason).toBeUndefined();
  });
});

describe('another amount than asked', () => {
  it('is held as unknown with a case, and a person can refund it', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    bench.bank.purchase(payment.bankPaymentId ?? '').chargeInstead = Money.parse('1.00');
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(6_000);
    const held = await bench.get(payment.paymentId);
    expect(held).toMatchObject({ status: 'unknown', statusReason: 'amount_mismatch' });
    expect(held.amountPaid?.toString()).toBe('1.00');
    expect(await bench.openCases()).toMatchObject([{ kind: 'amount_mismatch' }]);
    const refundId = bench.ids.uuid();
    const ask = { refundId, paymentId: payment.paymentId, reason: 'wrong amount' };
    expect(await problemOf(bench.hub.refunds.create(TILL, ask))).toMatchObject({ code: 'not_refundable' });
    expect(await bench.hub.refunds.create(PERSON, ask)).toMatchObject({ status: 'confirmed' });
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('is found by the details where the status does not tell it', async () => {
    const bench = await createCoreBench({ bank: { tellsAmount: false } });
    const payment = await bench.pay();
    bench.bank.purchase(payment.bankPaymentId ?? '').chargeInstead = Money.parse('1.00');
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(6_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'unknown', statusReason: 'amount_mismatch' });
  });

  it('that is not known yet keeps refunds waiting, so that a difference can still be stored', async () => {
    const bench = await createCoreBench({ bank: { tellsAmount: false } });
    bench.bank.faults.always('readDetails', 'unavailable');
    const payment = await bench.pay();
    bench.bank.purchase(payment.bankPaymentId ?? '').chargeInstead = Money.parse('1000.00');
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(6_000);
    const ask = { refundId: bench.ids.uuid(), paymentId: payment.paymentId, reason: 'goods' };
    expect(await problemOf(bench.hub.refunds.create(TILL, ask))).toMatchObject({ code: 'bank_unavailable' });
    bench.bank.faults.clear();
    expect(await problemOf(bench.hub.refunds.create(TILL, ask))).toMatchObject({ code: 'not_refundable' });
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'unknown', statusReason: 'amount_mismatch' });
    expect((await bench.openCases()).map((one) => one.kind)).toContain('amount_mismatch');
    expect(await bench.hub.refunds.create(PERSON, ask)).toMatchObject({ status: 'confirmed' });
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('that came late is read before any of it goes back', async () => {
    const bench = await createCoreBench({ bank: { tellsAmount: false } });
    const payment = await bench.pay();
    const { bankPaymentId = '' } = payment;
    bench.bank.purchase(bankPaymentId).chargeInstead = Money.parse('1000.00');
    await bench.clock.advance(181_000);
    bench.bank.faults.always('readDetails', 'unavailable');
    bench.bank.customer.scan(bankPaymentId, { late: true });
    bench.bank.customer.confirm(bankPaymentId, { late: true });
    await bench.clock.advance(5 * MINUTE);
    expect(await bench.get(payment.paymentId)).toMatchObject({ amountUnread: true, late: { outcome: 'open' } });
    expect(await bench.hub.refunds.listOf(PERSON, payment.paymentId)).toEqual([]);
    bench.bank.faults.clear();
    await bench.clock.advance(20_000);
    const held = await bench.get(payment.paymentId);
    expect(held).toMatchObject({ status: 'unknown', statusReason: 'amount_mismatch', late: { outcome: 'case' } });
    expect(held.amountPaid?.toString()).toBe('1000.00');
    const ask = { refundId: bench.ids.uuid(), paymentId: payment.paymentId, reason: 'wrong amount' };
    expect(await bench.hub.refunds.create(PERSON, ask)).toMatchObject({ status: 'confirmed' });
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('that came late and can never be read is a case in the end', async () => {
    const bench = await createCoreBench({ bank: { tellsAmount: false } });
    const payment = await bench.pay();
    await bench.hub.payments.cancel(TILL, payment.paymentId, 'till');
    bench.bank.faults.always('readDetails', 'unavailable');
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(25 * 60 * MINUTE);
    expect(await bench.get(payment.paymentId)).toMatchObject({ watched: false, late: { outcome: 'case' } });
    expect(await bench.openCases()).toMatchObject([{ kind: 'late_money', detail: { why: 'amount_unread' } }]);
  });

  it('that cannot be read in time is paid first and compared later', async () => {
    const bench = await createCoreBench({ bank: { tellsAmount: false } });
    bench.bank.faults.always('readDetails', 'unavailable');
    const payment = await payAndConfirm(bench);
    expect(payment).toMatchObject({ status: 'paid', final: false, amountUnread: true });
    bench.bank.faults.clear();
    await bench.clock.advance(20_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'paid', final: true });
  });
});

describe('a person who closes the last case about a payment', () => {
  it('makes it final as it stands', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    bench.bank.purchase(payment.bankPaymentId ?? '').chargeInstead = Money.parse('1.00');
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(6_000);
    const [held] = await bench.openCases();
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'unknown', final: false });
    await bench.hub.cases.assign(PERSON, held?.caseId ?? '', 'aigerim');
    await bench.hub.cases.close(PERSON, held?.caseId ?? '', 'settled in cash');
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'unknown', final: true });
    expect(await problemOf(bench.hub.cases.close(PERSON, held?.caseId ?? '', 'again'))).toMatchObject({
      code: 'case_closed',
    });
  });
});
