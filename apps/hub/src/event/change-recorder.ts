import type { Case } from '../case/case.ts';
import type { Payment } from '../payment/payment.ts';
import type { Refund } from '../refund/refund.ts';
import type { CaseRows } from '../store/case-rows.ts';
import type { PaymentRows } from '../store/payment-rows.ts';
import type { RefundRows } from '../store/refund-rows.ts';
import type { StoreTransaction } from '../store/store.ts';

/** A row as it was before the transaction, where there was one, and as the transaction leaves it. */
export interface Change<Row> {
  before: Row | undefined;
  after: Row;
}

/** What one transaction wrote, each row once, in the order of the first writes. */
export interface Changes {
  payments: Map<string, Change<Payment>>;
  refunds: Map<string, Change<Refund>>;
  cases: Map<string, Change<Case>>;
  /** The payment as this transaction knows it. */
  payment(paymentId: string): Promise<Payment | undefined>;
}

/**
 * The same transaction, which remembers what is written through it: whoever changes a payment, none changes untold. Every
 * method of the rows is named here, so that a new way of writing does not compile until it is told as well.
 */
export function recordChanges(inner: StoreTransaction): { tx: StoreTransaction; changes: Changes } {
  const payments = createTrace<Payment>();
  const refunds = createTrace<Refund>();
  const cases = createTrace<Case>();
  const tx: StoreTransaction = {
    ...inner,
    payments: recordPayments(inner.payments, payments),
    refunds: recordRefunds(inner.refunds, refunds),
    cases: recordCases(inner.cases, cases),
  };
  const payment = async (paymentId: string) => payments.seen.get(paymentId) ?? inner.payments.get(paymentId);
  return { tx, changes: { payments: payments.changed, refunds: refunds.changed, cases: cases.changed, payment } };
}

interface Trace<Row> {
  changed: Map<string, Change<Row>>;
  /** Rows as they were read or written last. */
  seen: Map<string, Row>;
  note(id: string, before: Row | undefined, after: Row): void;
}

function createTrace<Row>(): Trace<Row> {
  const changed = new Map<string, Change<Row>>();
  const seen = new Map<string, Row>();
  return {
    changed,
    seen,
    note(id, before, after) {
      const known = changed.get(id);
      changed.set(id, { before: known ? known.before : before, after });
      seen.set(id, after);
    },
  };
}

/** What is written over: as it was read in this transaction, where that is what stands there, else read now. */
async function beforeOf<Row extends { version: number }>(
  trace: Trace<Row>,
  id: string,
  version: number,
  read: (id: string) => Promise<Row | undefined>,
): Promise<Row | undefined> {
  const known = trace.seen.get(id);
  return known?.version === version ? known : read(id);
}

function recordPayments(rows: PaymentRows, trace: Trace<Payment>): PaymentRows {
  const before = (paymentId: string, version: number) => beforeOf(trace, paymentId, version, rows.get);
  return {
    async get(paymentId, options) {
      const payment = await rows.get(paymentId, options);
      if (payment) trace.seen.set(paymentId, payment);
      return payment;
    },
    async lockMany(paymentIds) {
      const locked = await rows.lockMany(paymentIds);
      for (const payment of locked) trace.seen.set(payment.paymentId, payment);
      return locked;
    },
    async insert(payment) {
      const isNew = await rows.insert(payment);
      if (isNew) trace.note(payment.paymentId, undefined, payment);
      return isNew;
    },
    async insertMany(payments) {
      await rows.insertMany(payments);
      for (const payment of payments) trace.note(payment.paymentId, undefined, payment);
    },
    async save(payment, guard) {
      const old = await before(payment.paymentId, guard.version);
      const isSaved = await rows.save(payment, guard);
      if (isSaved) trace.note(payment.paymentId, old, payment);
      return isSaved;
    },
    async saveMany(changes) {
      const old = await Promise.all(changes.map(({ payment, version }) => before(payment.paymentId, version)));
      const saved = await rows.saveMany(changes);
      // Where one of them was missed the caller drops the transaction.
      for (const [at, { payment }] of changes.entries()) trace.note(payment.paymentId, old[at], payment);
      return saved;
    },
    // The version stays, and with it what there is to tell.
    adoptLapsed: rows.adoptLapsed,
    keyHolder: rows.keyHolder,
    watchedBy: rows.watchedBy,
    versionsOf: rows.versionsOf,
    ofBankPayments: rows.ofBankPayments,
    search: rows.search,
    resumable: rows.resumable,
    openByStatus: rows.openByStatus,
    uncollected: rows.uncollected,
    addEvent: rows.addEvent,
    addEvents: rows.addEvents,
    events: rows.events,
  };
}

function recordRefunds(rows: RefundRows, trace: Trace<Refund>): RefundRows {
  return {
    async get(refundId, options) {
      const refund = await rows.get(refundId, options);
      if (refund) trace.seen.set(refundId, refund);
      return refund;
    },
    async insert(refund) {
      const isNew = await rows.insert(refund);
      if (isNew) trace.note(refund.refundId, undefined, refund);
      return isNew;
    },
    async save(refund, guard) {
      const old = await beforeOf(trace, refund.refundId, guard.version, rows.get);
      const isSaved = await rows.save(refund, guard);
      if (isSaved) trace.note(refund.refundId, old, refund);
      return isSaved;
    },
    // The status stays.
    adoptLapsed: rows.adoptLapsed,
    listOf: rows.listOf,
    activeOf: rows.activeOf,
    atWorkOf: rows.atWorkOf,
    silentAtAgents: rows.silentAtAgents,
    automaticSince: rows.automaticSince,
  };
}

function recordCases(rows: CaseRows, trace: Trace<Case>): CaseRows {
  return {
    async get(caseId, options) {
      const entry = await rows.get(caseId, options);
      if (entry) trace.seen.set(caseId, entry);
      return entry;
    },
    async open(entry, subject) {
      const opened = await rows.open(entry, subject);
      if (opened) trace.note(opened.caseId, undefined, opened);
      return opened;
    },
    async save(entry) {
      const old = trace.seen.get(entry.caseId) ?? (await rows.get(entry.caseId));
      await rows.save(entry);
      trace.note(entry.caseId, old, entry);
    },
    async closeOf(key, closing) {
      const closed = await rows.closeOf(key, closing);
      if (!closed) return undefined;
      const { closedAtMs: _at, closedBy: _by, closeReason: _reason, ...before } = closed;
      trace.note(closed.caseId, before, closed);
      return closed;
    },
    openSums: rows.openSums,
    list: rows.list,
  };
}
