import type { Logger } from '@tolem/base';
import type { AgentRecord } from '../store/agent-rows.ts';

/** One line where an agent is added, revoked, comes or goes. */
export function logAgent(log: Logger, before: AgentRecord | undefined, after: AgentRecord): void {
  const { agentId, version } = after;
  if (before === undefined) {
    log.info({ agentId, storeName: after.storeName }, 'agent.added');
  } else if (before.revokedAtMs === undefined && after.revokedAtMs !== undefined) {
    log.warn({ agentId, actor: `person:${after.revokedBy ?? ''}`, reason: after.revokeReason }, 'agent.revoked');
  } else if (before.online !== after.online) {
    if (after.online) log.info({ agentId, version }, 'agent.online');
    else if (after.stopping) log.info({ agentId }, 'agent.stopped');
    else log.warn({ agentId }, 'agent.lost');
  }
}
