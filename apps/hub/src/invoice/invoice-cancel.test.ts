import { describe, expect, it } from 'vitest';
import { PERSON, TILL } from '../core-bench.ts';
import { createInvoiceBench, DAY_MS, FIVE_MINUTES_MS, failure, HOUR_MS, type InvoiceBench } from './invoice-bench.ts';

const cancel = (bench: InvoiceBench, paymentId: string) => bench.hub.payments.cancel(TILL, paymentId, 'till');

describe('an invoice that is cancelled', () => {
  it('is withdrawn at the bank, for good, without a read', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice();
    expect(await cancel(bench, payment.paymentId)).toMatchObject({ status: 'cancelled', final: true, watched: false });
    expect(bench.bank.purchase(payment.bankPaymentId ?? '').state).toBe('cancelled');
    expect(bench.bank.customer.confirm(payment.bankPaymentId ?? '')).toBe(false);
    await bench.clock.advance(3 * DAY_MS);
    expect(bench.reads()).toBe(0);
  });

  it('when it has just been paid is paid', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice();
    bench.confirm(payment);
    expect(await failure(cancel(bench, payment.paymentId))).toBe('already_paid');
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'paid', final: true });
    expect(bench.calls('readStatus')).toBe(1);
  });

  it('when the answer itself says that it was paid is paid, also where no read may follow or none succeeds', async () => {
    for (const why of ['asked a moment ago', 'silence'] as const) {
      const bench = await createInvoiceBench();
      const payment = await bench.invoice();
      if (why === 'silence') bench.bank.faults.next('readStatus', 'request_lost');
      else await bench.hub.payments.refresh(TILL, payment.paymentId);
      bench.confirm(payment);
      expect(await failure(cancel(bench, payment.paymentId))).toBe('already_paid');
      expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'paid', amountUnread: true });
      await bench.clock.advance(60_000);
      expect(await bench.hub.payments.refresh(PERSON, payment.paymentId)).toMatchObject({
        status: 'paid',
        final: true,
      });
      expect(await bench.openCases()).toEqual([]);
    }
  });

  it('again, when it has meanwhile been paid, is late money that the till may claim', async () => {
    const bench = await createInvoiceBench();
    const payment = await unconfirmed(bench);
    bench.confirm(payment);
    expect(await cancel(bench, payment.paymentId)).toMatchObject({ status: 'cancelled', late: { outcome: 'open' } });
    expect(await bench.hub.payments.acceptLate(TILL, payment.paymentId)).toMatchObject({ status: 'paid' });
  });

  it('before it went out is cancelled, and goes out no more', async () => {
    const bench = await createInvoiceBench();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.next('findPayer', { kind: 'slow', ms: 5_000 });
    const asked = bench.invoice({ paymentId });
    await bench.clock.advance(1_000);
    expect(await cancel(bench, paymentId)).toMatchObject({ status: 'cancelled', final: true });
    await bench.clock.advance(10_000);
    expect((await asked).status).toBe('cancelled');
    expect(bench.calls('createInvoice')).toBe(0);
  });

  it('while it goes out is waited for, then withdrawn', async () => {
    const bench = await createInvoiceBench();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.next('createInvoice', { kind: 'slow', ms: 5_000 });
    void bench.invoice({ paymentId });
    await bench.clock.advance(1_000);
    const cancelling = cancel(bench, paymentId);
    await bench.clock.advance(5_000);
    expect(await cancelling).toMatchObject({ status: 'cancelled', final: true });
    expect(bench.bank.purchases().map((one) => one.state)).toEqual(['cancelled']);
  });

  it('while nobody knows whether it went out is never said to be cancelled', async () => {
    const bench = await createInvoiceBench();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.next('createInvoice', { kind: 'slow', ms: 30_000 });
    void bench.invoice({ paymentId });
    await bench.clock.advance(1_000);
    const cancelling = failure(cancel(bench, paymentId));
    await bench.clock.advance(16_000);
    expect(await cancelling).toBe('outcome_unknown');
    await bench.clock.advance(20_000);
    expect(await bench.status(await bench.get(paymentId))).toBe('awaiting_confirmation');
  });

  it('with a lost answer is read once, and the read decides', async () => {
    for (const [fault, customer] of [
      ['answer_lost', undefined],
      ['request_lost', 'confirm'],
    ] as const) {
      const bench = await createInvoiceBench();
      const payment = await bench.invoice();
      if (customer) bench.confirm(payment);
      bench.bank.faults.next('cancelInvoice', fault);
      const outcome = await failure(cancel(bench, payment.paymentId));
      expect(bench.calls('readStatus')).toBe(1);
      expect(outcome).toBe(customer ? 'already_paid' : 'resolved');
      const stored = await bench.get(payment.paymentId);
      expect([stored.status, stored.final]).toEqual([customer ? 'paid' : 'cancelled', true]);
    }
  });

  it('and nothing is certain is cancelled with that said; asked again it tries again', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice();
    bench.bank.faults.next('cancelInvoice', 'request_lost');
    expect(await cancel(bench, payment.paymentId)).toMatchObject({
      status: 'cancelled',
      statusReason: 'cancel_unconfirmed',
      final: false,
    });
    bench.bank.faults.next('cancelInvoice', 'request_lost');
    await cancel(bench, payment.paymentId);
    expect(bench.calls('readStatus')).toBe(1);
    expect(await cancel(bench, payment.paymentId)).toMatchObject({ statusReason: 'till', final: true });
    expect(bench.calls('cancelInvoice')).toBe(3);
  });

  it('by an agent that gave up has the bank bothered once, however often it asks', async () => {
    const bench = await createInvoiceBench();
    const payment = await bench.invoice();
    bench.bank.faults.always('cancelInvoice', 'request_lost');
    for (let turn = 0; turn < 4; turn++) {
      await bench.hub.payments.cancel(TILL, payment.paymentId, 'abandoned');
      await bench.clock.advance(60_000);
    }
    expect([bench.calls('cancelInvoice'), bench.calls('readStatus')]).toEqual([1, 1]);
  });

  it('by an agent that gave up is withdrawn also where the hub died over it', async () => {
    const bench = await createInvoiceBench();
    const { paymentId } = await bench.invoice();
    const abandon = () => bench.hub.payments.cancel(TILL, paymentId, 'abandoned');
    bench.bank.faults.next('cancelInvoice', { kind: 'slow', ms: 5_000 });
    void abandon().catch(() => undefined);
    await bench.clock.advance(1_000);
    await bench.restart();
    // Never an answer after which the agent would not ask again.
    expect(await failure(abandon())).toBe('bank_unavailable');
    await bench.clock.advance(30_000);
    await abandon();
    expect(await bench.get(paymentId)).toMatchObject({ status: 'cancelled', final: true });
  });

  it('by an agent that gave up while the bank was slow is withdrawn when the bank has answered', async () => {
    const bench = await createInvoiceBench();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.next('createInvoice', { kind: 'slow', ms: 28_000 });
    void bench.invoice({ paymentId });
    await bench.clock.advance(1_000);
    const abandon = () => failure(bench.hub.payments.cancel(TILL, paymentId, 'abandoned'));
    const first = abandon();
    await bench.clock.advance(16_000);
    expect(await first).toBe('bank_unavailable');
    await bench.clock.advance(15_000);
    expect(await abandon()).toBe('resolved');
    expect(await bench.get(paymentId)).toMatchObject({ status: 'cancelled', final: true });
  });

  it('and is paid all the same is late money, found without a timer and given back by itself', async () => {
    const bench = await createInvoiceBench();
    const payment = await unconfirmed(bench);
    bench.confirm(payment);
    await bench.clock.advance(23 * HOUR_MS);
    expect([bench.calls('readStatus'), bench.charged(payment)]).toEqual([1, '1500.00']);
    await bench.clock.advance(HOUR_MS + FIVE_MINUTES_MS + 90_000);
    expect(bench.calls('readStatus')).toBe(2);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'cancelled', late: { outcome: 'refunded' } });
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('and is paid all the same may be claimed by the till that asked', async () => {
    const bench = await createInvoiceBench();
    const payment = await unconfirmed(bench);
    bench.confirm(payment);
    await bench.clock.advance(60_000);
    expect(await bench.hub.payments.refresh(TILL, payment.paymentId)).toMatchObject({ late: { outcome: 'open' } });
    expect(await bench.hub.payments.acceptLate(TILL, payment.paymentId)).toMatchObject({ status: 'paid', final: true });
    expect(bench.charged(payment)).toBe('1500.00');
  });

  it('and its late money cannot be measured is a case, not a guess', async () => {
    const bench = await createInvoiceBench({ bank: { tellsAmount: false } });
    const payment = await unconfirmed(bench);
    bench.confirm(payment);
    bench.bank.faults.always('readDetails', 'connect_failed');
    await bench.clock.advance(60_000);
    await bench.hub.payments.refresh(PERSON, payment.paymentId);
    await bench.clock.advance(HOUR_MS);
    expect(await bench.get(payment.paymentId)).toMatchObject({ late: { outcome: 'case' } });
    expect((await bench.openCases()).map((one) => one.kind)).toEqual(['late_money']);
    expect(bench.charged(payment)).toBe('1500.00');
  });
});

async function unconfirmed(bench: InvoiceBench) {
  const payment = await bench.invoice();
  bench.bank.faults.next('cancelInvoice', 'request_lost');
  await cancel(bench, payment.paymentId);
  return payment;
}
