import { unreachable } from '@tolem/base';
import type { Refund } from './refund.ts';
import { confirm, contradicted, decline, doubt, note, settle, unsent, withdraw } from './refund-endings.ts';
import type { RefundInput, RefundRules, RefundStep } from './refund-input.ts';

/** The second call was refused, which may mean that the first had been processed: the next read decides. */
const REPEAT_REFUSED = 'repeat_refused';
type Of<Kind extends RefundInput['kind']> = Extract<RefundInput, { kind: Kind }>;

/**
 * The life of a refund [decisions: refunds; notes 1.5]. `undefined`: the input changes nothing in this state.
 *
 * - `requested`: waits for an approval.
 * - `approved`: waits for the available amount to be what it should be; then `sent`. Held for a person (no `nextReadAtMs`)
 *   when it stays another, or the bank stays silent for `refundGiveUpMs`: the call has certainly not been made. Declined
 *   (`customer_gone`) where the scheme needs the customer, and the bank knows them no more.
 * - `sent`: the intent to call is committed; left by the bank's answer, by a definite "not sent", or by what the available
 *   amount says at 30 s, 2 min and 10 min. Sent once more only by its own sender, where the bank's own limit makes a double
 *   impossible, and under scheme 2 only while its customer is still known.
 * - `unknown`: only a person, or a late answer of the bank to a call made once, can end it.
 * - `confirmed`, `declined`: final.
 */
export function nextRefund(refund: Refund, input: RefundInput, rules: RefundRules): RefundStep | undefined {
  switch (refund.status) {
    case 'requested':
      return fromRequested(refund, input);
    case 'approved':
      return fromApproved(refund, input, rules);
    case 'sent':
      return fromSent(refund, input, rules);
    case 'unknown':
      return fromUnknown(refund, input);
    case 'declined':
      return contradicted(refund, input);
    case 'confirmed':
      return undefined;
    default:
      return unreachable(refund.status, 'status of a refund');
  }
}

function fromRequested(refund: Refund, input: RefundInput): RefundStep | undefined {
  if (input.kind === 'approved') {
    return { state: { ...refund, status: 'approved', nextReadAtMs: input.nowMs }, effects: [note('refund_approved')] };
  }
  return input.kind === 'settled' && input.outcome === 'declined' ? settle(refund, input) : undefined;
}

function fromApproved(refund: Refund, input: RefundInput, rules: RefundRules): RefundStep | undefined {
  const isHeld = refund.nextReadAtMs === undefined;
  if ('isCustomerGone' in input && input.isCustomerGone === true && !isHeld) {
    return unsent(refund, 'customer_gone');
  }
  switch (input.kind) {
    case 'available_read':
      if (isHeld) return undefined;
      return input.available.equals(input.expected) && input.available.compare(refund.amount) >= 0
        ? send(refund, input, rules)
        : wait(refund, input, rules);
    case 'read_failed':
      return isHeld ? undefined : silence(refund, input, rules);
    case 'read_refused':
      return isHeld ? undefined : unreadable(refund, input);
    case 'withdrawn':
      return withdraw(refund, input);
    case 'settled':
      return isHeld || input.outcome === 'declined' ? settle(refund, input) : undefined;
    default:
      return undefined;
  }
}

function send(refund: Refund, { nowMs, available }: Of<'available_read'>, rules: RefundRules): RefundStep {
  const { statusReason: _reason, waitingSinceMs: _since, adopted: _adopted, ...rest } = refund;
  const sends = refund.sends + 1;
  const state: Refund = {
    ...rest,
    status: 'sent',
    availableBefore: available,
    sends,
    sentAtMs: nowMs,
    sendByMs: nowMs + rules.refundSendByMs,
    nextReadAtMs: nowMs + (rules.refundReadsMs[0] ?? 0),
  };
  return { state, effects: [note('refund_sent', { available: available.toString(), sends }), { kind: 'send' }] };
}

/** The available amount is not what it should be: somebody else may be refunding. Wait, then a person. */
function wait(refund: Refund, input: Of<'available_read'>, rules: RefundRules): RefundStep {
  const since = refund.statusReason === 'available_differs' ? (refund.waitingSinceMs ?? input.nowMs) : input.nowMs;
  const next = rules.refundWaitsMs.find((waitMs) => since + waitMs > input.askedAtMs);
  const waiting: Refund = { ...refund, statusReason: 'available_differs', waitingSinceMs: since };
  const detail = { available: input.available.toString(), expected: input.expected.toString() };
  if (next !== undefined) {
    return { state: { ...waiting, nextReadAtMs: since + next }, effects: [note('refund_waits', detail)] };
  }
  const { nextReadAtMs: _next, ...held } = waiting;
  return {
    state: held,
    effects: [note('refund_held', detail), { kind: 'case', caseKind: 'refund_available_differs', detail }],
  };
}

