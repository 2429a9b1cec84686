import type { Context } from '@tolem/base';
import type { HubSession } from '../hub/hub-session.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import type { PaymentRecord } from './payment-record.ts';

/** Headquarters may give money back long after the till was told `paid`; the till shows it for as long as it may refund itself. */
const PAID_FOLLOWED_MS = 24 * 3_600_000;
/** What one stream follows besides the open payments: a busy till's day. */
const PAID_FOLLOWED_MAX = 2_000;
const PAGE = 200;

/** Which payments of the hub are followed: the open ones, and for a day the paid ones, whose refunds may come from elsewhere. */
export interface HubFollowing {
  /** Begins or ends following, as the payment's state asks. */
  follow(payment: PaymentRecord): void;
  /** The hub's version of a followed payment that told nothing worth writing. */
  heard(paymentId: string, version: number): void;
  /** The newest version heard so since the start; what is followed from there is not told again. */
  heardVersion(paymentId: string): number;
  /** Takes up the paid payments of an earlier process. */
  resume(): void;
}

export function createHubFollowing(parts: { context: Context; store: EdgeStore; session: HubSession }): HubFollowing {
  const { context, store, session } = parts;
  /** Paid payments by the moment until which they are followed; the oldest first. */
  const paid = new Map<string, number>();
  const heard = new Map<string, number>();

  const letOldGo = (): void => {
    for (const [paymentId, untilMs] of paid) {
      if (untilMs > context.clock.nowMs() && paid.size <= PAID_FOLLOWED_MAX) return;
      letGo(paymentId);
    }
  };
  const letGo = (paymentId: string): void => {
    paid.delete(paymentId);
    heard.delete(paymentId);
    session.unwatch(paymentId);
  };
  const follow = (payment: PaymentRecord): void => {
    const { paymentId } = payment;
    const paidUntilMs = (payment.paidAtMs ?? payment.createdAtMs) + PAID_FOLLOWED_MS;
    if (!payment.final || payment.abandon === 'pending') session.watch(paymentId);
    else if (payment.status === 'paid' && paidUntilMs > context.clock.nowMs()) {
      paid.set(paymentId, paidUntilMs);
      session.watch(paymentId);
    } else letGo(paymentId);
    letOldGo();
  };
  return {
    follow,
    heard(paymentId, version) {
      if (paid.has(paymentId)) heard.set(paymentId, version);
    },
    heardVersion: (paymentId) => heard.get(paymentId) ?? 0,
    resume() {
      let cursor: string | undefined;
      for (let seen = 0; seen < PAID_FOLLOWED_MAX; seen += PAGE) {
        const page = store.searchPayments({
          status: ['paid'],
          limit: PAGE,
          ...(cursor === undefined ? {} : { cursor }),
        });
        for (const payment of page.payments) if (payment.method !== 'terminal') follow(payment);
        const oldest = page.payments.at(-1);
        const isPast = oldest !== undefined && oldest.createdAtMs + PAID_FOLLOWED_MS < context.clock.nowMs();
        if (page.nextCursor === undefined || isPast) return;
        cursor = page.nextCursor;
      }
    },
  };
}
