import type { Context } from '@tolem/base';
import type { EdgeCore } from './edge-core.ts';
import type { EdgeSettings } from './edge-settings.ts';

export interface EdgeCoreOptions {
  /** The folder of `journal.db`; must exist. */
  dataDir: string;
  identity: {
    agentId: string;
    name: string;
    storeName: string;
    chain: string;
    hub: { grpc: string; mqtt: string };
    /** PEM texts. */
    ca: string;
    certificate: string;
    key: string;
  };
  terminals: TerminalSetting[];
  settings: EdgeSettings;
  context: Context;
}

export interface TerminalSetting {
  id: string;
  /** `host:port` on the local network. */
  address: string;
  api: 'auto' | 'v1' | 'v2';
  /** PEM text of the authority of the terminal's certificate. */
  ca?: string;
  serverName?: string;
  verify?: boolean;
  name?: string;
  serial?: string;
}

/**
 * The agent without its doors. Opens the journal at once; `start` begins to talk to hub and terminals.
 * Throws `EdgeError` `journal_locked` when another process uses the folder, `journal_unusable` when no journal can be had.
 */
export function createEdgeCore(options: EdgeCoreOptions): EdgeCore {
  throw new Error(`not wired yet: ${options.identity.agentId}`);
}
