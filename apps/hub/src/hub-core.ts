import type { PaymentStatus } from '@tolem/base';
import type { AgentRegistry } from './agent/agent.ts';
import type { CaseService, CaseSum } from './case/case.ts';
import type { CommandService } from './command/command.ts';
import type { DeviceService } from './device/device.ts';
import type { HubOffer } from './hub-offer.ts';
import type { JournalIntake } from './journal/journal-intake.ts';
import type { PaymentService } from './payment/payment-service.ts';
import type { Recovery } from './recovery/recovery.ts';
import type { RefundService } from './refund/refund-service.ts';
import type { RefundSessionService } from './refund-session/refund-session-service.ts';
import type { WebhookService } from './webhook/webhook.ts';

/** Everything that the hub does, without its doors: what gRPC, MQTT, HTTP and the command line call. */
export interface HubCore {
  readonly instance: string;
  readonly hubEpoch: string;
  /** What the bank offers this chain, and so the hub its agents. */
  readonly offer: HubOffer;
  payments: PaymentService;
  refunds: RefundService;
  refundSessions: RefundSessionService;
  commands: CommandService;
  devices: DeviceService;
  agents: AgentRegistry;
  journal: JournalIntake;
  cases: CaseService;
  recovery: Recovery;
  webhooks: WebhookService;
  /** What the whole database holds now; for the metrics, at each scrape. */
  figures(): Promise<HubFigures>;
  /** Unix milliseconds on the clock of the payments' moments: the database's, carried on by monotonic time. */
  nowMs(): number;
  /** Live changes for server-sent events; a hint, the reader reads again. */
  onChange(listener: (change: HubChange) => void): () => void;
  /** Named checks: database, lease, bank, poller; `ready` is all of them. */
  health(): Promise<Array<{ name: string; ok: boolean; detail: string }>>;
  start(): Promise<void>;
  /** Stops taking work, lets calls to the bank end (bounded), gives up the lease. */
  stop(): Promise<void>;
}

export interface HubFigures {
  /** Payments that are not final, by status. */
  payments: Array<{ status: PaymentStatus; count: number }>;
  /** Open cases by kind, with their money. */
  cases: CaseSum[];
}

export type HubChange =
  | { kind: 'payment'; paymentId: string; agentId: string; version: number }
  | { kind: 'refund'; refundId: string; paymentId: string; agentId: string }
  /** Something waits for this agent: its doorbell is rung. */
  | { kind: 'command'; commandId: string; agentId: string }
  | { kind: 'refund_session'; refundSessionId: string; agentId: string; version: number }
  /** The devices of this agent are others than before; it is told likewise. */
  | { kind: 'devices'; agentId: string }
  | { kind: 'agent'; agentId: string }
  | { kind: 'case'; caseId: string };
