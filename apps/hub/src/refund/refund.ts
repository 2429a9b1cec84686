import type { Evidence, Money, RefundStatus } from '@tolem/base';

/**
 * Money going back. For a payment that the hub owns (`source: 'hub'`) one at a time, by a unique index. Refunds of terminal
 * payments are their agent's (`source: 'edge'`): shown as its journal tells, or asked of it by a command.
 */
export interface Refund {
  refundId: string;
  paymentId: string;
  amount: Money;
  status: RefundStatus;
  statusReason?: string;
  /** Why, in the words of whoever asked. */
  reason: string;
  /** `agent:<id>/<actor>`, `person:<name>` or `system:late`. */
  actor: string;
  requestHash: string;
  version: number;
  createdAtMs: number;
  updatedAtMs: number;
  /** `AvailableReturnAmount` read before the call and stored with the intent. */
  availableBefore?: Money;
  /** The call must not begin to be written after this moment. */
  sendByMs?: number;
  sentAtMs?: number;
  /** How often the call has been sent (at most twice: decisions, Refunds). */
  sends: number;
  /** Since when the available amount has not been what it should be, or the bank has been silent. */
  waitingSinceMs?: number;
  /** When the owner next does something for it by itself; absent when only a person can go on. */
  nextReadAtMs?: number;
  /** Taken over from an owner that may have sent it: the new owner only ever reads. */
  adopted?: boolean;
  bankRefundId?: string;
  /** Scheme 2: the session in which it was asked for, and the code that its customer has scanned. */
  refundSessionId?: string;
  refundCodeId?: string;
  evidence?: Evidence;
  owner?: { instance: string; generation: number };
  source: 'hub' | 'edge';
  /** Hashes of the till's idempotency key and body, for an agent that lost its journal. */
  keyHash?: string;
  bodyHash?: string;
}
