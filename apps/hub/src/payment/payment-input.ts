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
  | { kind: 'case_closed'; nowMs: number };

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
}
