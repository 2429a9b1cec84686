import type { Money, PaymentMethod, PaymentStatus } from '@tolem/base';
import type { Caller } from '../caller.ts';
import type { InvoiceResolution } from '../invoice/resolve-invoice.ts';
import type { Payment } from './payment.ts';

/** Payments as the hub's doors (gRPC, HTTP) reach them. Every method rejects with `ProblemError` on a refusal. */
export interface PaymentService {
  /**
   * Stores the intent, calls the bank once, stores and returns the answer. The same id and request return the payment
   * as it is now; the same id with another request is `payment_conflict`.
   */
  create(caller: Caller, request: CreatePayment): Promise<Payment>;
  get(caller: Caller, paymentId: string): Promise<Payment>;
  cancel(caller: Caller, paymentId: string, reason: string): Promise<Payment>;
  /** Claims late money (compare-and-set): `paid`, or `late_window_closed`. */
  acceptLate(caller: Caller, paymentId: string): Promise<Payment>;
  /**
   * A person asks the bank once more about a payment that is not final; at most once in 30 s for each payment. An agent
   * asks for a person of its own, named by `by`, and about invoices only.
   */
  refresh(caller: Caller, paymentId: string, by?: string): Promise<Payment>;
  /** Whose phone an invoice would go to; at most 50 lookups a minute for each device [QR 3.9 §4.6.1]. */
  findPayer(caller: Caller, request: FindPayer): Promise<{ clientName: string }>;
  /** A person ends a case `invoice_unanswered`: with the id that they found at the bank, or after a day with none. */
  resolveInvoice(caller: Caller, paymentId: string, resolution: InvoiceResolution): Promise<Payment>;
  /** Calls `onChange` for every watched payment that is newer than the version known, now and at each change. */
  watch(caller: Caller, onChange: (change: WatchedChange) => void): PaymentWatch;
  /** Open payments and those of the last `days` days, for an agent that lost its journal. */
  resume(caller: Caller): AsyncIterable<Payment>;
  search(filter: PaymentFilter): Promise<{ payments: Payment[]; nextCursor?: string }>;
  timeline(paymentId: string): Promise<PaymentEvent[]>;
}

export interface CreatePayment {
  paymentId: string;
  method: PaymentMethod;
  amount: Money;
  /** May be left out when the agent has exactly one enabled device. */
  deviceId?: string;
  orderId?: string;
  lateAcceptMs?: number;
  keyHash?: string;
  bodyHash?: string;
  phone?: string;
  comment?: string;
}

export interface FindPayer {
  /** May be left out when the agent has exactly one enabled device. */
  deviceId?: string;
  phone: string;
}

export type WatchedChange = { kind: 'payment'; payment: Payment } | { kind: 'not_found'; paymentId: string };

export interface PaymentWatch {
  add(entries: Array<{ paymentId: string; version: number }>): void;
  remove(paymentIds: string[]): void;
  close(): void;
}

export interface PaymentFilter {
  agentId?: string;
  status?: PaymentStatus[];
  method?: PaymentMethod[];
  /** Any of our id, the bank's id, the order's id. */
  text?: string;
  fromMs?: number;
  untilMs?: number;
  limit: number;
  cursor?: string;
}

/** One line of a payment's history. */
export interface PaymentEvent {
  atMs: number;
  kind: string;
  actor: string;
  data: Record<string, unknown>;
}
