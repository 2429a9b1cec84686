import { Money } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { PERSON, payAndConfirm, TILL } from '../core-bench.ts';
import { createInvoiceBench, DAY_MS, failure, HOUR_MS, type InvoiceBench, PHONE, problemOf } from './invoice-bench.ts';

describe('an invoice whose answer is lost', () => {
  const doubts = [
    'answer_lost',
    'request_lost',
    'garbage',
    'unavailable',
    'unavailable_after',
    'unauthenticated',
    'unlisted_code',
    'unlisted_code_after',
  ] as const;
  it.each(doubts)('(%s) is unknown, a case with amount and phone, and never sent again', async (fault) => {
    const bench = await createInvoiceBench();
    const { payment } = await loseAnswer(bench, fault);
    expect(payment).toMatchObject({ status: 'unknown', statusReason: 'invoice_unanswered', final: false });
    const [entry, ...others] = await bench.openCases();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      kind: 'invoice_unanswered',
      paymentId: payment.paymentId,
      amount: Money.parse('1500.00'),
      detail: { phone: '87071234567', reference: payment.paymentId },
    });
    for (let turn = 0; turn < 3; turn++) {
      expect((await bench.invoice({ paymentId: payment.paymentId })).status).toBe('unknown');
      await bench.clock.advance(HOUR_MS);
      await bench.restart();
    }
    expect([bench.calls('createInvoice'), bench.reads()]).toEqual([1, 0]);
    expect(await failure(bench.hub.payments.cancel(TILL, payment.paymentId, 'till'))).toBe('outcome_unknown');
    expect((await bench.hub.payments.refresh(TILL, payment.paymentId)).status).toBe('unknown');
    expect(bench.reads()).toBe(0);
  });

  it('because it was never sent may be asked for again', async () => {
    const bench = await createInvoiceBench();
    const paymentId = bench.ids.uuid();
    for (const method of ['findPayer', 'createInvoice'] as const) {
      bench.bank.faults.next(method, 'connect_failed');
      expect(await problemOf(bench.invoice({ paymentId }))).toMatchObject({
        code: 'bank_unavailable',
        money: 'none',
        retry: 'same_key',
      });
    }
    expect((await bench.invoice({ paymentId })).status).toBe('awaiting_confirmation');
    expect(bench.bank.purchases()).toHaveLength(1);
    const left = bench.ids.uuid();
    bench.bank.faults.next('findPayer', 'request_lost');
    expect(await failure(bench.invoice({ paymentId: left }))).toBe('bank_unavailable');
    await bench.clock.advance(HOUR_MS);
    expect(await bench.get(left)).toMatchObject({ status: 'cancelled', statusReason: 'not_created', final: true });
  });

  it('and comes after all is taken, and ends the case', async () => {
    const bench = await createInvoiceBench();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.next('createInvoice', { kind: 'slow', ms: 90_000 });
    const asked = bench.invoice({ paymentId });
    await bench.clock.advance(75_000);
    expect(await bench.get(paymentId)).toMatchObject({ status: 'unknown', statusReason: 'invoice_unanswered' });
    await bench.clock.advance(20_000);
    expect(await asked).toMatchObject({ status: 'awaiting_confirmation' });
    expect(await bench.openCases()).toEqual([]);
  });

  it('with a refusal of the bank has failed, and nothing went out', async () => {
    const bench = await createInvoiceBench();
    const paymentId = bench.ids.uuid();
    const device = (await bench.hub.devices.listDevices(PERSON, 'till-1'))[0];
    await bench.bank.deleteDevice({ organizationBin: '180340021791', deviceToken: device?.deviceToken ?? '' });
    expect(await problemOf(bench.invoice({ paymentId }))).toMatchObject({ money: 'none', retry: 'never' });
    expect(await bench.get(paymentId)).toMatchObject({ status: 'failed', final: true });
    expect(bench.calls('createInvoice')).toBe(0);
  });
});

