import type { HealthLayer } from '../health/health.ts';

/**
 * The port for reports to the hub over MQTT: what goes up, and what comes down. It keeps nothing: whatever was handed over and
 * not acknowledged by the hub is the outbox's to send again. It reconnects by itself, for ever.
 */
export interface ReportBus {
  /**
   * Connects, and stays connected. `state` is asked at every connection: the will is made of it, and the birth is published as
   * soon as the connection stands. No connection is tried while it gives `undefined` (no session yet).
   */
  start(events: ReportBusEvents, state: () => AgentReport | undefined): void;
  isConnected(): boolean;
  /** Publishes the state anew (health changed, tidy stop); dropped while not connected. */
  publishState(report: AgentReport): Promise<void>;
  /** Hands a batch to the broker; resolves when it was handed over, which proves nothing. Rejects while not connected. */
  sendBatch(batch: ReportBatch): Promise<void>;
  /** The session changed: connects anew, so that the will carries it. */
  reconnect(): void;
  /** Says goodbye with `stopping`, then disconnects; bounded. */
  stop(): Promise<void>;
}

export interface ReportBusEvents {
  connected(): void;
  disconnected(cause: string): void;
  ack(ack: ReportAck): void;
  /** The doorbell: something may wait for this agent. */
  command(): void;
  hubState(state: { instance: string; online: boolean; hubEpoch: string; recovering: boolean }): void;
}

/** Birth when `online`; the will is the same report offline. */
export interface AgentReport {
  online: boolean;
  stopping: boolean;
  boot: string;
  session: number;
  epoch: string;
  lastSeq: number;
  chain: Uint8Array;
  version: string;
  health: HealthLayer[];
}

export interface ReportRow {
  seq: number;
  eventId: string;
  kind: string;
  payload: Uint8Array;
  atMs: number;
  monoMs: number;
  boot: string;
  hash: Uint8Array;
}

export interface ReportBatch {
  epoch: string;
  from: number;
  to: number;
  rows: ReportRow[];
}

export interface ReportAck {
  epoch: string;
  upto: number;
  hubEpoch: string;
  hubTimeMs: number;
  /** `unlisted`: a verdict that this version does not know; nothing is taken as delivered. */
  verdict: 'ok' | 'gap' | 'fork' | 'refused' | 'unlisted';
  detail: string;
}
