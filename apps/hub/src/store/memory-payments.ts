import type { Payment } from '../payment/payment.ts';
import type { PaymentEvent, PaymentFilter } from '../payment/payment-service.ts';
import { pageOf, readCursor } from './cursor.ts';
import type { MemoryTables } from './memory-store.ts';
import { conflict, type UndoLog, violation } from './memory-table.ts';
import type { PaymentRows } from './payment-rows.ts';
import type { Fence } from './store.ts';

export function memoryPayments(tables: MemoryTables, log: UndoLog, isLive: (fence: Fence) => boolean): PaymentRows {
  const { payments, paymentEvents, cases } = tables;
  const holderOf = (agentId: string, keyHash: string | undefined): string | undefined =>
    keyHash === undefined
      ? undefined
      : payments.all(log).find((one) => one.source === 'hub' && one.agentId === agentId && one.keyHash === keyHash)
          ?.paymentId;
  const check = (payment: Payment): void => {
    if (!payment.amount.isPositive) throw violation(log, 'payment_amount_positive');
    const returned = payment.refunded.plus(payment.refundReserved);
    const paid = payment.amountPaid?.tiyn ?? 0n;
    if (payment.refunded.tiyn < 0n || payment.refundReserved.tiyn < 0n)
      throw violation(log, 'payment_refunds_not_negative');
    if (returned.tiyn > paid) throw violation(log, 'payment_refunds_within_paid');
    const holder = holderOf(payment.agentId, payment.keyHash);
    if (payment.source === 'hub' && holder && holder !== payment.paymentId) throw conflict(log, 'payment_key');
    if (payment.bankPaymentId === undefined) return;
    const twin = payments.all(log).find((one) => one.bankPaymentId === payment.bankPaymentId);
    if (twin && twin.paymentId !== payment.paymentId) throw conflict(log, 'payment_bank_payment_id');
  };
  const addEvent = (paymentId: string, event: PaymentEvent): void => {
    const before = paymentEvents.get(log, paymentId) ?? [];
    paymentEvents.set(log, paymentId, [...before, event]);
  };
  const isGivenBackSince = ({ paymentId }: Payment, sinceMs: number): boolean =>
    tables.refunds
      .all(log)
      .some((one) => one.paymentId === paymentId && one.keyHash !== undefined && one.createdAtMs >= sinceMs);
  return {
    async lockMany(paymentIds) {
      return [...paymentIds]
        .sort()
        .map((id) => payments.get(log, id))
        .filter((one) => one !== undefined);
    },
    async insertMany(added) {
      for (const payment of added) {
        if (payments.get(log, payment.paymentId)) throw conflict(log, 'payment_pkey');
        check(payment);
        payments.set(log, payment.paymentId, payment);
      }
    },
    async saveMany(changes) {
      const current = changes.filter(
        ({ payment, version }) => payments.get(log, payment.paymentId)?.version === version,
      );
      for (const { payment } of current) {
        check(payment);
        payments.set(log, payment.paymentId, payment);
      }
      return current.length;
    },
    async insert(payment) {
      if (payments.get(log, payment.paymentId)) return false;
      check(payment);
      payments.set(log, payment.paymentId, payment);
      return true;
    },
    get: async (paymentId) => payments.get(log, paymentId),
    keyHolder: async (agentId, keyHash) => holderOf(agentId, keyHash),
    async save(payment, guard) {
      const stored = payments.get(log, payment.paymentId);
      if (!stored || stored.version !== guard.version) return false;
      if (guard.fence && !isSameFence(stored.owner, guard.fence)) return false;
      check(payment);
      payments.set(log, payment.paymentId, payment);
      return true;
    },
    async adoptLapsed(fence, limit) {
      const lapsed = payments
        .all(log)
        .filter((one) => one.watched && one.source === 'hub' && (!one.owner || !isLive(one.owner)))
        .slice(0, limit);
      return lapsed.map((one) => {
        const adopted = { ...one, owner: { ...fence } };
        payments.set(log, one.paymentId, adopted);
        return adopted;
      });
    },
    async watchedBy(fence, limit, afterId = '') {
      return payments
        .all(log)
        .filter((one) => one.watched && one.source === 'hub' && isSameFence(one.owner, fence))
        .filter((one) => one.paymentId > afterId)
        .sort((a, b) => (a.paymentId < b.paymentId ? -1 : 1))
        .slice(0, limit)
        .map(({ paymentId, version }) => ({ paymentId, version }));
    },
    async versionsOf(paymentIds) {
      const found = paymentIds.map((id) => payments.get(log, id)).filter((one) => one !== undefined);
      return found.map(({ paymentId, agentId, version }) => ({ paymentId, agentId, version }));
    },
    async ofBankPayments(agentId, bankPaymentIds) {
      const wanted = new Set(bankPaymentIds);
      return payments.all(log).filter((one) => one.agentId === agentId && wanted.has(one.bankPaymentId ?? ''));
    },
    search: async (filter) => searchPayments(payments.all(log), filter),
    async resumable(agentId, sinceMs, limit, afterId) {
      return payments
        .all(log)
        .filter((one) => one.agentId === agentId)
        .filter((one) => !one.final || one.createdAtMs >= sinceMs || isGivenBackSince(one, sinceMs))
        .filter((one) => afterId === undefined || one.paymentId > afterId)
        .sort((a, b) => (a.paymentId < b.paymentId ? -1 : 1))
        .slice(0, limit);
    },
    async uncollected({ sinceMs, beforeMs }, limit) {
      const known = new Set(
        cases
          .all(log)
          .filter((one) => one.entry.kind === 'not_collected')
          .map((one) => one.entry.paymentId),
      );
      return payments
        .all(log)
        .filter((one) => one.source === 'hub' && one.status === 'paid' && one.collectedAtMs === undefined)
        .filter(
          (one) => (one.paidAtMs ?? beforeMs) < beforeMs && (one.paidAtMs ?? 0) >= sinceMs && !known.has(one.paymentId),
        )
        .slice(0, limit);
    },
    async openByStatus() {
      const counts = new Map<Payment['status'], number>();
      for (const { final, status } of payments.all(log)) if (!final) counts.set(status, (counts.get(status) ?? 0) + 1);
      return [...counts].map(([status, count]) => ({ status, count })).sort((a, b) => (a.status < b.status ? -1 : 1));
    },
    addEvent: async (paymentId, event) => addEvent(paymentId, event),
    async addEvents(events) {
      for (const { paymentId, event } of events) addEvent(paymentId, event);
    },
    events: async (paymentId): Promise<PaymentEvent[]> => [...(paymentEvents.get(log, paymentId) ?? [])],
  };
}

