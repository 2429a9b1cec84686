import type { Clock } from '@tolem/base';
import type { EdgeCore } from '../edge-core.ts';
import type { Payment } from '../payment/payment.ts';
import type { RefundSession } from '../refund-session/refund-session.ts';
import { type DisplayView, displayView, RESULT_MS, refundDisplayView } from './display-view.ts';

/** What stands on the customer's screen: the newest payment of this agent, or a refund code that was opened since. */
export interface DisplayStage {
  view(): DisplayView;
  onChange(listener: () => void): () => void;
  close(): void;
}

/** One for all screens and as long as the doors: a screen that comes back (each does, hourly) shows what it showed. */
export function createDisplayStage(core: Pick<EdgeCore, 'payments' | 'refundSessions'>, clock: Clock): DisplayStage {
  const listeners = new Set<() => void>();
  let shown: Payment | undefined = core.payments.search({ limit: 1 }).payments[0];
  let refunding: RefundSession | undefined;
  let lastSessionId: string | undefined;
  /** That the customer is known is said for a while; the next one must not find it here. */
  let knownUntilMs = 0;

  const refundView = (): DisplayView | undefined => {
    const nowMs = clock.nowMs();
    if (!refunding || (refunding.status === 'customer_known' && nowMs >= knownUntilMs)) return undefined;
    const view = refundDisplayView(refunding, nowMs);
    return view.screen === 'idle' ? undefined : view;
  };
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const leave = [
    core.payments.onChange((payment) => {
      const isOther = payment.paymentId !== shown?.paymentId;
      if (shown && isOther && payment.createdAtMs < shown.createdAtMs) return;
      // Being collected or refunded changes nothing for the customer who stands here, nor for the one who came after.
      const isNews = isOther || payment.status !== shown?.status || isOtherCode(payment, shown);
      shown = payment;
      if (isOther) refunding = undefined;
      if (isNews && !refundView()) tell();
    }),
    core.refundSessions.onChange((session) => {
      // A session that a newer payment has taken off the screen does not come back to it.
      if (session.refundSessionId === lastSessionId && !refunding) return;
      if (session.refundSessionId !== lastSessionId && session.status !== 'awaiting_customer') return;
      if (session.status === 'customer_known' && refunding?.status !== 'customer_known')
        knownUntilMs = clock.nowMs() + RESULT_MS;
      lastSessionId = session.refundSessionId;
      refunding = session;
      tell();
    }),
  ];
  return {
    view: () => refundView() ?? displayView(shown, clock.nowMs()),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      for (const one of leave) one();
    },
  };
}

function isOtherCode(payment: Payment, shown: Payment): boolean {
  return payment.qr !== shown.qr || payment.link !== shown.link;
}
