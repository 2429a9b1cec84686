import type { RefundSession } from '../refund-session/refund-session.ts';
import type { Fence, SaveGuard } from './store.ts';

/** Constraints: one active session (opening, awaiting, customer known) per device; a bank's code belongs to one session. */
export interface RefundSessionRows {
  /** False when the id exists; rejects with `store_conflict` when the device has an active session. */
  insert(session: RefundSession): Promise<boolean>;
  get(refundSessionId: string, options?: { lock: boolean }): Promise<RefundSession | undefined>;
  save(session: RefundSession, guard: SaveGuard): Promise<boolean>;
  /** Locked. */
  activeOf(agentId: string, deviceId: string): Promise<RefundSession | undefined>;
  /** Takes over active sessions whose owner's lease is not live; the version stays. */
  adoptLapsed(fence: Fence, limit: number): Promise<RefundSession[]>;
  /** Active sessions of this owner, by id after `afterId`. */
  activeOfOwner(fence: Fence, limit: number, afterId?: string): Promise<RefundSession[]>;
}
