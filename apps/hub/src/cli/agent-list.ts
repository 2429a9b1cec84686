import type { z } from 'zod';
import type { agentSchema } from '../http/agent-json.ts';

type AgentJson = z.output<typeof agentSchema>;

/** A line for each agent, those that need somebody first: who it is, whether it is there, and what is wrong with it. */
export function agentLines(agents: readonly AgentJson[]): string[] {
  if (agents.length === 0) return ['No agents yet.'];
  const sorted = [...agents].sort((a, b) => rankOf(a) - rankOf(b) || (a.id < b.id ? -1 : 1));
  const rows = sorted.map((one) => [one.id, stateOf(one), `${one.name}, ${one.storeName}`, about(one)]);
  const widths = [0, 1, 2].map((at) => Math.min(WIDTH_MAX, Math.max(...rows.map((row) => row[at]?.length ?? 0))));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const WIDTH_MAX = 40;
const ORDER = ['offline', 'stale', 'reconnecting', 'online', 'never_seen', 'revoked'];

function rankOf(agent: AgentJson): number {
  const isIll = agent.health.some((layer) => layer.state === 'fail');
  return ORDER.indexOf(stateOf(agent)) - (isIll && agent.revokedAt === undefined ? 10 : 0);
}

function stateOf(agent: AgentJson): string {
  return agent.revokedAt === undefined ? agent.presence : 'revoked';
}

function about(agent: AgentJson): string {
  if (agent.revokedAt !== undefined) return `since ${agent.revokedAt}`;
  const behind = agent.journal && agent.lastSeq !== undefined ? agent.lastSeq - agent.journal.upto : 0;
  const ill = agent.health.filter((layer) => layer.state === 'fail' || layer.state === 'warn');
  const parts = [
    agent.presenceSince && agent.presence !== 'online' ? `since ${agent.presenceSince}` : '',
    agent.version ? `version ${agent.version}` : '',
    ...ill.map(({ layer, subject, state, cause }) => `${state}: ${layer}${subject && ` ${subject}`} ${cause}`),
    behind > 0 ? `${behind} journal rows on their way` : '',
    agent.certificateExpiresAt ? `certificate until ${agent.certificateExpiresAt.slice(0, 10)}` : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}
