import type { Caller } from '../caller.ts';
import type { RefundSession, ShownPurchase } from './refund-session.ts';

/** Refund sessions as gRPC reaches them: an agent's own, under scheme 2 only. Rejects with `ProblemError`. */
export interface RefundSessionService {
  /**
   * The same id gives the same session, with the same code. A device has one session at a time: a new one ends the one
   * before it. Without an answer of the bank: `bank_unavailable`, to be repeated with the same id.
   */
  open(caller: Caller, request: { refundSessionId: string; deviceId?: string }): Promise<RefundSession>;
  /** As it is when it is newer than `afterVersion`; else at its next change, or after `waitMs`. */
  get(
    caller: Caller,
    refundSessionId: string,
    options?: { afterVersion: number; waitMs: number },
  ): Promise<RefundSession>;
  /** The last purchases of the customer, newest first, with what this agent may refund. `customer_not_known` before the scan. */
  listPurchases(caller: Caller, refundSessionId: string, limit?: number): Promise<ShownPurchase[]>;
}

/** A long poll ends after this at the latest: below every proxy's and client's patience. */
export const SESSION_WAIT_LIMIT_MS = 25_000;
