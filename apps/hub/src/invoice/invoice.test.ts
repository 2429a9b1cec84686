import { describe, expect, it } from 'vitest';
import { OTHER_TILL, PERSON, TILL } from '../core-bench.ts';
import { createInvoiceBench, DAY_MS, FIVE_MINUTES_MS, failure, HOUR_MS, PHONE, problemOf } from './invoice-bench.ts';

describe('an invoice', () => {
  it('goes out after the bank has named the customer, with our reference and the comment', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice({ comment: 'чек 7' });
    expect(bench.bank.calls.slice(-2).map((call) => call.method)).toEqual(['findPayer', 'createInvoice']);
    expect(payment).toMatchObject({
      status: 'awaiting_confirmation',
      final: false,
      phone: '87071234567',
      payerName: 'Айгерим Б.',
    });
    expect((payment.expiresAtMs ?? 0) - payment.createdAtMs).toBe(DAY_MS);
    expect(bench.bank.purchase(payment.bankPaymentId ?? '')).toMatchObject({
      kind: 'invoice',
      phone: '87071234567',
      comment: `${payment.paymentId} чек 7`,
    });
    const plain = await bench.invoice();
    expect(bench.bank.purchase(plain.bankPaymentId ?? '').comment).toBe(plain.paymentId);
  });

  it('that was paid is known when a person asks, and can be refunded', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice();
    bench.confirm(payment);
    await bench.clock.advance(HOUR_MS);
    expect([await bench.status(payment), bench.reads()]).toEqual(['awaiting_confirmation', 0]);
    const paid = await bench.hub.payments.refresh(TILL, payment.paymentId, 'cashier');
    expect(paid).toMatchObject({ status: 'paid', final: true, watched: false });
    expect(paid.nextReadAtMs).toBeUndefined();
    const events = await bench.hub.payments.timeline(payment.paymentId);
    expect(events.map((event) => event.kind)).toEqual([
      'created',
      'invoice_sending',
      'bank_created',
      'asked_again',
      'paid',
    ]);
    expect(events[3]?.actor).toBe('agent:till-1/cashier');
    const refundId = bench.ids.uuid();
    await bench.hub.refunds.create(TILL, { refundId, paymentId: payment.paymentId, reason: 'goods' });
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('that the customer refused has failed', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice();
    bench.bank.customer.decline(payment.bankPaymentId ?? '');
    const asked = await bench.hub.payments.refresh(PERSON, payment.paymentId);
    expect(asked).toMatchObject({ status: 'failed', statusReason: 'declined', final: true });
  });

  it('is asked about once in 30 s, whoever asks, and the next is told how long to wait', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice();
    await bench.hub.payments.refresh(TILL, payment.paymentId);
    await bench.clock.advance(12_000);
    expect(await problemOf(bench.hub.payments.refresh(PERSON, payment.paymentId))).toMatchObject({
      code: 'refresh_too_soon',
      status: 429,
      retry: 'after',
      retryAfterS: 18,
    });
    expect(bench.calls('readStatus')).toBe(1);
    await bench.clock.advance(18_000);
    const two = await Promise.all(
      [TILL, PERSON].map((one) => failure(bench.hub.payments.refresh(one, payment.paymentId))),
    );
    expect(two.sort()).toEqual(['refresh_too_soon', 'resolved']);
    expect(bench.calls('readStatus')).toBe(2);
  });

  it('is no business of another agent', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice();
    expect(await failure(bench.hub.payments.refresh(OTHER_TILL, payment.paymentId))).toBe('payment_not_found');
    expect(bench.reads()).toBe(0);
  });

  it('keeps its state while the bank is silent, and says so until the next answer', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice();
    bench.bank.faults.next('readStatus', 'connect_failed');
    const silent = await bench.hub.payments.refresh(TILL, payment.paymentId);
    expect(silent).toMatchObject({ status: 'awaiting_confirmation', statusReason: 'bank_unreachable' });
    await bench.clock.advance(30_000);
    const asked = await bench.hub.payments.refresh(TILL, payment.paymentId);
    expect(asked.status).toBe('awaiting_confirmation');
    expect(asked.statusReason).toBeUndefined();
  });
});