describe('a hub that dies', () => {
  it('while it asks whose phone it is has sent nothing, and the same request sends once', async () => {
    const bench = await createInvoiceBench();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.next('findPayer', { kind: 'slow', ms: 5_000 });
    void bench.invoice({ paymentId }).catch(() => undefined);
    await bench.clock.advance(1_000);
    await bench.restart();
    expect((await bench.invoice({ paymentId })).status).toBe('awaiting_confirmation');
    await bench.clock.advance(10_000);
    expect(bench.bank.purchases()).toHaveLength(1);
  });

  it.each(['slow', 'stalled'] as const)(
    'between the lookup and the answer (%s) leaves a case, never two',
    async (kind) => {
      const bench = await createInvoiceBench();
      const paymentId = bench.ids.uuid();
      bench.bank.faults.next('createInvoice', { kind, ms: 5_000 });
      void bench.invoice({ paymentId }).catch(() => undefined);
      await bench.clock.advance(1_000);
      await bench.restart();
      expect(await bench.invoice({ paymentId })).toMatchObject({
        status: 'unknown',
        statusReason: 'invoice_unanswered',
      });
      await bench.clock.advance(HOUR_MS);
      expect(bench.bank.purchases()).toHaveLength(1);
      expect((await bench.openCases()).map((one) => one.kind)).toEqual(['invoice_unanswered']);
      expect(bench.reads()).toBe(0);
    },
  );

  it('without anybody asking again leaves the case as well', async () => {
    const bench = await createInvoiceBench();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.next('createInvoice', { kind: 'slow', ms: 5_000 });
    void bench.invoice({ paymentId }).catch(() => undefined);
    await bench.clock.advance(1_000);
    await bench.restart();
    await bench.clock.advance(120_000);
    expect((await bench.openCases()).map((one) => one.kind)).toEqual(['invoice_unanswered']);
  });

  it('at every commit of a creation never lets two invoices out', async () => {
    for (const fate of ['crash_before', 'crash_after', 'answer_lost'] as const) {
      for (let at = 1; at <= 5; at++) {
        const bench = await createInvoiceBench();
        let left = Number.POSITIVE_INFINITY;
        await bench.restart({ fateOf: () => (--left === 0 ? fate : 'commit') });
        left = at;
        const paymentId = bench.ids.uuid();
        void bench.invoice({ paymentId }).catch(() => undefined);
        await bench.clock.advance(60_000);
        await bench.restart();
        await bench.invoice({ paymentId }).catch(() => undefined);
        await bench.clock.advance(10 * 60_000);
        expect(left).toBeLessThanOrEqual(0);
        expect(bench.bank.purchases().length).toBeLessThanOrEqual(1);
        const payment = await bench.get(paymentId).catch(() => undefined);
        const isKnown = payment?.bankPaymentId !== undefined || payment?.final === true;
        const cases = (await bench.openCases()).map((one) => one.kind);
        if (bench.bank.purchases().length === 1 && !isKnown) expect(cases).toEqual(['invoice_unanswered']);
      }
    }
  });
});

