import type { Context } from '@tolem/base';
import { createCaseDesk } from './case/case-desk.ts';
import { type EdgeParts, wireEdge } from './core/wire-edge.ts';
import type { WholeEdgeCore } from './edge-core.ts';
import type { EdgeSettings } from './edge-settings.ts';
import type { HubLink } from './hub/hub-link.ts';
import type { ReportBus } from './hub/report-bus.ts';
import { createGrpcHubLink } from './hub-link/grpc-hub-link.ts';
import { certificateEndMs } from './identity/certificate-end.ts';
import { hostFingerprint } from './identity/host-fingerprint.ts';
import { openJournal } from './journal/open-journal.ts';
import { createMqttReportBus } from './mqtt/mqtt-report-bus.ts';
import type { EdgeStore } from './store/edge-store.ts';
import { createTerminalConnector, type TerminalConnector } from './terminal/terminal-connector.ts';
import type { TerminalSetting } from './terminal/terminal-setting.ts';

export type { TerminalSetting } from './terminal/terminal-setting.ts';

export interface EdgeCoreOptions {
  /** The folder of `journal.db`; made where it is missing. */
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
  /** The outside worlds, for tests and simulations; the real ones where a port is left out. */
  ports?: Partial<EdgePorts>;
}

export interface EdgePorts {
  store: (boot: string) => EdgeStore;
  hubLink: HubLink;
  bus: ReportBus;
  terminals: TerminalConnector;
}

/**
 * The agent without its doors. Opens the journal at once; `start` begins to talk to hub and terminals.
 * Throws `EdgeError` `journal_locked` when another process uses the folder, `journal_unusable` when no journal can be had.
 */
export function createEdgeCore(options: EdgeCoreOptions): WholeEdgeCore {
  const { context, identity, settings, ports = {} } = options;
  const boot = context.ids.uuid();
  const store = ports.store?.(boot) ?? openJournal({ folder: options.dataDir, context, boot });
  const link =
    ports.hubLink ??
    createGrpcHubLink({ context, address: identity.hub.grpc, identity, callMs: settings.intervals.hubCallMs });
  const bus = ports.bus ?? createMqttReportBus({ context, address: identity.hub.mqtt, identity });
  const parts: EdgeParts = {
    context,
    settings,
    boot,
    store,
    link,
    bus,
    connector: ports.terminals ?? createTerminalConnector(context),
    terminals: options.terminals,
    cases: createCaseDesk(context, store),
    identity: { agentId: identity.agentId, name: identity.name, storeName: identity.storeName },
    hostFingerprint: hostFingerprint(identity.agentId),
    certificateEndsMs: certificateEndMs(identity.certificate),
  };
  return wireEdge(parts);
}
