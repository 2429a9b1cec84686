import type { PaymentStatus } from '@tolem/base';
import type { Payment } from '../payment/payment.ts';
import type { PaymentEvent, PaymentFilter } from '../payment/payment-service.ts';
import type { Fence, SaveGuard } from './store.ts';

/**
 * Constraints: `amount` above zero, `0 ≤ refunded + reserved ≤ amountPaid`, unique `bankPaymentId`, and of the hub's own
 * payments unique `(agentId, keyHash)`.
 */
export interface PaymentRows {
  /** False when the id exists; nothing is changed then. */
  insert(payment: Payment): Promise<boolean>;
  get(paymentId: string, options?: { lock: boolean }): Promise<Payment | undefined>;
  save(payment: Payment, guard: SaveGuard): Promise<boolean>;
  /** Those of them that are there, locked in the order of their ids, so that two such calls never wait crosswise. */
  lockMany(paymentIds: readonly string[]): Promise<Payment[]>;
  /** Rejects with `store_conflict` where an id exists. */
  insertMany(payments: readonly Payment[]): Promise<void>;
  /** Replaces payments whose stored version is still the one given; how many were. */
  saveMany(changes: ReadonlyArray<{ payment: Payment; version: number }>): Promise<number>;
  /** Takes over watched payments whose owner's lease is not live; the version stays. Skips rows that others hold. */
  adoptLapsed(fence: Fence, limit: number): Promise<Payment[]>;
  /**
   * What this owner still has to do something for, by id after `afterId`, so that nothing of its own can be forgotten in
   * memory for ever.
   */
  watchedBy(fence: Fence, limit: number, afterId?: string): Promise<Array<{ paymentId: string; version: number }>>;
  versionsOf(paymentIds: readonly string[]): Promise<Array<{ paymentId: string; agentId: string; version: number }>>;
  /** Those of an agent with these ids of the bank, in any order. */
  ofBankPayments(agentId: string, bankPaymentIds: readonly string[]): Promise<Payment[]>;
  /** The payment of the hub's own that this key of the agent began. */
  keyHolder(agentId: string, keyHash: string): Promise<string | undefined>;
  /** Newest first. */
  search(filter: PaymentFilter): Promise<{ payments: Payment[]; nextCursor?: string }>;
  /** Payments of an agent that are not final, or were created or given back (under a key) since, by id after `afterId`. */
  resumable(agentId: string, sinceMs: number, limit: number, afterId?: string): Promise<Payment[]>;
  /** How many payments are not final, by status. */
  openByStatus(): Promise<Array<{ status: PaymentStatus; count: number }>>;
  /** Paid by us since `sinceMs` and before `beforeMs`, not collected, and never yet a `not_collected` case. */
  uncollected(paid: { sinceMs: number; beforeMs: number }, limit: number): Promise<Payment[]>;
  addEvent(paymentId: string, event: PaymentEvent): Promise<void>;
  /** In the order given. */
  addEvents(events: ReadonlyArray<{ paymentId: string; event: PaymentEvent }>): Promise<void>;
  /** Oldest first. */
  events(paymentId: string): Promise<PaymentEvent[]>;
}