describe('a person who finds a lost invoice at the bank', () => {
  it('enters its id: it is verified, and the payment goes on', async () => {
    const bench = await createInvoiceBench();
    const { payment, id } = await loseAnswer(bench, 'answer_lost');
    const found = { outcome: 'found', bankPaymentId: id } as const;
    expect(await failure(bench.hub.payments.resolveInvoice(TILL, payment.paymentId, found))).toBe('forbidden');
    const open = await bench.hub.payments.resolveInvoice(PERSON, payment.paymentId, found);
    expect(open).toMatchObject({ status: 'awaiting_confirmation', bankPaymentId: id });
    expect(await bench.openCases()).toEqual([]);
    bench.confirm(open);
    await bench.clock.advance(30_000);
    expect(await bench.hub.payments.refresh(TILL, payment.paymentId)).toMatchObject({ status: 'paid', final: true });
    expect(await failure(bench.hub.payments.resolveInvoice(PERSON, payment.paymentId, found))).toBe(
      'invoice_not_unanswered',
    );
  });

  it('enters it when it was paid long ago: the payment is paid at once', async () => {
    const bench = await createInvoiceBench();
    const { payment, id } = await loseAnswer(bench, 'unavailable_after');
    bench.bank.customer.confirm(id);
    await bench.clock.advance(3 * DAY_MS);
    const found = { outcome: 'found', bankPaymentId: id } as const;
    expect(await bench.hub.payments.resolveInvoice(PERSON, payment.paymentId, found)).toMatchObject({
      status: 'paid',
      final: true,
    });
  });

  it('enters it days later when nobody has paid: it ends, and nothing is left open', async () => {
    const bench = await createInvoiceBench();
    const { payment, id } = await loseAnswer(bench, 'answer_lost');
    await bench.clock.advance(3 * DAY_MS);
    const found = { outcome: 'found', bankPaymentId: id } as const;
    expect(await bench.hub.payments.resolveInvoice(PERSON, payment.paymentId, found)).toMatchObject({
      status: 'expired',
      final: true,
    });
    expect(await bench.openCases()).toEqual([]);
  });

  it('is not believed about another amount, an older purchase, one that is taken, or one that the bank does not know', async () => {
    const bench = await createInvoiceBench();
    const old = await payAndConfirm(bench);
    const { bankPaymentId: taken = '' } = old;
    const behindOurBack = await bench.bank.createInvoice({
      organizationBin: old.organizationBin,
      deviceToken: old.deviceToken,
      amount: Money.parse('1500.00'),
      phone: PHONE,
    });
    await bench.clock.advance(HOUR_MS);
    const { payment } = await loseAnswer(bench, 'request_lost');
    const cheaper = await bench.invoice({ amount: Money.parse('1.00') });
    const foreign = await bench.bank.createInvoice({
      organizationBin: old.organizationBin,
      deviceToken: old.deviceToken,
      amount: Money.parse('1499.99'),
      phone: PHONE,
    });
    const tries: Array<[string, string]> = [
      [taken, 'invoice_differs'],
      [cheaper.bankPaymentId ?? '', 'invoice_differs'],
      [foreign.bankPaymentId, 'invoice_differs'],
      [behindOurBack.bankPaymentId, 'invoice_differs'],
      ['404', 'invoice_unverified'],
    ];
    for (const [bankPaymentId, code] of tries) {
      await bench.clock.advance(30_000);
      const resolving = bench.hub.payments.resolveInvoice(PERSON, payment.paymentId, {
        outcome: 'found',
        bankPaymentId,
      });
      expect([bankPaymentId, await failure(resolving)]).toEqual([bankPaymentId, code]);
    }
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'unknown' });
    expect((await bench.openCases()).map((one) => one.kind)).toContain('invoice_unanswered');
  });

  it('says "not found" only when a day has passed', async () => {
    const bench = await createInvoiceBench();
    const { payment } = await loseAnswer(bench, 'request_lost');
    const absent = { outcome: 'not_found', reason: 'looked in the app' } as const;
    const early = bench.hub.payments.resolveInvoice(PERSON, payment.paymentId, absent);
    expect(await problemOf(early)).toMatchObject({ code: 'invoice_may_live', money: 'maybe', retry: 'after' });
    await bench.clock.advance(DAY_MS);
    expect(await bench.hub.payments.resolveInvoice(PERSON, payment.paymentId, absent)).toMatchObject({
      status: 'failed',
      statusReason: 'invoice_not_found',
      final: true,
    });
    expect(await bench.openCases()).toEqual([]);
    expect(bench.reads()).toBe(0);
  });
});

it('a hub that recovers from a restore sends no invoice', async () => {
  const bench = await createInvoiceBench();
  await bench.connection.transaction(async (tx) => {
    const meta = await tx.meta.get();
    await tx.meta.save({ ...meta, recovering: true, recoveringSinceMs: bench.clock.nowMs() });
  });
  const paymentId = bench.ids.uuid();
  expect(await problemOf(bench.invoice({ paymentId }))).toMatchObject({ code: 'hub_recovering', money: 'none' });
  expect(bench.calls('createInvoice')).toBe(0);
  await bench.hub.recovery.release(PERSON, 'compared');
  expect((await bench.invoice({ paymentId })).status).toBe('awaiting_confirmation');
});

type Fault = Parameters<InvoiceBench['bank']['faults']['next']>[1];

/** An invoice whose answer never came, and its id at the bank, where it got there. */
async function loseAnswer(bench: InvoiceBench, fault: Fault) {
  bench.bank.faults.next('createInvoice', fault);
  const payment = await bench.invoice();
  const sent = bench.bank.purchases().find((one) => one.comment === payment.paymentId);
  return { payment, id: sent?.bankPaymentId ?? '' };
}
