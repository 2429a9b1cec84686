import type { Payment } from '../payment/payment.ts';
import type { RefundSession } from '../refund-session/refund-session.ts';
import { shownCode } from './payment-json.ts';

/** A result stays on the customer's screen for so long before the shop's name comes back. */
export const RESULT_MS = 20_000;

/** What the customer's display shows; nothing of the till, the order or the refunds. */
export interface DisplayView {
  screen:
    | 'idle'
    | 'preparing'
    | 'scan'
    | 'link'
    | 'terminal'
    | 'confirm'
    | 'paid'
    | 'failed'
    | 'expired'
    | 'cancelled'
    | 'ask_cashier'
    | 'refund_scan'
    | 'refund_known';
  paymentId?: string;
  refundSessionId?: string;
  amount?: string;
  methods?: string[];
  /** Relative, because the display's clock may differ. */
  leftMs?: number;
  /** After this the screen goes idle by itself. */
  hideInMs?: number;
}

/** The view of one payment at a moment; `idle` once its result has been seen long enough. */
export function displayView(payment: Payment | undefined, nowMs: number): DisplayView {
  const screen = payment && screenOf(payment);
  if (!payment || !screen) return { screen: 'idle' };
  const view: DisplayView = { screen, paymentId: payment.paymentId, amount: payment.amount.toString() };
  if (isCode(screen) || screen === 'confirm' || screen === 'preparing' || screen === 'terminal') {
    if (isCode(screen)) view.methods = shownCode(payment)?.methods ?? [];
    if (payment.expiresAtMs !== undefined) view.leftMs = Math.max(0, payment.expiresAtMs - nowMs);
    return view;
  }
  const hideInMs = payment.updatedAtMs + RESULT_MS - nowMs;
  return hideInMs > 0 ? { ...view, hideInMs } : { screen: 'idle' };
}

/** A refund with the customer: the code, then that the cashier goes on; says nothing about money. */
export function refundDisplayView(session: RefundSession, nowMs: number): DisplayView {
  const { refundSessionId, status, qrToken, expiresAtMs = nowMs } = session;
  if (status === 'customer_known') return { screen: 'refund_known', refundSessionId, hideInMs: RESULT_MS };
  const leftMs = Math.max(0, expiresAtMs - nowMs);
  if (status !== 'awaiting_customer' || qrToken === undefined || leftMs === 0) return { screen: 'idle' };
  return { screen: 'refund_scan', refundSessionId, leftMs, hideInMs: leftMs };
}

/** A code of the bank is scanned in its app, one that holds a link by any camera. */
function isCode(screen: DisplayView['screen']): boolean {
  return screen === 'scan' || screen === 'link';
}

function screenOf(payment: Payment): DisplayView['screen'] | undefined {
  if (payment.toldNone) return undefined;
  switch (payment.status) {
    case 'created':
      return 'preparing';
    case 'awaiting_scan':
      if (payment.method === 'terminal') return 'terminal';
      if (!shownCode(payment)) return 'preparing';
      return payment.method === 'link' ? 'link' : 'scan';
    case 'awaiting_confirmation':
      return payment.method === 'terminal' ? 'terminal' : 'confirm';
    case 'unknown':
      return 'ask_cashier';
    default:
      return payment.status;
  }
}
