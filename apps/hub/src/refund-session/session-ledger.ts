import { assert } from '@tolem/base';
import type { HubWorld } from '../hub-world.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { RefundSession } from './refund-session.ts';
import { nextRefundSession, type RefundSessionInput } from './refund-session-machine.ts';

export interface SessionApplied {
  session: RefundSession;
  isChanged: boolean;
}

/**
 * Feeds an input to a session under its lock and stores the outcome. Whoever writes becomes the owner, and must hold its
 * lease. `undefined`: there is no such session.
 */
export async function applyToSession(
  tx: StoreTransaction,
  world: HubWorld,
  refundSessionId: string,
  inputFor: (session: RefundSession) => RefundSessionInput | undefined,
): Promise<SessionApplied | undefined> {
  const before = await tx.refundSessions.get(refundSessionId, { lock: true });
  const input = before && inputFor(before);
  const next = input && nextRefundSession(before, input, world.settings.intervals);
  if (!next) return before && { session: before, isChanged: false };
  const owner = world.lease.fence();
  await tx.leases.check(owner);
  const session: RefundSession = { ...next, version: before.version + 1, updatedAtMs: world.time.nowMs(), owner };
  const isSaved = await tx.refundSessions.save(session, { version: before.version });
  assert(isSaved, 'a locked refund session changed under its lock');
  hintSession(tx, session);
  if (session.status !== before.status) tellStatus(world, session);
  return { session, isChanged: true };
}

export function hintSession(tx: StoreTransaction, { refundSessionId, agentId, version }: RefundSession): void {
  tx.hint({ kind: 'refund_session', refundSessionId, agentId, version });
}

function tellStatus(world: HubWorld, session: RefundSession): void {
  const { refundSessionId, agentId, deviceId, status, statusReason } = session;
  world.meter.count('refund_sessions', { status });
  world.log.info({ refundSessionId, agentId, deviceId, status, reason: statusReason }, 'a refund session has changed');
}
