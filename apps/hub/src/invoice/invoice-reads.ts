import type { Payment } from '../payment/payment.ts';
import type { PaymentEffect, PaymentInput, PaymentRules } from '../payment/payment-input.ts';
import { statusRead, unresolved } from '../payment/payment-reads.ts';
import { closing, moneyCase, note, type PaymentStep } from '../payment/payment-step.ts';
import { invoiceWatchEnd, isAskable, nextInvoiceMoment } from './invoice-schedule.ts';

type StatusRead = Extract<PaymentInput, { kind: 'status_read' }>;
type ReadFailed = Extract<PaymentInput, { kind: 'read_failed' }>;

/** A read that somebody asked for, or one of the two of the hub's own; it also speaks about what is held. */
export function invoiceRead(payment: Payment, input: StatusRead, rules: PaymentRules): PaymentStep | undefined {
  if (!isAskable(payment)) return undefined;
  // The annex has no word of an invoice's own: what is a code that waits is an invoice that waits.
  const word = input.meaning === 'awaiting_scan' ? { ...input, meaning: 'awaiting_confirmation' as const } : input;
  const seen = { ...payment, watched: true };
  const step = statusRead(seen, word, rules);
  if (!step) return undefined;
  const isOver = input.askedAtMs >= invoiceWatchEnd(payment, rules);
  const last = isOver && step.state.status === 'expired' && payment.status !== 'expired';
  const then = last ? statusRead(step.state, word, rules) : undefined;
  const state = then?.state ?? step.state;
  const effects = [...step.effects, ...(then?.effects ?? [])];
  const isDecided = state.final || state.status === 'paid' || state.late !== undefined;
  return {
    state: state === seen ? payment : confirmed(state),
    effects: isDecided ? [...effects, ...heldClosings(payment)] : effects,
  };
}

/** The bank has said the last word about a cancel that it had left open. */
function confirmed(payment: Payment): Payment {
  const isConfirmed = payment.status === 'cancelled' && payment.final && payment.statusReason === 'cancel_unconfirmed';
  return isConfirmed ? { ...payment, statusReason: 'till' } : payment;
}

function heldClosings(payment: Payment): PaymentEffect[] {
  if (payment.watched) return [];
  return ['payment_unknown', 'payment_open_at_bank'].map((kind) => closing(kind, 'asked again'));
}

/** A read that was lost decides nothing; nobody repeats it by itself. */
export function invoiceUnread(payment: Payment, { askedAtMs, code }: ReadFailed): PaymentStep | undefined {
  const isOpen = payment.status === 'awaiting_confirmation' && payment.unreachableSinceMs === undefined;
  if (!isOpen || !isAskable(payment)) return undefined;
  const state: Payment = { ...payment, unreachableSinceMs: askedAtMs, statusReason: 'bank_unreachable' };
  return { state, effects: [note('bank_unreachable', { code })] };
}

/** The next moment is stored before the bank is asked, so that no crash makes a second read of one. */
export function readDue(payment: Payment, nowMs: number, rules: PaymentRules): PaymentStep | undefined {
  const { nextReadAtMs } = payment;
  if (nextReadAtMs === undefined || nowMs < nextReadAtMs || payment.late?.outcome === 'open') return undefined;
  if (nextReadAtMs > invoiceWatchEnd(payment, rules)) return concluded(payment);
  const state: Payment = { ...payment, readAtMs: nowMs, nextReadAtMs: nextInvoiceMoment(payment, nowMs, rules) };
  return { state, effects: [note('read_by_schedule', {})] };
}

function concluded(payment: Payment): PaymentStep {
  if (payment.status !== 'paid') return unresolved(payment, 'bank_unreachable', {});
  return { state: { ...payment, watched: false }, effects: [moneyCase('amount_unread', payment.amount, {})] };
}
