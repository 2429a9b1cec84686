import type { Money, Step } from '@tolem/base';
import type { Payment } from './payment.ts';
import type { PaymentEffect } from './payment-input.ts';

export type PaymentStep = Step<Payment, PaymentEffect>;

/** The bank charged another amount than was asked: held, and a person decides. */
export function mismatch(payment: Payment, charged: Money): PaymentStep {
  const { unreachableSinceMs: _since, amountUnread: _unread, late, ...rest } = payment;
  // What is reserved or has gone back is money that was there.
  const given = payment.refunded.plus(payment.refundReserved);
  const state: Payment = {
    ...rest,
    status: 'unknown',
    statusReason: 'amount_mismatch',
    final: false,
    watched: false,
    amountPaid: charged.compare(given) < 0 ? given : charged,
    ...(late ? { late: late.outcome === 'open' ? { ...late, amount: charged, outcome: 'case' } : late } : {}),
  };
  const detail = { asked: payment.amount.toString(), charged: charged.toString() };
  return {
    state,
    effects: [
      note('amount_mismatch', detail),
      moneyCase('amount_mismatch', charged, detail),
      { kind: 'count', counter: 'amount_mismatches', labels: {} },
      ended(state),
    ],
  };
}

export function note(event: string, data: Record<string, unknown>, actor?: string): PaymentEffect {
  return { kind: 'note', event, data, ...(actor === undefined ? {} : { actor }) };
}

export function moneyCase(caseKind: string, amount: Money, detail: Record<string, unknown>): PaymentEffect {
  return { kind: 'case', caseKind, amount, detail };
}

export function closing(caseKind: string, reason: string): PaymentEffect {
  return { kind: 'close_case', caseKind, reason };
}

export function ended(payment: Payment): PaymentEffect {
  return { kind: 'count', counter: 'payments_ended', labels: { status: payment.status, method: payment.method } };
}
