import type { Refund } from '../refund/refund.ts';
import { isSameFence } from './memory-payments.ts';
import type { MemoryTables } from './memory-store.ts';
import { conflict, type UndoLog, violation } from './memory-table.ts';
import type { RefundRows } from './refund-rows.ts';
import type { Fence } from './store.ts';

export function memoryRefunds(tables: MemoryTables, log: UndoLog, isLive: (fence: Fence) => boolean): RefundRows {
  const { refunds, payments, cases } = tables;
  const ofPayment = (paymentId: string) => refunds.all(log).filter((one) => one.paymentId === paymentId);
  const listOf = (paymentId: string) =>
    ofPayment(paymentId).sort((a, b) => a.createdAtMs - b.createdAtMs || (a.refundId < b.refundId ? -1 : 1));
  const check = (refund: Refund): void => {
    if (!refund.amount.isPositive) throw violation(log, 'refund_amount_positive');
    if (!payments.get(log, refund.paymentId)) throw violation(log, 'refund_payment');
    const twin = ofPayment(refund.paymentId).find((one) => one.refundId !== refund.refundId && isHubs(one));
    if (twin && isHubs(refund)) throw conflict(log, 'refund_one_active');
  };
  return {
    async insert(refund) {
      if (refunds.get(log, refund.refundId)) return false;
      check(refund);
      refunds.set(log, refund.refundId, refund);
      return true;
    },
    get: async (refundId) => refunds.get(log, refundId),
    async save(refund, guard) {
      const stored = refunds.get(log, refund.refundId);
      if (!stored || stored.version !== guard.version) return false;
      if (guard.fence && !isSameFence(stored.owner, guard.fence)) return false;
      check(refund);
      refunds.set(log, refund.refundId, refund);
      return true;
    },
    listOf: async (paymentId) => listOf(paymentId),
    activeOf: async (paymentId) => listOf(paymentId).find(isActive),
    async adoptLapsed(fence, limit) {
      const lapsed = refunds
        .all(log)
        .filter((one) => one.nextReadAtMs !== undefined && (!one.owner || !isLive(one.owner)))
        .slice(0, limit);
      return lapsed.map((one) => {
        const adopted: Refund = { ...one, owner: { ...fence }, ...(one.status === 'sent' ? { adopted: true } : {}) };
        refunds.set(log, one.refundId, adopted);
        return adopted;
      });
    },
    async atWorkOf(fence, limit, afterId = '') {
      return refunds
        .all(log)
        .filter((one) => one.nextReadAtMs !== undefined && isSameFence(one.owner, fence) && one.refundId > afterId)
        .sort((a, b) => (a.refundId < b.refundId ? -1 : 1))
        .slice(0, limit);
    },
    async silentAtAgents({ sinceMs, beforeMs }, limit) {
      const told = cases.all(log).filter((one) => one.entry.kind === 'refund_not_told');
      const known = new Set(told.map((one) => one.entry.refundId));
      return refunds
        .all(log)
        .filter((one) => one.source === 'edge' && (one.status === 'approved' || one.status === 'sent'))
        .filter((one) => one.updatedAtMs >= sinceMs && one.updatedAtMs < beforeMs && !known.has(one.refundId))
        .sort((a, b) => a.updatedAtMs - b.updatedAtMs || (a.refundId < b.refundId ? -1 : 1))
        .slice(0, limit);
    },
    async automaticSince(organizationBin, sinceMs) {
      const automatic = refunds
        .all(log)
        .filter((one) => one.actor === 'system:late' && one.createdAtMs >= sinceMs)
        .filter((one) => payments.get(log, one.paymentId)?.organizationBin === organizationBin);
      return { count: automatic.length, tiyn: automatic.reduce((sum, one) => sum + one.amount.tiyn, 0n) };
    },
  };
}

/** Money that may still go back, or whose outcome nobody knows: another refund must wait. */
function isActive(refund: Refund): boolean {
  return refund.status !== 'confirmed' && refund.status !== 'declined';
}

/** What an agent reports is never refused; of the hub's own one at a time is at work. */
function isHubs(refund: Refund): boolean {
  return refund.source === 'hub' && isActive(refund);
}
