import type { Money } from '@tolem/base';
import type { CreatedPurchase, PurchaseMeaning } from '@tolem/kaspi-core';
import type { WatchStep } from '../hub-settings.ts';
import type { CounterName } from '../meter.ts';

/** Everything that can happen to a payment. `nowMs` is the database's clock; `askedAtMs` is when a read of the bank began. */
export type PaymentInput =
  | { kind: 'bank_created'; nowMs: number; answer: CreatedPurchase & { qrToken?: string; paymentLink?: string } }
  | { kind: 'creation_refused'; nowMs: number; code: string; detail: string }
  | { kind: 'creation_unanswered'; nowMs: number; code: string }
  | { kind: 'creation_window_over'; nowMs: number }
  | {
      kind: 'status_read';
      nowMs: number;
      askedAtMs: number;
      word: string;
      meaning: PurchaseMeaning;
      amount?: Money;
      /** Scheme 1 without v02: the API has no way to tell what was charged, so there is nothing to compare, now or later. */
      amountNeverTold?: boolean;
    }
  | { kind: 'read_failed'; nowMs: number; askedAtMs: number; code: string }
  | { kind: 'amount_read'; nowMs: number; amount: Money }
  | { kind: 'cancel'; nowMs: number; reason: string; actor: string }
  | { kind: 'accept_late'; nowMs: number; actor: string }
  | { kind: 'late_window_over'; nowMs: number; next: { refundId: string } | 'case'; why?: string }
  | { kind: 'late_refund_ended'; nowMs: number; outcome: 'confirmed' | 'declined' }
  | { kind: 'collected'; atMs: number }
  /** The agent's own record says that its till was told `paid`. */
  | { kind: 'sold'; nowMs: number }
  /** A person wants the bank to be asked once more about what is held. */
  | { kind: 'asked_again'; nowMs: number; actor: string }
  /** A person has closed the last case about its money. */
  | { kind: 'case_closed'; nowMs: number }
  /** Invoices: the bank knows the customer, and `remote/create` goes out next. */
  | { kind: 'payer_found'; nowMs: number; clientName: string }
  | { kind: 'invoice_created'; nowMs: number; bankPaymentId: string }
  /** The invoice may have reached the customer, and nobody knows its id. */
  | { kind: 'invoice_unanswered'; nowMs: number; code: string }
  /** What became of `remote/cancel`, where the bank's word did not say that it was paid. */
  | { kind: 'cancel_answered'; nowMs: number; isConfirmed: boolean; reason: string; actor: string }
  /** A person names a purchase that the bank is asked about, in case it is the invoice. */
  | { kind: 'looked_up'; nowMs: number; bankPaymentId: string; actor: string }
  /** A person has found the invoice at the bank by our reference, or is sure that there is none. */
  | { kind: 'invoice_found'; nowMs: number; bankPaymentId: string; actor: string }
  | { kind: 'invoice_absent'; nowMs: number; reason: string; actor: string }
  /** One of the two moments at which the hub asks by itself has come, or the end of the watch. */
  | { kind: 'read_due'; nowMs: number };

export const PAYMENT_INPUT_KINDS = [
  'bank_created',
  'creation_refused',
  'creation_unanswered',
  'creation_window_over',
  'status_read',
  'read_failed',
  'amount_read',
  'cancel',
  'accept_late',
  'late_window_over',
  'late_refund_ended',
  'collected',
  'sold',
  'asked_again',
  'case_closed',
  'payer_found',
  'invoice_created',
  'invoice_unanswered',
  'cancel_answered',
  'looked_up',
  'invoice_found',
  'invoice_absent',
  'read_due',
] as const satisfies ReadonlyArray<PaymentInput['kind']>;

/** What the service does in the transaction that stores the new state. */
export type PaymentEffect =
  | { kind: 'note'; event: string; data: Record<string, unknown>; actor?: string }
  | { kind: 'case'; caseKind: string; amount?: Money; detail: Record<string, unknown> }
  | { kind: 'close_case'; caseKind: string; reason: string }
  | { kind: 'count'; counter: CounterName; labels: Record<string, string> };

export interface PaymentRules {
  lateWatch: readonly WatchStep[];
  unreachableUnknownMs: number;
  /** An invoice may be paid for so long [QR 3.9 §4.6]. */
  invoiceLifeMs: number;
  /** When the hub asks about an invoice by itself, from its sending. */
  invoiceReadsMs: readonly number[];
  /** After the last of them a case, whatever became of that read. */
  invoiceConcludeMs: number;
}
