import type { Money } from '@tolem/base';

/**
 * The customer at the till, known to the bank for a while: scheme 2's way to a refund [QR 3.9 §3.4].
 * `opening` is shown as awaiting the customer, without a code.
 */
export const REFUND_SESSION_STATUSES = ['opening', 'awaiting_customer', 'customer_known', 'expired', 'failed'] as const;
export type RefundSessionStatus = (typeof REFUND_SESSION_STATUSES)[number];

export interface RefundSession {
  /** UUIDv7, made by the agent. */
  refundSessionId: string;
  agentId: string;
  deviceId: string;
  deviceToken: string;
  organizationBin: string;
  tradePointId: string;
  status: RefundSessionStatus;
  statusReason?: string;
  version: number;
  createdAtMs: number;
  updatedAtMs: number;
  /** `QrReturnId` and what the customer scans; the only pair that is ever shown for this session. */
  refundCodeId?: string;
  qrToken?: string;
  pollIntervalMs?: number;
  /** By the hub's clock: the end of the scan's window, then of the time with the known customer. */
  expiresAtMs: number;
  /** What the bank listed as this customer's purchases, when they were last asked for. */
  purchaseIds: string[];
  owner?: { instance: string; generation: number };
}

/** Why a purchase of the customer cannot be refunded here. */
export type NotRefundable =
  | 'not_of_this_till'
  | 'other_trade_point'
  | 'refund_active'
  | 'fully_refunded'
  | 'details_unread'
  | 'not_refundable';

export interface ShownPurchase {
  bankPaymentId: string;
  amount: Money;
  atMs?: number;
  /** Ours, where the asking agent holds the payment. */
  paymentId?: string;
  /** What the bank says can still be refunded. */
  available?: Money;
  refundable: boolean;
  reason?: NotRefundable;
}
