import type { Money } from '@tolem/base';
import type { HubOffer } from '../hub/hub-offer.ts';
import type { RefundSessionStatus } from '../hub/hub-refund-sessions.ts';

/**
 * The customer stands at the till and makes themselves known to the bank by scanning a code, so that one of their last
 * purchases can be given back [QR 3.9 §3.4]. The hub's; the agent follows it. Moves no money.
 */
export interface RefundSession {
  refundSessionId: string;
  deviceId: string;
  status: RefundSessionStatus;
  statusReason?: string;
  /** Grows with every change. */
  version: number;
  /** What the customer scans, while it is of use. */
  qrToken?: string;
  /** Left for the scan, then for what is done with the known customer. */
  expiresAtMs?: number;
  createdAtMs: number;
}

export interface CustomerPurchase {
  bankPaymentId: string;
  amount: Money;
  /** Absent where the bank did not say it. */
  atMs?: number;
  /** A payment of this agent. */
  paymentId?: string;
  /** The most that this till may give back of it now. */
  available?: Money;
  refundable: boolean;
  reason?: PurchaseRefusal;
}

/**
 * Why a purchase cannot be given back here. `not_of_this_till`: made elsewhere, in another shop or at a terminal;
 * `other_trade_point`: the bank refunds within the purchase's own; `refund_active` one is under way; `fully_refunded`; `details_unread` the bank did not say what is left; `not_paid` by our ledger; `too_old`,
 * `till_limit` by `localApi.refunds`; `not_refundable` for any other reason.
 */
export const PURCHASE_REFUSALS = [
  'not_of_this_till',
  'other_trade_point',
  'refund_active',
  'fully_refunded',
  'details_unread',
  'not_paid',
  'too_old',
  'till_limit',
  'not_refundable',
] as const;
export type PurchaseRefusal = (typeof PURCHASE_REFUSALS)[number];

/** Refund sessions as the agent's doors reach them. Rejects with `ProblemError`; `money: none` always. */
export interface RefundSessionService {
  /** What the hub offers under the bank's scheme; undefined until it has been reached once, or does not tell. */
  offer(): HubOffer | undefined;
  open(request: { deviceId?: string }): Promise<RefundSession>;
  /** Also one that an earlier process opened: the hub holds it. */
  find(refundSessionId: string): Promise<RefundSession>;
  /** Resolves when the version is above `afterVersion`, or when the time is over. */
  waitForChange(
    refundSessionId: string,
    afterVersion: number,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<RefundSession>;
  /** The last purchases of the customer who is known, newest first. */
  purchases(refundSessionId: string): Promise<CustomerPurchase[]>;
  onChange(listener: (session: RefundSession) => void): () => void;
}

export function isSessionOver({ status }: Pick<RefundSession, 'status'>): boolean {
  return status === 'expired' || status === 'failed';
}