/** The bank does not answer reads. Written once; the owner goes on asking from memory until `refundGiveUpMs`. */
function silence(refund: Refund, input: Of<'read_failed'>, rules: RefundRules): RefundStep | undefined {
  // A wait that has begun goes on: silence in between neither shortens nor renews it.
  const since = refund.waitingSinceMs;
  if (since === undefined) {
    const state: Refund = { ...refund, statusReason: 'bank_unreachable', waitingSinceMs: input.askedAtMs };
    return { state, effects: [note('refund_bank_unreachable', { code: input.code })] };
  }
  if (input.nowMs - since < rules.refundGiveUpMs) return undefined;
  const { nextReadAtMs: _next, ...held } = refund;
  const detail = { code: input.code };
  if (refund.status === 'sent') return doubt(refund, 'bank_unreachable', detail);
  return { state: held, effects: [note('refund_held', detail), { kind: 'case', caseKind: 'refund_stuck', detail }] };
}

/** Nothing was sent, and the bank does not let us see what it would refuse: a person. */
function unreadable(refund: Refund, { code, detail }: Of<'read_refused'>): RefundStep {
  const { nextReadAtMs: _next, ...held } = refund;
  return {
    state: { ...held, statusReason: code },
    effects: [
      note('refund_held', { code, detail }),
      { kind: 'case', caseKind: 'refund_stuck', detail: { code, detail } },
    ],
  };
}

function fromSent(refund: Refund, input: RefundInput, rules: RefundRules): RefundStep | undefined {
  switch (input.kind) {
    case 'answered':
      return confirm(refund, 'answer', { bankRefundId: input.bankRefundId });
    case 'refused':
      return refused(refund, input);
    case 'not_sent':
      return notSent(refund, input, rules);
    case 'unanswered': {
      const state: Refund = { ...refund, statusReason: 'answer_lost' };
      return { state, effects: [note('refund_unanswered', { code: input.code })] };
    }
    case 'available_read':
      return compare(refund, input, rules);
    case 'read_failed':
      return silence(refund, input, rules);
    case 'read_refused':
      return doubt(refund, 'read_refused', { code: input.code, detail: input.detail });
    case 'approved':
    case 'withdrawn':
    case 'settled':
      return undefined;
    default:
      return unreachable(input, 'input of a refund');
  }
}

/** A refusal of the only call says that nothing moved; after a second one it says nothing about the first: compare. */
function refused(refund: Refund, { nowMs, code, detail }: Of<'refused'>): RefundStep {
  if (refund.sends > 1) {
    const state: Refund = { ...refund, statusReason: REPEAT_REFUSED, nextReadAtMs: nowMs };
    return { state, effects: [note('refund_repeat_refused', { code, detail })] };
  }
  return decline(refund, code, { code, detail });
}

function notSent(refund: Refund, { nowMs, code }: Of<'not_sent'>, rules: RefundRules): RefundStep {
  const nextReadAtMs = nowMs + (rules.refundReadsMs[0] ?? 0);
  const effects = [note('refund_not_sent', { code })];
  if (refund.sends > 1) return { state: { ...refund, sends: refund.sends - 1, nextReadAtMs }, effects };
  const { sentAtMs: _sent, sendByMs: _by, availableBefore: _before, ...rest } = refund;
  return { state: { ...rest, status: 'approved', statusReason: code, sends: 0, nextReadAtMs }, effects };
}

/** Less by exactly our amount: done. Unchanged: wait on, or once more where that cannot double. Anything else: a person. */
function compare(refund: Refund, input: Of<'available_read'>, rules: RefundRules): RefundStep {
  const before = refund.availableBefore ?? input.expected;
  const difference = before.minus(input.available);
  if (difference.equals(refund.amount)) return confirm(refund, 'difference');
  const detail = { before: before.toString(), available: input.available.toString() };
  if (!difference.isZero) return doubt(refund, 'difference', detail);
  const sentAtMs = refund.sentAtMs ?? refund.createdAtMs;
  const next = rules.refundReadsMs.find((readMs) => sentAtMs + readMs > input.askedAtMs);
  if (next !== undefined && refund.statusReason !== REPEAT_REFUSED) {
    const { waitingSinceMs: _since, ...rest } = refund;
    return { state: { ...rest, statusReason: 'answer_lost', nextReadAtMs: sentAtMs + next }, effects: [] };
  }
  const isDoubleImpossible = refund.amount.plus(refund.amount).compare(input.available) > 0;
  const mayResend = refund.sends === 1 && refund.adopted !== true && input.isCustomerGone !== true;
  if (mayResend && isDoubleImpossible) return send(refund, input, rules);
  return doubt(refund, 'unchanged', detail);
}

function fromUnknown(refund: Refund, input: RefundInput): RefundStep | undefined {
  if (input.kind === 'settled') return settle(refund, input);
  const isOwnAnswer = input.kind === 'answered' && refund.sends === 1;
  return isOwnAnswer ? confirm(refund, 'answer', { bankRefundId: input.bankRefundId }) : undefined;
}