export function isSameFence(owner: Fence | undefined, fence: Fence): boolean {
  return owner?.instance === fence.instance && owner.generation === fence.generation;
}

function searchPayments(all: Payment[], filter: PaymentFilter): { payments: Payment[]; nextCursor?: string } {
  const after = readCursor(filter.cursor);
  const matches = all
    .filter((one) => filter.agentId === undefined || one.agentId === filter.agentId)
    .filter((one) => filter.status === undefined || filter.status.includes(one.status))
    .filter((one) => filter.method === undefined || filter.method.includes(one.method))
    .filter((one) => filter.fromMs === undefined || one.createdAtMs >= filter.fromMs)
    .filter((one) => filter.untilMs === undefined || one.createdAtMs < filter.untilMs)
    .filter((one) => filter.text === undefined || [one.paymentId, one.bankPaymentId, one.orderId].includes(filter.text))
    .filter((one) => !after || isBefore(one, after))
    .sort((a, b) => (isBefore(a, { atMs: b.createdAtMs, id: b.paymentId }) ? 1 : -1));
  const page = pageOf(matches, filter.limit, (one) => ({ atMs: one.createdAtMs, id: one.paymentId }));
  return { payments: page.rows, ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }) };
}

function isBefore(one: Payment, cursor: { atMs: number; id: string }): boolean {
  return one.createdAtMs < cursor.atMs || (one.createdAtMs === cursor.atMs && one.paymentId < cursor.id);
}
