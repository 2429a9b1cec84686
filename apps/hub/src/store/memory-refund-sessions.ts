import type { RefundSession } from '../refund-session/refund-session.ts';
import { isActiveSession } from '../refund-session/refund-session-machine.ts';
import { isSameFence } from './memory-payments.ts';
import type { MemoryTables } from './memory-store.ts';
import { conflict, type UndoLog } from './memory-table.ts';
import type { RefundSessionRows } from './refund-session-rows.ts';
import type { Fence } from './store.ts';

export function memoryRefundSessions(
  { refundSessions }: MemoryTables,
  log: UndoLog,
  isLive: (fence: Fence) => boolean,
): RefundSessionRows {
  const put = (session: RefundSession): void => {
    for (const other of refundSessions.all(log)) {
      if (other.refundSessionId === session.refundSessionId) continue;
      const isSameDevice = other.agentId === session.agentId && other.deviceId === session.deviceId;
      if (isSameDevice && isActiveSession(other) && isActiveSession(session)) {
        throw conflict(log, 'refund_session_one_active');
      }
      if (other.refundCodeId !== undefined && other.refundCodeId === session.refundCodeId) {
        throw conflict(log, 'refund_session_code');
      }
    }
    refundSessions.set(log, session.refundSessionId, session);
  };
  const active = () => refundSessions.all(log).filter(isActiveSession);
  return {
    async insert(session) {
      if (refundSessions.get(log, session.refundSessionId)) return false;
      put(session);
      return true;
    },
    get: async (refundSessionId) => refundSessions.get(log, refundSessionId),
    async save(session, guard) {
      const stored = refundSessions.get(log, session.refundSessionId);
      if (!stored || stored.version !== guard.version) return false;
      if (guard.fence && !isSameFence(stored.owner, guard.fence)) return false;
      put(session);
      return true;
    },
    activeOf: async (agentId, deviceId) => active().find((one) => one.agentId === agentId && one.deviceId === deviceId),
    async adoptLapsed(fence, limit) {
      const lapsed = active()
        .filter((one) => !one.owner || !isLive(one.owner))
        .slice(0, limit);
      return lapsed.map((one) => {
        const adopted: RefundSession = { ...one, owner: { ...fence } };
        refundSessions.set(log, one.refundSessionId, adopted);
        return adopted;
      });
    },
    async activeOfOwner(fence, limit, afterId = '') {
      return active()
        .filter((one) => isSameFence(one.owner, fence) && one.refundSessionId > afterId)
        .sort((a, b) => (a.refundSessionId < b.refundSessionId ? -1 : 1))
        .slice(0, limit);
    },
  };
}
