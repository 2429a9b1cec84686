import type { ProcessLedger } from './drop-in/process-ledger.ts';
import type { HealthLayer } from './health/health.ts';
import type { PaymentService } from './payment/payment-service.ts';
import type { RefundService } from './refund/refund-service.ts';
import type { RefundSessionService } from './refund-session/refund-session.ts';

/** Everything that the agent does, without its doors: what the local API, the pages and the command line call. */
export interface EdgeCore {
  identity: { agentId: string; name: string; storeName: string; version: string; boot: string };
  payments: PaymentService;
  refunds: RefundService;
  refundSessions: RefundSessionService;
  terminals: TerminalRegister;
  devices(): Array<{ deviceId: string; tradePointName: string; enabled: boolean }>;
  health(): HealthLayer[];
  /** Facts written and facts that the hub has not accepted yet. */
  outbox(): { epoch: string; lastSeq: number; acknowledged: number };
  onHealthChange(listener: (layers: HealthLayer[]) => void): () => void;
  start(): Promise<void>;
  /** Stops taking work, says goodbye to the hub, closes the journal; bounded. */
  stop(): Promise<void>;
}

/** The core as it is put together: with what the drop-in LAN API keeps. */
export interface WholeEdgeCore extends EdgeCore {
  processes: ProcessLedger;
}

export interface TerminalRegister {
  list(): TerminalView[];
  /** Asks the terminal to pair; resolves when a person has allowed it there (up to 180 s). */
  pair(terminalId: string, signal?: AbortSignal): Promise<void>;
  /** A person has looked at the terminal's last operation and releases it (after a lost journal); stored with name and reason. */
  release(terminalId: string, request: { by: string; reason: string }): Promise<void>;
}

export interface TerminalView {
  terminalId: string;
  api: 'v1' | 'v2' | 'unknown';
  address: string;
  verified: boolean;
  state: 'ready' | 'busy' | 'unresolved' | 'blocked' | 'unpaired' | 'unreachable';
  /** The payment or refund that keeps it from the next one. */
  openOperation?: { kind: 'payment' | 'refund'; id: string };
  reason?: string;
}
