import { unreachable } from '@tolem/base';
import type { Payment } from './payment.ts';
import type { PaymentEffect, PaymentInput, PaymentRules } from './payment-input.ts';
import { ended, mismatch, moneyCase, note, type PaymentStep } from './payment-step.ts';
import { deadlineOf, watchEndOf, watchLengthMs } from './watch-schedule.ts';

type StatusRead = Extract<PaymentInput, { kind: 'status_read' }>;
type ReadFailed = Extract<PaymentInput, { kind: 'read_failed' }>;

/** Reads say nothing about a payment that nobody watches, that has no purchase yet, or whose late money has been seen. */
export function isUnreadable(payment: Payment): boolean {
  return !payment.watched || payment.status === 'created' || payment.late !== undefined;
}

export function statusRead(payment: Payment, input: StatusRead, rules: PaymentRules): PaymentStep | undefined {
  if (payment.status === 'paid') return undefined;
  const step =
    payment.status === 'expired' || payment.status === 'cancelled'
      ? readAfterEnd(payment, input, rules)
      : readWhileOpen(payment, input, rules);
  return step ?? reachedAgain(payment);
}

/** A successful read that says nothing new still ends the bank's silence. */
function reachedAgain(payment: Payment): PaymentStep | undefined {
  if (payment.unreachableSinceMs === undefined) return undefined;
  return { state: reachable(payment), effects: [note('bank_reachable', {})] };
}

function reachable(payment: Payment): Payment {
  const { unreachableSinceMs: _since, ...rest } = payment;
  if (rest.statusReason !== 'bank_unreachable') return rest;
  const { statusReason: _reason, ...clean } = rest;
  return clean;
}

/** `awaiting_scan`, `awaiting_confirmation`, and `unknown` while it is watched. No order of words is enforced (notes 1.3). */
function readWhileOpen(payment: Payment, input: StatusRead, rules: PaymentRules): PaymentStep | undefined {
  const word = { word: input.word };
  switch (input.meaning) {
    case 'succeeded':
      return paid(reachable(payment), input);
    case 'failed': {
      const state: Payment = {
        ...reachable(payment),
        status: 'failed',
        statusReason: 'declined',
        final: true,
        watched: false,
      };
      return { state, effects: [note('failed', word), ended(state)] };
    }
    case 'expired':
      return expire(payment, input.nowMs, payment.method === 'invoice' ? 'not_confirmed' : 'discarded', rules);
    case 'awaiting_scan':
      return stillUnscanned(payment, input, rules);
    case 'awaiting_confirmation':
      return stillUnconfirmed(payment, input, rules);
    case 'unlisted':
      return unlisted(payment, input, rules);
    default:
      return unreachable(input.meaning, 'meaning of a status');
  }
}

function paid(payment: Payment, { nowMs, amount, amountNeverTold }: StatusRead): PaymentStep {
  if (amount !== undefined && !amount.equals(payment.amount)) return mismatch(payment, amount);
  const { statusReason: _reason, ...rest } = payment;
  const isCompared = amount !== undefined || amountNeverTold === true;
  const state: Payment = {
    ...rest,
    status: 'paid',
    paidAtMs: nowMs,
    amountPaid: amount ?? payment.amount,
    ...(isCompared ? {} : { amountUnread: true }),
    final: isCompared,
    watched: !isCompared,
  };
  const effects: PaymentEffect[] = [
    note('paid', amount !== undefined ? {} : { amount: isCompared ? 'never_told' : 'unread' }),
    ended(state),
  ];
  const wasHeld = payment.status === 'unknown';
  return {
    state,
    effects: wasHeld ? [...effects, { kind: 'close_case', caseKind: 'paid_at_till', reason: 'paid' }] : effects,
  };
}

function stillUnscanned(payment: Payment, input: StatusRead, rules: PaymentRules): PaymentStep | undefined {
  if (input.askedAtMs >= deadlineOf(payment)) {
    const reason = payment.confirmDeadlineMs === undefined ? 'not_scanned' : 'not_confirmed';
    return expire(payment, input.nowMs, reason, rules);
  }
  if (payment.status === 'awaiting_confirmation') return undefined;
  if (payment.status === 'awaiting_scan') return clearReason(payment);
  return { state: { ...reachable(payment), status: 'awaiting_scan' }, effects: [note('awaiting_scan', {})] };
}

function stillUnconfirmed(payment: Payment, input: StatusRead, rules: PaymentRules): PaymentStep | undefined {
  const { confirmDeadlineMs } = payment;
  if (confirmDeadlineMs !== undefined) {
    if (input.askedAtMs >= confirmDeadlineMs) return expire(payment, input.nowMs, 'not_confirmed', rules);
    if (payment.status === 'awaiting_confirmation') return clearReason(payment);
  }
  const deadline = confirmDeadlineMs ?? input.nowMs + payment.confirmWaitMs;
  const { statusReason: _reason, ...rest } = reachable(payment);
  const state: Payment = {
    ...rest,
    status: 'awaiting_confirmation',
    confirmDeadlineMs: deadline,
    expiresAtMs: deadline,
  };
  return { state, effects: [note('awaiting_confirmation', { word: input.word })] };
}

/** A listed word after an unlisted one explains itself. */
function clearReason(payment: Payment): PaymentStep | undefined {
  if (payment.statusReason !== 'unlisted_word') return undefined;
  const { statusReason: _reason, ...rest } = reachable(payment);
  return { state: rest, effects: [] };
}