describe('whom an invoice goes to', () => {
  it('is looked up without sending anything', async () => {
    const bench = await createInvoiceBench();
    expect(await bench.hub.payments.findPayer(TILL, { phone: PHONE })).toEqual({ clientName: 'Айгерим Б.' });
    expect(bench.bank.purchases()).toEqual([]);
    expect(await failure(bench.hub.payments.findPayer(TILL, { phone: '707' }))).toBe('phone_invalid');
    expect(await failure(bench.hub.payments.findPayer(TILL, { phone: '87070000404' }))).toBe('payer_not_found');
    expect(await failure(bench.hub.payments.findPayer(TILL, { phone: PHONE, deviceId: 'x' }))).toBe('device_unknown');
    expect(await failure(bench.hub.payments.findPayer(PERSON, { phone: PHONE }))).toBe('forbidden');
  });

  it('must be a customer of the bank: otherwise the payment has failed and nothing was sent', async () => {
    const bench = await createInvoiceBench();
    const paymentId = bench.ids.uuid();
    const refused = await problemOf(bench.invoice({ paymentId, phone: '87070000404' }));
    expect(refused).toMatchObject({ code: 'payer_not_found', money: 'none', retry: 'never' });
    expect(await bench.get(paymentId)).toMatchObject({
      status: 'failed',
      statusReason: 'payer_not_found',
      final: true,
      watched: false,
    });
    expect(bench.calls('createInvoice')).toBe(0);
    const again = await bench.invoice({ paymentId, phone: '87070000404' });
    expect([again.status, bench.calls('findPayer')]).toEqual(['failed', 1]);
  });

  it.each(['', '8707123456', '+1 202 555 01 00', '87271234567x', '77272123456a'])(
    'is refused before anything is stored where it is no mobile number: "%s"',
    async (phone) => {
      const bench = await createInvoiceBench();
      const paymentId = bench.ids.uuid();
      expect(await failure(bench.invoice({ paymentId, phone }))).toBe('phone_invalid');
      expect(await failure(bench.get(paymentId))).toBe('payment_not_found');
    },
  );

  it('is looked up at most 50 times a minute by one device; then the same request may come again', async () => {
    const bench = await createInvoiceBench();
    for (let turn = 0; turn < 50; turn++) await bench.hub.payments.findPayer(TILL, { phone: PHONE });
    const paymentId = bench.ids.uuid();
    expect(await problemOf(bench.invoice({ paymentId }))).toMatchObject({
      code: 'payer_lookups_exhausted',
      money: 'none',
      retry: 'after',
      retryAfterS: 65,
    });
    expect(await failure(bench.hub.payments.findPayer(OTHER_TILL, { phone: PHONE }))).toBe('resolved');
    await bench.restart();
    expect(await failure(bench.hub.payments.findPayer(TILL, { phone: PHONE }))).toBe('payer_lookups_exhausted');
    expect(bench.calls('findPayer')).toBe(51);
    await bench.clock.advance(65_000);
    expect(await bench.invoice({ paymentId })).toMatchObject({ status: 'awaiting_confirmation' });
  });
});

describe('the bank is never asked about an invoice on a timer', () => {
  it('not by reading, watching, sweeping, a restart or another hub that takes over', async () => {
    const bench = await createInvoiceBench({ exclusive: false });
    const payments = [await bench.invoice(), await bench.invoice(), await bench.invoice()];
    const watch = bench.hub.payments.watch(TILL, () => {});
    watch.add(payments.map(({ paymentId }) => ({ paymentId, version: 0 })));
    await bench.clock.advance(HOUR_MS);
    for (const { paymentId } of payments) await bench.hub.payments.get(TILL, paymentId);
    for await (const _ of bench.hub.payments.resume(TILL));
    const { hub } = await bench.startSecond({ instance: 'second' });
    await bench.clock.advance(HOUR_MS);
    await bench.restart();
    await bench.clock.advance(HOUR_MS);
    await bench.hub.stop();
    await bench.clock.advance(HOUR_MS);
    expect(await hub.payments.get(PERSON, payments[0]?.paymentId ?? '')).toMatchObject({
      status: 'awaiting_confirmation',
    });
    expect(bench.reads()).toBe(0);
    await hub.stop();
  });

  it('but once at 24 h 5 min and once at 48 h, through restarts; then an open word is a case', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice();
    bench.bank.purchase(payment.bankPaymentId ?? '').shownWord = 'RemotePaymentCreated';
    await bench.clock.advance(DAY_MS + FIVE_MINUTES_MS - 2_000);
    await bench.restart();
    expect(bench.reads()).toBe(0);
    await bench.clock.advance(5_000);
    expect(bench.calls('readStatus')).toBe(1);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'expired', final: false });
    await bench.restart();
    await bench.clock.advance(23 * HOUR_MS);
    expect([bench.calls('readStatus'), await bench.openCases()]).toEqual([1, []]);
    await bench.clock.advance(HOUR_MS);
    expect(bench.calls('readStatus')).toBe(2);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'expired', final: false, watched: false });
    expect((await bench.openCases()).map((one) => one.kind)).toEqual(['payment_open_at_bank']);
    await bench.clock.advance(2 * DAY_MS);
    expect(bench.reads()).toBe(2);
    bench.bank.purchase(payment.bankPaymentId ?? '').shownWord = 'RemotePaymentRejected';
    expect(await bench.hub.payments.refresh(PERSON, payment.paymentId)).toMatchObject({
      status: 'expired',
      final: true,
    });
    expect(await bench.openCases()).toEqual([]);
  });

  it('and an invoice that nobody paid ends by itself', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice();
    await bench.clock.advance(3 * DAY_MS);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'expired', final: true, watched: false });
    expect([bench.calls('readStatus'), await bench.openCases()]).toEqual([2, []]);
  });

  it('and one that was paid without anybody asking is paid after the day, and a case because no till heard of it', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice();
    bench.confirm(payment);
    await bench.clock.advance(DAY_MS + HOUR_MS);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'paid', final: true });
    expect((await bench.openCases()).map((one) => one.kind)).toEqual(['not_collected']);
  });

  it('a silent bank at both moments makes a case, and a hub that was away for days asks once', async () => {
    const bench = await createInvoiceBench();
    const silent = await bench.invoice();
    bench.bank.faults.always('readStatus', 'connect_failed');
    await bench.clock.advance(3 * DAY_MS);
    expect(await bench.get(silent.paymentId)).toMatchObject({ status: 'unknown', statusReason: 'bank_unreachable' });
    expect((await bench.openCases()).map((one) => one.kind)).toEqual(['payment_unknown']);
    expect(bench.calls('readStatus')).toBe(2);
    bench.bank.faults.clear();
    const left = await bench.invoice();
    await bench.hub.stop();
    await bench.clock.advance(4 * DAY_MS);
    await bench.restart();
    await bench.clock.advance(HOUR_MS);
    expect(bench.calls('readStatus')).toBe(3);
    expect(await bench.get(left.paymentId)).toMatchObject({ status: 'expired', final: true });
  });
});
