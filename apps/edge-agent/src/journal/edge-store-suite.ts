import { Money } from '@tolem/base';
import { expect, test } from 'vitest';
import type { CommandRecord } from '../command/command-record.ts';
import type { PaymentRecord } from '../payment/payment-record.ts';
import type { RefundRecord } from '../refund/refund-record.ts';
import type { EdgeStore } from '../store/edge-store.ts';

/** A UUID whose last digits are these. */
export const idOf = (number: number): string => `0190a6b2-0000-7000-8000-${String(number).padStart(12, '0')}`;

export function paymentOf(number: number, change: Partial<PaymentRecord> = {}): PaymentRecord {
  return {
    paymentId: idOf(number),
    method: 'terminal',
    amount: Money.fromTenge(1000),
    status: 'created',
    final: false,
    version: 1,
    createdAtMs: number,
    updatedAtMs: number,
    refunded: Money.zero,
    hubVersion: 0,
    token: 'local',
    ...change,
  };
}

export function refundOf(number: number, tenge: number, change: Partial<RefundRecord> = {}): RefundRecord {
  return {
    refundId: idOf(9_000 + number),
    paymentId: idOf(1),
    owner: 'agent',
    amount: Money.fromTenge(tenge),
    status: 'sent',
    reason: 'r',
    actor: 'till',
    token: 'local',
    version: 1,
    hubVersion: 0,
    createdAtMs: number,
    updatedAtMs: number,
    ...change,
  };
}