function expire(payment: Payment, nowMs: number, reason: string, rules: PaymentRules): PaymentStep {
  const state: Payment = {
    ...reachable(payment),
    status: 'expired',
    statusReason: reason,
    final: false,
    watched: true,
    // The end of an invoice's watch was fixed at its sending.
    watchUntilMs:
      payment.method === 'invoice' ? watchEndOf(payment, rules.lateWatch) : nowMs + watchLengthMs(rules.lateWatch),
  };
  return { state, effects: [note('expired', { reason }), ended(state)] };
}

function unlisted(payment: Payment, input: StatusRead, rules: PaymentRules): PaymentStep {
  const alert: PaymentEffect = {
    kind: 'count',
    counter: 'bank_unlisted_words',
    labels: { word: input.word.slice(0, 60) },
  };
  if (input.askedAtMs >= watchEndOf(payment, rules.lateWatch)) {
    const step = unresolved(payment, 'unlisted_word', { word: input.word });
    return { ...step, effects: [alert, ...step.effects] };
  }
  const isKnown = payment.statusReason === 'unlisted_word' && payment.unreachableSinceMs === undefined;
  // An ended payment keeps the reason of its end; the word is counted and logged.
  if (isKnown || payment.status === 'expired' || payment.status === 'cancelled')
    return { state: payment, effects: [alert] };
  const state: Payment = { ...reachable(payment), statusReason: 'unlisted_word' };
  return { state, effects: [alert, note('unlisted_word', { word: input.word })] };
}

/** The watch is over and the bank's word decides nothing: `unknown`, and a person looks. */
export function unresolved(payment: Payment, reason: string, detail: Record<string, unknown>): PaymentStep {
  const { unreachableSinceMs: _since, ...rest } = payment;
  const state: Payment = { ...rest, status: 'unknown', statusReason: reason, final: false, watched: false };
  return {
    state,
    effects: [
      note('watch_ended', { reason, ...detail }),
      moneyCase('payment_unknown', payment.amount, { reason, ...detail }),
    ],
  };
}

/** `expired` and `cancelled`: a read never makes them `paid`. */
function readAfterEnd(payment: Payment, input: StatusRead, rules: PaymentRules): PaymentStep | undefined {
  const isOver = input.askedAtMs >= watchEndOf(payment, rules.lateWatch);
  switch (input.meaning) {
    case 'succeeded':
      return late(reachable(payment), input);
    case 'failed':
      return close(payment, input.word);
    case 'awaiting_scan':
    case 'expired':
      // Nobody scanned, and the token has been dead for a day: no money can move any more.
      return isOver ? close(payment, input.word) : undefined;
    case 'awaiting_confirmation':
      return isOver ? heldOpen(payment, input.word) : undefined;
    case 'unlisted':
      return unlisted(payment, input, rules);
    default:
      return unreachable(input.meaning, 'meaning of a status');
  }
}

function close(payment: Payment, word: string): PaymentStep {
  const state: Payment = { ...reachable(payment), final: true, watched: false };
  return { state, effects: [note('watch_closed', { word })] };
}

function heldOpen(payment: Payment, word: string): PaymentStep {
  const state: Payment = { ...reachable(payment), final: false, watched: false };
  return {
    state,
    effects: [note('watch_ended', { word }), moneyCase('payment_open_at_bank', payment.amount, { word })],
  };
}

function late(payment: Payment, { nowMs, amount, amountNeverTold }: StatusRead): PaymentStep {
  if (amount !== undefined && !amount.equals(payment.amount)) return mismatch(payment, amount);
  const taken = amount ?? payment.amount;
  const state: Payment = {
    ...payment,
    amountPaid: taken,
    ...(amount === undefined && amountNeverTold !== true ? { amountUnread: true } : {}),
    late: { amount: taken, detectedAtMs: nowMs, claimUntilMs: nowMs + payment.lateAcceptMs, outcome: 'open' },
  };
  return {
    state,
    effects: [
      note('late_money', { amount: taken.toString() }),
      { kind: 'count', counter: 'payments_late', labels: { was: payment.status } },
    ],
  };
}

/** Silence decides nothing: the state stays, is called `unknown` after ten minutes, and a case at the end of the watch. */
export function readFailed(payment: Payment, input: ReadFailed, rules: PaymentRules): PaymentStep | undefined {
  if (payment.status === 'paid') return neverCompared(payment, input, rules);
  const giveUpAt = watchEndOf(payment, rules.lateWatch) + rules.unreachableUnknownMs;
  if (input.askedAtMs >= giveUpAt) return unresolved(payment, 'bank_unreachable', { code: input.code });
  if (payment.status !== 'awaiting_scan' && payment.status !== 'awaiting_confirmation') return undefined;
  const since = payment.unreachableSinceMs;
  if (since === undefined) {
    const state: Payment = { ...payment, unreachableSinceMs: input.askedAtMs, statusReason: 'bank_unreachable' };
    return { state, effects: [note('bank_unreachable', { code: input.code })] };
  }
  if (input.nowMs - since < rules.unreachableUnknownMs) return undefined;
  const state: Payment = {
    ...payment,
    status: 'unknown',
    statusReason: 'bank_unreachable',
    watchUntilMs: watchEndOf(payment, rules.lateWatch),
  };
  return { state, effects: [note('unknown', { code: input.code }), ended(state)] };
}

/** `paid` whose charged amount could not be read for as long as late money is watched for. */
function neverCompared(payment: Payment, input: ReadFailed, rules: PaymentRules): PaymentStep | undefined {
  if (payment.amountUnread !== true) return undefined;
  if (input.askedAtMs < (payment.paidAtMs ?? 0) + watchLengthMs(rules.lateWatch)) return undefined;
  const state: Payment = { ...payment, watched: false };
  return { state, effects: [moneyCase('amount_unread', payment.amount, { code: input.code })] };
}
