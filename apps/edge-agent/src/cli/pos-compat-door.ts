import { assert, type Context } from '@tolem/base';
import { type AgentConfig, posCompatTerminal } from '../config/agent-config.ts';
import type { WholeEdgeCore } from '../edge-core.ts';
import { createDropInApi } from '../pos-compat/drop-in-api.ts';
import { createDropInListener, type DropInListener } from '../pos-compat/drop-in-listener.ts';

/** The door for till software that was written for a terminal; `undefined` where it is not configured. */
export function createPosCompatDoor(
  config: AgentConfig,
  parts: { core: WholeEdgeCore; context: Context; abort: () => void },
): DropInListener | undefined {
  if (!config.posCompat) return undefined;
  const { core, context, abort } = parts;
  const terminalId = posCompatTerminal(config);
  assert(terminalId !== undefined, 'the configuration was checked');
  const api = createDropInApi({ core, context, terminalId });
  return createDropInListener({ api, context, allow: config.posCompat.allow, onBug: () => abort() });
}