/** What every implementation of `EdgeStore` does; `open` gives an empty one. */
export function edgeStoreSuite(open: () => EdgeStore): void {
  const paid = paymentOf(1, { status: 'paid', final: true, amountPaid: Money.fromTenge(1000), paidAtMs: 50 });

  test('a command comes back as it was written, is open until it is begun or over, and stays', () => {
    const store = open();
    const command: CommandRecord = {
      ...{ commandId: idOf(7), kind: 'refund_terminal', refundId: idOf(8), paymentId: idOf(1), boot: 'boot' },
      ...{ amount: Money.fromTenge(400), reason: 'r', actor: 'anna', createdAtMs: 1, updatedAtMs: 2 },
      state: 'claiming',
    };
    const put = (record: CommandRecord) => store.transact((writer) => writer.putCommand(record));
    put(command);
    expect(store.command(idOf(7))).toEqual(command);
    expect(store.command(idOf(8))).toBeUndefined();
    put({ ...command, state: 'claimed' });
    expect(store.openCommands()).toEqual([{ ...command, state: 'claimed' }]);
    for (const state of ['begun', 'declined', 'gone'] as const) {
      put({ ...command, state, stateReason: 'why' });
      expect(store.openCommands()).toEqual([]);
    }
    store.prune(Number.MAX_SAFE_INTEGER);
    expect(store.command(idOf(7))).toMatchObject({ state: 'gone', stateReason: 'why' });
  });

  test('the refunds of a payment come oldest first, whatever their ids', () => {
    const store = open();
    const later = refundOf(1, 100, { createdAtMs: 20 });
    const earlier = refundOf(2, 100, { createdAtMs: 10 });
    store.transact((writer) => {
      writer.putPayment(paid);
      writer.putRefund(later);
      writer.putRefund(earlier);
    });
    expect(store.refundsOf(paid.paymentId).map((one) => one.refundId)).toEqual([earlier.refundId, later.refundId]);
  });

  test('a refund of a payment that is not held is told and not kept', () => {
    const store = open();
    const { lastSeq } = store.log.position();
    store.transact((writer) => writer.tellRefund(refundOf(1, 400, { status: 'declined' })));
    expect(store.log.position().lastSeq).toBe(lastSeq + 1);
    expect(store.refund(refundOf(1, 400).refundId)).toBeUndefined();
  });

  test('a record comes back as it was written, money, late money and all', () => {
    const store = open();
    const record = paymentOf(1, {
      late: { amount: Money.parse('12.34'), claimable: true, claimUntilMs: 7 },
      amountPaid: Money.parse('0.01'),
      receipt: { storeName: '«Дүкен»' },
    });
    store.transact((writer) => writer.putPayment(record));
    expect(store.payment(record.paymentId)).toEqual(record);
    expect(store.payment(idOf(2))).toBeUndefined();
  });

  test('a transaction that throws leaves nothing behind, neither record nor row', () => {
    const store = open();
    const { lastSeq, chain } = store.log.position();
    expect(() =>
      store.transact((writer) => {
        writer.putPayment(paymentOf(1));
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(store.payment(idOf(1))).toBeUndefined();
    expect(store.log.position()).toMatchObject({ lastSeq, chain });
    store.transact((writer) => writer.putPayment(paymentOf(2)));
    expect(store.log.position().lastSeq).toBe(lastSeq + 1);
  });

  test('every record brings its fact, numbered without gaps', () => {
    const store = open();
    const from = store.log.position().lastSeq;
    store.transact((writer) => {
      writer.putPayment(paid);
      writer.putRefund(refundOf(1, 100));
      writer.putTerminal({ terminalId: 'front', amountChecked: false, unresolved: 'journal_lost' });
      writer.putCase({ caseId: idOf(5), kind: 'watch_over', subject: 's', open: true, detail: {}, openedAtMs: 1 });
    });
    const rows = store.log.read(from, { rows: 10, bytes: 100_000 });
    expect(rows.map((row) => row.kind)).toEqual(['payment', 'refund', 'terminal', 'case']);
    expect(rows.map((row) => row.seq)).toEqual([1, 2, 3, 4].map((step) => from + step));
  });

  test('open payments are those that somebody still has to do something about', () => {
    const store = open();
    store.transact((writer) => {
      writer.putPayment(paymentOf(1));
      writer.putPayment(paymentOf(2, { status: 'paid', final: true }));
      writer.putPayment(paymentOf(3, { status: 'failed', final: true, abandon: 'pending' }));
      writer.putPayment(paymentOf(4, { status: 'failed', final: true, watchUntilMs: 9 }));
      writer.putPayment(paymentOf(5, { status: 'expired' }));
    });
    expect(store.openPayments().map((payment) => payment.paymentId)).toEqual([1, 3, 4, 5].map(idOf));
  });

  test('search goes from the newest back, page by page', () => {
    const store = open();
    store.transact((writer) => {
      for (let number = 1; number <= 5; number++) {
        writer.putPayment(paymentOf(number, number % 2 ? { orderId: 'a' } : { status: 'paid', final: true }));
      }
    });
    const first = store.searchPayments({ limit: 2 });
    expect(first.payments.map((payment) => payment.paymentId)).toEqual([5, 4].map(idOf));
    const second = store.searchPayments({ limit: 3, ...(first.nextCursor ? { cursor: first.nextCursor } : {}) });
    expect(second.payments.map((payment) => payment.paymentId)).toEqual([3, 2, 1].map(idOf));
    expect(second.nextCursor).toBeUndefined();
    const ofOrder = store.searchPayments({ limit: 9, orderId: 'a' }).payments;
    expect(ofOrder.map((payment) => payment.paymentId)).toEqual([5, 3, 1].map(idOf));
    expect(store.searchPayments({ limit: 9, status: ['paid'] }).payments).toHaveLength(2);
  });

  test('refunds of a terminal payment, in flight and unknown included, never exceed what was paid', () => {
    const store = open();
    store.transact((writer) => writer.putPayment(paid));
    const put = (refund: RefundRecord) => store.transact((writer) => writer.putRefund(refund));
    put(refundOf(1, 600, { status: 'unknown' }));
    expect(() => put(refundOf(2, 401))).toThrow(expect.objectContaining({ code: 'refund_exceeds_payment' }));
    put(refundOf(3, 400));
    expect(() => put(refundOf(4, 1))).toThrow(expect.objectContaining({ code: 'refund_exceeds_payment' }));
    put(refundOf(3, 400, { status: 'declined', version: 2 }));
    put(refundOf(4, 400));
    expect(() => put(refundOf(3, 400, { status: 'sent', version: 3 }))).toThrow(
      expect.objectContaining({ code: 'refund_exceeds_payment' }),
    );
    expect(store.refundsOf(idOf(1)).map((refund) => refund.status)).toEqual(['unknown', 'declined', 'sent']);
  });

  test('a key is written once and for ever', () => {
    const store = open();
    const key = { keyHash: 'k', bodyHash: 'b', kind: 'payment' as const, id: idOf(1), createdAtMs: 5 };
    store.transact((writer) => writer.putKey(key));
    store.transact((writer) => writer.putKey({ ...key, id: idOf(2) }));
    expect(store.key('k')).toEqual(key);
  });

  test('one case at most is open for a kind and a subject', () => {
    const store = open();
    const entry = { caseId: idOf(1), kind: 'watch_over' as const, subject: 's', open: true, detail: {}, openedAtMs: 1 };
    store.transact((writer) => writer.putCase(entry));
    expect(() => store.transact((writer) => writer.putCase({ ...entry, caseId: idOf(2) }))).toThrow();
    store.transact((writer) => writer.putCase({ ...entry, open: false }));
    store.transact((writer) => writer.putCase({ ...entry, caseId: idOf(2) }));
    expect(store.openCases().map((one) => one.caseId)).toEqual([idOf(2)]);
  });

  test('a new epoch takes along what the hub does not hold, under the same event ids', () => {
    const store = open();
    store.transact((writer) => writer.putPayment(paymentOf(1)));
    store.transact((writer) => writer.putPayment(paymentOf(2)));
    const { epoch, lastSeq } = store.log.position();
    const [kept] = store.log.read(lastSeq - 1, { rows: 1, bytes: 1 });
    store.log.acknowledge(lastSeq - 1);
    store.log.beginEpoch('forked', 'why');
    const rows = store.log.read(0, { rows: 10, bytes: 100_000 });
    expect(rows.map((row) => row.kind)).toEqual(['journal', 'payment']);
    expect(rows[1]).toMatchObject({ eventId: kept?.eventId, seq: 2 });
    expect(store.log.position()).toMatchObject({ lastSeq: 2, acknowledged: 0 });
    expect(store.log.position().epoch).not.toBe(epoch);
  });

  test('rows are read within both limits, and one at least', () => {
    const store = open();
    const from = store.log.position().lastSeq;
    for (let number = 1; number <= 5; number++) store.transact((writer) => writer.putPayment(paymentOf(number)));
    expect(store.log.read(from, { rows: 3, bytes: 1_000_000 })).toHaveLength(3);
    expect(store.log.read(from, { rows: 9, bytes: 1 })).toHaveLength(1);
    expect(store.log.read(from + 5, { rows: 9, bytes: 1_000_000 })).toEqual([]);
  });

  test('tokens and small facts of the agent itself are kept', () => {
    const store = open();
    const tokens = { name: 'till-1', accessToken: 'a', refreshToken: 'r', receivedAtMs: 1 };
    store.transact((writer) => {
      writer.putTokens('front', tokens);
      writer.putMeta('resume', 'done');
    });
    expect(store.tokens('front')).toEqual(tokens);
    expect(store.tokens('back')).toBeUndefined();
    expect(store.meta('resume')).toBe('done');
  });
}
