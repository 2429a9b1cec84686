import type { Context, Timer } from '@tolem/base';
import type { CaseDesk } from '../case/case-desk.ts';
import { isEdgeError } from '../edge-error.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import { persist } from '../store/persist.ts';
import type { PaymentBook } from './payment-book.ts';
import type { PaymentRecord } from './payment-record.ts';

/** Payments that an earlier process left uncollected are looked at this far back at the start. */
const LOOK_BACK_MS = 48 * 3_600_000;

/** "Delivered" means collected: the till has fetched the final `paid`. Paid and not collected in time is a case. */
export interface Collection {
  record(paymentId: string): void;
  start(): void;
  stop(): void;
}

export function createCollection(parts: {
  context: Context;
  store: EdgeStore;
  book: PaymentBook;
  cases: CaseDesk;
  withinMs: number;
}): Collection {
  const { context, store, book, cases } = parts;
  const timers = new Map<string, Timer>();

  const drop = (paymentId: string) => {
    timers.get(paymentId)?.cancel();
    timers.delete(paymentId);
  };
  const expect = (payment: PaymentRecord): void => {
    const { paymentId } = payment;
    if (!isAwaited(payment) || timers.has(paymentId)) return;
    const sinceMs = payment.paidAtMs ?? payment.updatedAtMs;
    const leftMs = Math.max(0, sinceMs + parts.withinMs - context.clock.nowMs());
    const timer = context.clock.after(leftMs, () => {
      timers.delete(paymentId);
      const now = book.get(paymentId);
      if (!now || !isAwaited(now)) return;
      const amount = now.amountPaid ?? now.amount;
      const open = () => cases.open({ kind: 'not_collected', subject: paymentId, paymentId, amount });
      void persist(context, paymentId, open);
    });
    timers.set(paymentId, timer);
  };
  return {
    record(paymentId) {
      const payment = book.must(paymentId);
      if (!isAwaited(payment)) return;
      try {
        book.save({ ...payment, collectedAtMs: Math.floor(context.clock.nowMs()) }, (writer) =>
          cases.close('not_collected', paymentId, 'system', 'collected by the till', writer),
        );
        drop(paymentId);
      } catch (error) {
        // The till has its answer; what is not written becomes a case for a person, never a refused answer.
        if (!isEdgeError(error, 'disk_full')) throw error;
        context.log.error({ error, paymentId }, 'that the till has fetched this payment could not be written');
      }
    },
    start() {
      book.onChange(expect);
      for (const payment of store.uncollectedPayments(context.clock.nowMs() - LOOK_BACK_MS)) expect(payment);
    },
    stop: () => [...timers.keys()].forEach(drop),
  };
}

/** A payment that came back from the hub may have been collected before the journal was lost; nobody can tell. */
function isAwaited(payment: PaymentRecord): boolean {
  const wasLost = payment.restored === true && payment.method === 'terminal';
  return payment.status === 'paid' && payment.collectedAtMs === undefined && !wasLost;
}
