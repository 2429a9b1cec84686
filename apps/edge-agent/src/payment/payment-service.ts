import type { Money, PaymentMethod, PaymentStatus } from '@tolem/base';
import type { DropInProcess } from '../drop-in/drop-in-process.ts';
import type { Refund } from '../refund/refund.ts';
import type { Payment } from './payment.ts';

/**
 * Payments as the agent's doors reach them. Every method rejects with `ProblemError` (code, money, retry, hints) on a refusal.
 * `token` is the id of the caller's bearer token: idempotency keys are scoped to it.
 */
export interface PaymentService {
  /** 201 for a new payment, `repeated: true` for the same key and body within 24 h. */
  create(request: CreatePayment): Promise<{ payment: Payment; repeated: boolean }>;
  get(paymentId: string): Payment;
  /** Resolves at the next change after `afterVersion`, or when `waitMs` is over, with the payment as it then is. */
  waitForChange(paymentId: string, afterVersion: number, waitMs: number, signal?: AbortSignal): Promise<Payment>;
  /** The caller has been given the payment as `paid`: "delivered" means collected. Idempotent, durable. */
  recordCollected(paymentId: string): void;
  cancel(paymentId: string): Promise<Payment>;
  acceptLate(paymentId: string): Promise<Payment>;
  /** A person has the bank asked about an invoice: once in 30 s (`refresh_too_soon`). Other payments are returned as they are. */
  refresh(paymentId: string, by: string): Promise<Payment>;
  /** Whose phone an invoice would go to; 50 times a minute for each device. */
  findPayer(request: { deviceId?: string; phone: string }): Promise<{ clientName: string }>;
  /** A person settles an `unknown` terminal payment (scope `settle`). */
  resolve(paymentId: string, request: { outcome: 'paid' | 'not_paid'; by: string; reason: string }): Promise<Payment>;
  search(filter: PaymentFilter): { payments: Payment[]; nextCursor?: string };
  /** Every change, for server-sent events and pages; `version` is the payment's. */
  onChange(listener: (payment: Payment) => void): () => void;
  refundsOf(paymentId: string): Refund[];
}

export interface CreatePayment {
  token: string;
  idempotencyKey: string;
  /** SHA-256 of the canonical body. */
  bodyHash: string;
  method: PaymentMethod;
  amount: Money;
  orderId?: string;
  terminalId?: string;
  deviceId?: string;
  phone?: string;
  comment?: string;
  ownReceipt?: boolean;
  /** Of an old till: on disk together with the intent. */
  process?: DropInProcess;
}

export interface PaymentFilter {
  orderId?: string;
  status?: PaymentStatus[];
  limit: number;
  cursor?: string;
}
