import type { Payment } from './payment.ts';
import type { PaymentRules } from './payment-input.ts';
import { closing, ended, moneyCase, note, type PaymentStep } from './payment-step.ts';
import { watchLengthMs } from './watch-schedule.ts';

/**
 * The till was told `paid` and has given the goods away, by the agent's record; our own, from before a restore, says that
 * the payment had ended. Late money that is still here stays, as the till had claimed it; otherwise the bank decides, and a
 * person is told. What has gone back already, or is on its way, is only told.
 */
export function soldAtTill(payment: Payment, nowMs: number, rules: PaymentRules): PaymentStep | undefined {
  const { status, late } = payment;
  if (status === 'failed' || (payment.final && (status === 'expired' || status === 'cancelled'))) {
    const kind = late?.outcome === 'refunded' ? 'refunded_though_sold' : 'paid_at_till';
    return { state: payment, effects: [moneyCase(kind, payment.amount, { status })] };
  }
  if (status !== 'expired' && status !== 'cancelled') return undefined;
  if (late === undefined) {
    const watchUntilMs = nowMs + watchLengthMs(rules.lateWatch);
    const state: Payment = { ...payment, status: 'unknown', statusReason: 'sold', watched: true, watchUntilMs };
    return { state, effects: [note('sold', {}), moneyCase('paid_at_till', payment.amount, { status })] };
  }
  if (late.outcome === 'refunding' || late.outcome === 'refunded') {
    return { state: payment, effects: [moneyCase('refunded_though_sold', late.amount, { status })] };
  }
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
  const reason = 'the till had sold the goods';
  return { state, effects: [note('late_accepted', { reason }), closing('late_money', reason), ended(state)] };
}

/** What is held because the bank said nothing that decides is watched again; its next word, or silence, concludes it. */
export function askedAgain(payment: Payment, nowMs: number, actor: string): PaymentStep | undefined {
  const { status } = payment;
  if (payment.final || payment.watched || payment.bankPaymentId === undefined || payment.late) return undefined;
  const isUnread = status === 'paid' && payment.amountUnread === true;
  const isUndecided = status === 'unknown' && payment.statusReason !== 'amount_mismatch';
  if (!isUnread && !isUndecided && status !== 'expired' && status !== 'cancelled') return undefined;
  const state: Payment = { ...payment, watched: true, watchUntilMs: nowMs };
  const cases = ['payment_unknown', 'payment_open_at_bank', 'amount_unread'];
  return { state, effects: [note('asked_again', {}, actor), ...cases.map((kind) => closing(kind, 'asked again'))] };
}
