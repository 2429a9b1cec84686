import { type Money, unreachable } from '@tolem/base';
import { isInvoiceInput, keepSchedule, nextInvoice } from '../invoice/invoice-machine.ts';
import type { Payment } from './payment.ts';
import { askedAgain, soldAtTill } from './payment-corrections.ts';
import type { PaymentInput, PaymentRules } from './payment-input.ts';
import { isUnreadable, readFailed, statusRead } from './payment-reads.ts';
import { ended, mismatch, moneyCase, note, type PaymentStep } from './payment-step.ts';
import { watchLengthMs } from './watch-schedule.ts';

/**
 * The life of a payment that the hub owns, as a pure function. `undefined`: the input changes nothing in this state.
 *
 * - `created`: entered with the intent; waits for the claimant's answer of the bank; left by it, by an explicit refusal
 *   (`failed`), a cancel, or `createWindowMs` without anybody asking again (`cancelled`: nobody has seen a token).
 * - `awaiting_scan`: entered with the token; left by any word of the bank, or by a read begun past the scan deadline that
 *   still says so (`expired`).
 * - `awaiting_confirmation`: entered at the first `Wait`; left by the bank's word, or by a read begun past the confirmation
 *   deadline that still says so (`expired`).
 * - `paid`: the bank said `Processed`, or late money was claimed. Final once the charged amount has been compared.
 * - `failed`: the bank's explicit final word.
 * - `expired`, `cancelled`: ended for the till; watched for late money until `watchUntilMs`.
 * - `unknown`: the bank was silent for ten minutes (watched on), charged another amount, or said an unlisted word to the
 *   end of the watch (both with a case); or the till had been told `paid` where our record says otherwise.
 *
 * An invoice goes the same way, with what is its own in `invoice-machine.ts`: it is not watched but looked at.
 */
export function nextPayment(payment: Payment, input: PaymentInput, rules: PaymentRules): PaymentStep | undefined {
  if (payment.method !== 'invoice') return nextOf(payment, input, rules);
  const step = isInvoiceInput(payment, input) ? nextInvoice(payment, input, rules) : nextOf(payment, input, rules);
  return step && keepSchedule(step);
}

function nextOf(payment: Payment, input: PaymentInput, rules: PaymentRules): PaymentStep | undefined {
  switch (input.kind) {
    case 'bank_created':
      return bankCreated(payment, input);
    case 'creation_refused':
      return payment.status === 'created' ? creationRefused(payment, input) : undefined;
    case 'creation_unanswered':
      return payment.status === 'created' ? creationUnanswered(payment, input) : undefined;
    case 'creation_window_over':
      return payment.status === 'created' ? notCreated(payment) : undefined;
    case 'status_read':
      return isUnreadable(payment) ? undefined : statusRead(payment, input, rules);
    case 'read_failed':
      return isUnreadable(payment) ? undefined : readFailed(payment, input, rules);
    case 'amount_read':
      return amountRead(payment, input.amount);
    case 'cancel':
      return cancel(payment, input, rules);
    case 'accept_late':
      return acceptLate(payment, input);
    case 'late_window_over':
      return lateWindowOver(payment, input);
    case 'late_refund_ended':
      return lateRefundEnded(payment, input);
    case 'collected':
      return collected(payment, input.atMs);
    case 'sold':
      return soldAtTill(payment, input.nowMs, rules);
    case 'asked_again':
      return askedAgain(payment, input.nowMs, input.actor);
    case 'case_closed':
      return caseClosed(payment);
    case 'payer_found':
    case 'invoice_created':
    case 'invoice_unanswered':
    case 'cancel_answered':
    case 'looked_up':
    case 'invoice_found':
    case 'invoice_absent':
    case 'read_due':
      return undefined;
    default:
      return unreachable(input, 'input of a payment');
  }
}

type Of<Kind extends PaymentInput['kind']> = Extract<PaymentInput, { kind: Kind }>;

function bankCreated(payment: Payment, { nowMs, answer }: Of<'bank_created'>): PaymentStep | undefined {
  if (payment.status !== 'created') return undefined;
  const { claim: _claim, statusReason: _reason, ...rest } = payment;
  // Counted from the answer: never shorter than the bank's own window, and a read decides anyway.
  const scanDeadlineMs = nowMs + Math.round(answer.scanWaitMs);
  const state: Payment = {
    ...rest,
    status: 'awaiting_scan',
    bankPaymentId: answer.bankPaymentId,
    ...(answer.qrToken === undefined ? {} : { qrToken: answer.qrToken }),
    ...(answer.paymentLink === undefined ? {} : { paymentLink: answer.paymentLink }),
    paymentMethods: answer.paymentMethods,
    pollIntervalMs: Math.round(answer.pollIntervalMs),
    scanWaitMs: Math.round(answer.scanWaitMs),
    confirmWaitMs: Math.round(answer.confirmWaitMs),
    scanDeadlineMs,
    expiresAtMs: scanDeadlineMs,
  };
  return { state, effects: [note('bank_created', { bankPaymentId: answer.bankPaymentId })] };
}

