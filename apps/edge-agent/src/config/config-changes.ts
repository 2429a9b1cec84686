import { type Json, requestHash } from '@tolem/base';
import type { AgentConfig } from './agent-config.ts';

/** What a running agent takes over at SIGHUP; everything else needs a restart. */
const RELOADABLE = ['localApi.refunds', 'localApi.cashierPinFile'] as const;
const WATCHED = [
  'dataDir',
  'localApi.listen',
  'localApi.lan',
  'hub',
  'terminals',
  'posCompat',
  'intervals',
  'journal',
  'log',
] as const;

export interface ConfigChanges {
  taken: string[];
  needRestart: string[];
}

/** Names the keys that differ, by whether a running agent can take them over. */
export function compareConfigs(before: AgentConfig, after: AgentConfig): ConfigChanges {
  const differs = (path: string) => hashAt(before, path) !== hashAt(after, path);
  return { taken: RELOADABLE.filter(differs), needRestart: WATCHED.filter(differs) };
}

function hashAt(config: AgentConfig, path: string): string {
  let value: unknown = config;
  for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
  // Money turns into its decimal string, a missing key into null.
  return requestHash(JSON.parse(JSON.stringify(value ?? null)) as Json);
}
