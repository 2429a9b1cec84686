import type { Delivery, DeliveryFilter, NewDelivery, Replay } from '../webhook/webhook.ts';
import type { Fence } from './store.ts';

/** Constraint: one delivery per `(endpointId, eventId)`. */
export interface WebhookRows {
  /** In this order. */
  add(deliveries: readonly NewDelivery[]): Promise<void>;
  /**
   * What is due of this owner at one endpoint: waiting, its moment come, nothing earlier of its subject waiting at that
   * endpoint, and not under way (`heldPositions`). Costs no write, and no more the more there waits.
   */
  claimDue(
    fence: Fence,
    due: { endpointId: string; nowMs: number; limit: number; heldPositions: readonly number[] },
  ): Promise<Delivery[]>;
  /** Makes this the owner of what waits and has none whose lease is live; returns how many it took. Skips what others hold. */
  adoptLapsed(fence: Fence, limit: number): Promise<number>;
  /** Stores what came of an attempt; what still waits stays this owner's. False where it is the owner no more. */
  settle(delivery: Delivery, fence: Fence): Promise<boolean>;
  /** Waiting deliveries behind this one, of its subject at its endpoint, are due at `nextAtMs`. */
  moveFollowers(delivery: Delivery, nextAtMs: number): Promise<void>;
  /** Up to `limit` of those waiting at the endpoint for a later moment are due now; returns how many. */
  hasten(endpointId: string, nowMs: number, limit: number): Promise<number>;
  /** Newest first. */
  list(filter: DeliveryFilter): Promise<{ deliveries: Delivery[]; nextCursor?: string }>;
  /** How many deliveries a replay would touch; `types` limits what comes over from other endpoints. */
  countReplay(replay: Replay, types: readonly string[]): Promise<number>;
  /** Makes them wait from `nowMs` on, unattempted; returns how many. */
  replay(replay: Replay, types: readonly string[], nowMs: number): Promise<number>;
  figures(): Promise<Array<{ endpointId: string; waiting: number; givenUp: number; oldestWaitingAtMs?: number }>>;
  /** Forgets up to `limit` deliveries tried last before this moment or earlier; returns how many. */
  prune(beforeMs: number, limit: number): Promise<number>;
}
