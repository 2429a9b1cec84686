import type { Money } from '@tolem/base';
import type { Caller } from '../caller.ts';
import type { Refund } from './refund.ts';

/** Refunds as the hub's doors reach them. Rejects with `ProblemError`. */
export interface RefundService {
  /**
   * The same id and request return the refund as it is now. Without an amount: all that is left. Waits a little for the
   * outcome. A person's refund of a terminal payment is asked of its agent by a command and returned as `requested`. While another refund of the payment is under way or unknown: `refund_in_progress`, retry after (ADR 0008).
   */
  create(caller: Caller, request: CreateRefund): Promise<Refund>;
  get(caller: Caller, refundId: string): Promise<Refund>;
  listOf(caller: Caller, paymentId: string): Promise<Refund[]>;
  /** A person settles an unknown refund after looking at the bank; stored with `evidence: person`. */
  settle(
    caller: Caller,
    request: { refundId: string; outcome: 'confirmed' | 'declined'; reason: string },
  ): Promise<Refund>;
}

export interface CreateRefund {
  refundId: string;
  paymentId: string;
  amount?: Money;
  reason: string;
  actor?: string;
  /** Scheme 2: the session in which the customer of this payment is known. */
  refundSessionId?: string;
  /** Of the till's idempotency key and body, kept for Resume. */
  keyHash?: string;
  bodyHash?: string;
}
