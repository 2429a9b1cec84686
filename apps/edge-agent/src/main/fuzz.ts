/** The parts of an agent that are put under fire without the rest: `@tolem/edge-agent/fuzz`. */
export { createAgentCommand, runAgentCommand } from '../cli/agent-command.ts';
export type { AgentProcess } from '../cli/agent-process.ts';
export { loadAgentConfig } from '../config/agent-config.ts';
export { parseBundle } from '../config/identity-bundle.ts';
export { createDropInApi } from '../pos-compat/drop-in-api.ts';
export { createDropInListener } from '../pos-compat/drop-in-listener.ts';
export { openOldShop } from '../pos-compat/old-shop.ts';
