import type { Evidence, Money, PaymentMethod, PaymentStatus, RefundStatus } from '@tolem/base';
import type { HubOffer } from './hub-offer.ts';
import type { HubRefundSessions } from './hub-refund-sessions.ts';

/**
 * The port for calls to the hub. Every call rejects with `EdgeError` `hub_unreachable` (no answer: it may have been performed),
 * `hub_not_found`, `superseded` (a newer session of this agent exists), or with `ProblemError` for the hub's own refusal.
 * Calls are never repeated by the link.
 */
export interface HubLink extends HubRefundSessions {
  /** Begins a session; every later call carries its number. */
  hello(request: HubHello): Promise<HubWelcome>;
  createPayment(request: CreateHubPayment, limitMs: number): Promise<HubPaymentView>;
  /** `isSlow`: the hub asks the bank, and may take as long as the bank. */
  cancelPayment(paymentId: string, reason: 'till' | 'abandoned', isSlow?: boolean): Promise<HubPaymentView>;
  /** The hub asks the bank about an invoice, once, because a person wants to know. */
  refreshPayment(paymentId: string, actor: string): Promise<HubPaymentView>;
  findPayer(request: { deviceId: string; phone: string }): Promise<{ clientName: string }>;
  acceptLate(paymentId: string): Promise<HubPaymentView>;
  createRefund(request: CreateHubRefund): Promise<HubRefundView>;
  getRefund(refundId: string): Promise<HubRefundView>;
  /** The agent's devices as they are now; Hello told those of then. */
  listDevices(): Promise<HubDevice[]>;
  /** What headquarters asks and nobody has claimed yet. */
  listCommands(): Promise<HubCommand[]>;
  /** Takes a command for this session; the same session may ask again. `command_gone`, `command_claimed`: never ours. */
  claimCommand(commandId: string): Promise<void>;
  /** What the hub knows of this agent: open payments, and recent ones with their keys. */
  resume(): Promise<Resumed[]>;
  /** One stream; while it lives the hub can be reached. `ended` is called once, whatever ends it. */
  watch(handlers: WatchHandlers): HubWatch;
  close(): void;
}

export interface HubHello {
  boot: string;
  epoch: string;
  lastSeq: number;
  hostFingerprint: string;
  version: string;
}

export interface HubWelcome {
  session: number;
  hubEpoch: string;
  agentName: string;
  storeName: string;
  hubTimeMs: number;
  devices: HubDevice[];
  /** Absent from a hub that does not tell: then it refuses by itself what it does not offer. */
  offer?: HubOffer;
}

export interface HubDevice {
  deviceId: string;
  tradePointName: string;
  enabled: boolean;
}

export interface CreateHubPayment {
  paymentId: string;
  method: PaymentMethod;
  amount: Money;
  deviceId?: string;
  orderId?: string;
  lateAcceptMs: number;
  keyHash: string;
  bodyHash: string;
  phone?: string;
  comment?: string;
}

export interface CreateHubRefund {
  refundId: string;
  paymentId: string;
  amount: Money;
  reason: string;
  actor: string;
  keyHash?: string;
  bodyHash?: string;
  /** Needed where refunds are `with_customer`: the session in which the customer of this payment is known. */
  refundSessionId?: string;
}

export interface HubCommand {
  commandId: string;
  kind: string;
  refundId: string;
  paymentId: string;
  amount: Money;
  reason: string;
  actor: string;
  expiresInMs: number;
}

/** A payment that the hub owns, as it tells it. Moments in the future are told as milliseconds left: clocks may differ. */
export interface HubPaymentView {
  paymentId: string;
  version: number;
  /** `unlisted`: a status that this version of the agent does not know. */
  status: PaymentStatus | 'unlisted';
  statusReason?: string;
  final: boolean;
  method: PaymentMethod | 'unlisted';
  amount: Money;
  qr?: { token: string; methods: string[] };
  link?: { url: string; methods: string[] };
  bankPaymentId?: string;
  deviceId?: string;
  orderId?: string;
  createdAtMs: number;
  expiresInMs?: number;
  paidAtMs?: number;
  amountPaid?: Money;
  refunded: Money;
  late?: { amount: Money; claimInMs: number; claimable: boolean; refundId?: string };
  phone?: string;
  payerName?: string;
  /** Until the bank may be asked about an invoice again. */
  refreshableInMs?: number;
  refunds: HubRefundView[];
}

/** Refunds carry no version: the hub's `updatedAtMs` orders them. */
export interface HubRefundView {
  refundId: string;
  paymentId: string;
  amount: Money;
  status: RefundStatus | 'unlisted';
  statusReason?: string;
  reason: string;
  evidence?: Evidence;
  createdAtMs: number;
  updatedAtMs: number;
}

/** A payment, or a refund that this agent asked for under a key. */
export type Resumed = ResumedPayment | ResumedRefund;

export interface ResumedRefund {
  refund: HubRefundView;
  keyHash: string;
  bodyHash: string;
}

export interface ResumedPayment {
  view: HubPaymentView;
  keyHash?: string;
  bodyHash?: string;
}

export interface WatchHandlers {
  payment(view: HubPaymentView): void;
  notFound(paymentId: string): void;
  ended(error: unknown): void;
}

export interface HubWatch {
  add(entries: Array<{ paymentId: string; version: number }>): void;
  remove(paymentIds: string[]): void;
  close(): void;
}
