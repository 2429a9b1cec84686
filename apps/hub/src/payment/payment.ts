import type { Money, PaymentMethod, PaymentStatus } from '@tolem/base';

/**
 * One customer paying once, as the hub keeps it. QR payments, links and invoices are the hub's own (`source: 'hub'`);
 * terminal payments arrive as reports of their agent (`source: 'edge'`) and are only shown.
 */
export interface Payment {
  paymentId: string;
  source: 'hub' | 'edge';
  agentId: string;
  deviceId: string;
  organizationBin: string;
  tradePointId: string;
  /** The bank's handle as a JSON literal; kept with the payment, because refunds need a live device of its trade point. */
  deviceToken: string;
  method: PaymentMethod;
  amount: Money;
  orderId?: string;
  /** SHA-256 of the request: the same id with another hash is a conflict. */
  requestHash: string;
  /** Hashes of the till's idempotency key and body, for an agent that lost its journal. */
  keyHash?: string;
  bodyHash?: string;

  status: PaymentStatus;
  statusReason?: string;
  /** Nothing will change the status any more. */
  final: boolean;
  /** Grows by one with every stored change. */
  version: number;
  /** A hub instance still has something to do for it by itself: ask the bank, or wait for a claim window to end. */
  watched: boolean;
  /** Who is creating the purchase at the bank now; only this claimant may commit the answer. */
  claim?: CreationClaim;

  bankPaymentId?: string;
  qrToken?: string;
  paymentLink?: string;
  paymentMethods: string[];
  /** Invoices: whom it goes to (eleven digits with a leading 8), who that is by the bank, and the caller's comment. */
  phone?: string;
  payerName?: string;
  comment?: string;
  /** From here the invoice may have reached the customer: it is never sent a second time. */
  sentAtMs?: number;
  /** When the bank was last asked about an invoice, and when the hub asks by itself [decisions: invoices]. */
  readAtMs?: number;
  nextReadAtMs?: number;
  pollIntervalMs: number;
  scanWaitMs: number;
  confirmWaitMs: number;

  /** Moments on the database's clock, Unix milliseconds. */
  createdAtMs: number;
  updatedAtMs: number;
  scanDeadlineMs?: number;
  confirmDeadlineMs?: number;
  expiresAtMs?: number;
  /** Until when late money is watched for after the end. */
  watchUntilMs?: number;
  /** Since when every read of the bank has failed; cleared by a successful one. */
  unreachableSinceMs?: number;
  paidAtMs?: number;
  /** What the bank took from the customer, also where it came late. */
  amountPaid?: Money;
  /** `paid` was said before the charged amount could be read; it is compared later. */
  amountUnread?: boolean;
  /** When the initiator fetched the final `paid`. */
  collectedAtMs?: number;

  lateAcceptMs: number;
  late?: LateMoney;
  /** Confirmed refunds, and refunds that may still succeed; their sum never exceeds `amountPaid` (a constraint). */
  refunded: Money;
  refundReserved: Money;

  /** The hub instance that watches this payment, and its lease's generation: every write is fenced by both. */
  owner?: { instance: string; generation: number };
  /** The last report of the agent, for `source: 'edge'` (terminal, process id, sub-status, receipt, refunds). */
  edge?: Record<string, unknown>;
}

/** A compare-and-set by which one caller creates the purchase. */
export interface CreationClaim {
  instance: string;
  generation: number;
  nonce: string;
  atMs: number;
}

/** Money that came after the payment had ended for the till. */
export interface LateMoney {
  amount: Money;
  detectedAtMs: number;
  claimUntilMs: number;
  outcome: 'open' | 'accepted' | 'refunding' | 'refunded' | 'case';
  refundId?: string;
}
