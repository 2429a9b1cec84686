import type { Refund } from '../refund/refund.ts';
import type { Fence, SaveGuard } from './store.ts';

/** Constraints: amounts above zero; one active refund of the hub's own per payment (requested,
 * approved, sent, unknown). */
export interface RefundRows {
  /** False when the id exists; rejects with `store_conflict` when the payment has an active refund. */
  insert(refund: Refund): Promise<boolean>;
  get(refundId: string, options?: { lock: boolean }): Promise<Refund | undefined>;
  save(refund: Refund, guard: SaveGuard): Promise<boolean>;
  /** Oldest first. */
  listOf(paymentId: string): Promise<Refund[]>;
  /** The oldest that is not confirmed or declined, whoever owns it. */
  activeOf(paymentId: string): Promise<Refund | undefined>;
  /**
   * Takes over refunds in `requested`, `approved` or `sent` that still have something to do by themselves and whose owner's
   * lease is not live. A `sent` one is marked `adopted`: its new owner only ever reads.
   */
  adoptLapsed(fence: Fence, limit: number): Promise<Refund[]>;
  /** Refunds of this owner that still have something to do by themselves, by id after `afterId`. */
  atWorkOf(fence: Fence, limit: number, afterId?: string): Promise<Refund[]>;
  /** Begun by their agents (`approved`, `sent`), last heard of since `sinceMs` and before `beforeMs`, never yet a `refund_not_told` case. */
  silentAtAgents(span: { sinceMs: number; beforeMs: number }, limit: number): Promise<Refund[]>;
  /** Automatic refunds of late money begun since, for the limit per organisation. */
  automaticSince(organizationBin: string, sinceMs: number): Promise<{ count: number; tiyn: bigint }>;
}