function creationRefused(payment: Payment, { code, detail }: Of<'creation_refused'>): PaymentStep {
  const { claim: _claim, ...rest } = payment;
  const state: Payment = { ...rest, status: 'failed', statusReason: code, final: true, watched: false };
  return { state, effects: [note('creation_refused', { code, detail }), ended(state)] };
}

/** The answer is lost: a purchase may exist, but nobody has seen its token, so nobody can pay it (notes 1.5). */
function creationUnanswered(payment: Payment, { code }: Of<'creation_unanswered'>): PaymentStep {
  const { claim: _claim, ...rest } = payment;
  return { state: { ...rest, statusReason: 'bank_unavailable' }, effects: [note('creation_unanswered', { code })] };
}

function notCreated(payment: Payment): PaymentStep {
  const { claim: _claim, ...rest } = payment;
  const state: Payment = { ...rest, status: 'cancelled', statusReason: 'not_created', final: true, watched: false };
  return { state, effects: [note('not_created', {}), ended(state)] };
}

function cancel(
  payment: Payment,
  { nowMs, reason, actor }: Of<'cancel'>,
  rules: PaymentRules,
): PaymentStep | undefined {
  if (payment.status !== 'created' && payment.status !== 'awaiting_scan') return undefined;
  const wasShown = payment.status === 'awaiting_scan';
  const { claim: _claim, unreachableSinceMs: _since, ...rest } = payment;
  const state: Payment = {
    ...rest,
    status: 'cancelled',
    statusReason: reason,
    final: !wasShown,
    watched: wasShown,
    ...(wasShown ? { watchUntilMs: nowMs + watchLengthMs(rules.lateWatch) } : {}),
  };
  return { state, effects: [note('cancelled', { reason }, actor), ended(state)] };
}

function acceptLate(payment: Payment, { nowMs, actor }: Of<'accept_late'>): PaymentStep | undefined {
  const { late } = payment;
  if (late?.outcome !== 'open' || nowMs >= late.claimUntilMs) return undefined;
  const { statusReason: _reason, ...rest } = payment;
  const isCompared = payment.amountUnread !== true;
  const state: Payment = {
    ...rest,
    status: 'paid',
    paidAtMs: nowMs,
    final: isCompared,
    watched: !isCompared,
    late: { ...late, outcome: 'accepted' },
  };
  return { state, effects: [note('late_accepted', {}, actor), ended(state)] };
}

function lateWindowOver(
  payment: Payment,
  { nowMs, next, why = 'automatic_limit' }: Of<'late_window_over'>,
): PaymentStep | undefined {
  const { late } = payment;
  if (late?.outcome !== 'open' || nowMs < late.claimUntilMs) return undefined;
  if (next === 'case') {
    const state: Payment = { ...payment, watched: false, late: { ...late, outcome: 'case' } };
    return {
      state,
      effects: [note('late_held', {}), moneyCase('late_money', late.amount, { why })],
    };
  }
  const { refundId } = next;
  const state: Payment = { ...payment, watched: false, late: { ...late, outcome: 'refunding', refundId } };
  return { state, effects: [note('late_refunding', { refundId })] };
}

function lateRefundEnded(payment: Payment, { outcome }: Of<'late_refund_ended'>): PaymentStep | undefined {
  const { late } = payment;
  if (late?.outcome !== 'refunding' && late?.outcome !== 'case') return undefined;
  if (outcome === 'confirmed') {
    const isWhole = payment.amountPaid !== undefined && payment.refunded.equals(payment.amountPaid);
    if (!isWhole) return undefined;
    const state: Payment = { ...payment, final: true, watched: false, late: { ...late, outcome: 'refunded' } };
    return {
      state,
      effects: [note('late_refunded', {}), { kind: 'close_case', caseKind: 'late_money', reason: 'refunded' }],
    };
  }
  if (late.outcome === 'case') return undefined;
  const state: Payment = { ...payment, watched: false, late: { ...late, outcome: 'case' } };
  return { state, effects: [note('late_held', {}), moneyCase('late_money', late.amount, { why: 'refund_declined' })] };
}

function amountRead(payment: Payment, amount: Money): PaymentStep | undefined {
  if (payment.amountUnread !== true || payment.final) return undefined;
  const { amountUnread: _unread, ...rest } = payment;
  if (amount.equals(payment.amount)) {
    const isPaid = payment.status === 'paid';
    const state: Payment = { ...rest, amountPaid: amount, ...(isPaid ? { final: true, watched: false } : {}) };
    return {
      state,
      effects: [note('amount_compared', {}), { kind: 'close_case', caseKind: 'amount_unread', reason: 'read' }],
    };
  }
  return mismatch(rest, amount);
}

/** What was held for a person is at rest; what a machine still does something about is not. */
function caseClosed(payment: Payment): PaymentStep | undefined {
  if (payment.final || payment.watched || payment.late?.outcome === 'refunding') return undefined;
  return { state: { ...payment, final: true }, effects: [note('case_closed', {})] };
}

function collected(payment: Payment, atMs: number): PaymentStep | undefined {
  if (payment.status !== 'paid' || payment.collectedAtMs !== undefined) return undefined;
  return {
    state: { ...payment, collectedAtMs: atMs },
    effects: [note('collected', {}), { kind: 'close_case', caseKind: 'not_collected', reason: 'collected' }],
  };
}
