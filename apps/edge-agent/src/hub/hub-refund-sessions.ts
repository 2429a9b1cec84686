import type { Money } from '@tolem/base';

/**
 * `awaiting_customer` the code is shown; `customer_known` the bank knows who stands at the till, which says nothing about
 * money; `expired` nobody scanned in time, or the time for the refund is over; `failed` by the bank.
 */
export const REFUND_SESSION_STATUSES = ['awaiting_customer', 'customer_known', 'expired', 'failed'] as const;
export type RefundSessionStatus = (typeof REFUND_SESSION_STATUSES)[number];

/** A refund session as the hub tells it [QR 3.9 §3.4]. */
export interface HubRefundSessionView {
  refundSessionId: string;
  version: number;
  /** `unlisted`: a status that this version of the agent does not know. */
  status: RefundSessionStatus | 'unlisted';
  statusReason?: string;
  /** Absent before the bank has given one, and when it is of no use any more. */
  qrToken?: string;
  /** Left for the scan, then for what is done with the known customer; clocks may differ. */
  expiresInMs?: number;
  createdAtMs: number;
  deviceId: string;
}

/** One of the customer's last purchases; only those of this agent carry a `paymentId`. */
export interface HubCustomerPurchase {
  bankPaymentId: string;
  amount: Money;
  atMs?: number;
  paymentId?: string;
  /** What the bank says can still be given back; absent where it was not read. */
  available?: Money;
  refundable: boolean;
  /** Why not: `not_of_this_till`, `other_trade_point`, `refund_active`, `fully_refunded`, `details_unread`, `not_refundable`. */
  reason?: string;
}

/** The calls of scheme 2 [QR 3.9 §3.4]: part of `HubLink`, with its errors. None of them moves money. */
export interface HubRefundSessions {
  /** The same id gives the same session. The hub answers when the bank has given a code. */
  openRefundSession(
    request: { refundSessionId: string; deviceId: string },
    limitMs: number,
  ): Promise<HubRefundSessionView>;
  /** At once when the session is newer than `afterVersion`, else at its next change or after `waitMs` (at most 25 s). */
  getRefundSession(refundSessionId: string, afterVersion: number, waitMs: number): Promise<HubRefundSessionView>;
  /** Newest first, at most ten. */
  listCustomerPurchases(refundSessionId: string): Promise<HubCustomerPurchase[]>;
}
