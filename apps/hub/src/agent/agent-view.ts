import type { AgentRecord } from '../store/agent-rows.ts';
import type { Agent, AgentPresence } from './agent.ts';

export interface PresenceNow {
  nowMs: number;
  isBrokerUp: boolean;
  reconnectingMs: number;
}

/** An agent as it is shown: presence worked out from the last birth or will and the time since. */
export function asAgent(
  record: AgentRecord,
  journal: { epoch: string; upto: number } | undefined,
  now: PresenceNow,
): Agent {
  const { revokedBy: _by, revokeReason: _why, spkiSha256: _key, hostFingerprint: _host, ...rest } = record;
  const { quarantine: _shut, online: _online, stopping: _stopping, stateAtMs, ...agent } = rest;
  return {
    ...agent,
    presence: presenceOf(record, now),
    ...(stateAtMs === undefined ? {} : { presenceSinceMs: stateAtMs }),
    ...(journal ? { journal: { epoch: journal.epoch, upto: journal.upto } } : {}),
  };
}

export function presenceOf(record: AgentRecord, { nowMs, isBrokerUp, reconnectingMs }: PresenceNow): AgentPresence {
  if (record.stateAtMs === undefined) return 'never_seen';
  if (!isBrokerUp) return 'stale';
  if (record.online) return 'online';
  const isFresh = !record.stopping && nowMs - record.stateAtMs <= reconnectingMs;
  return isFresh ? 'reconnecting' : 'offline';
}
