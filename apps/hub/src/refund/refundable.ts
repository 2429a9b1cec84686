import type { Payment } from '../payment/payment.ts';

/** What a till knows as paid: the money is there, and nothing is returning it by itself. */
export function isPaidAndKept(payment: Payment): boolean {
  return payment.source === 'hub' && payment.status === 'paid' && payment.late?.outcome !== 'refunding';
}

/** Money that came late and was held for a person, or was charged otherwise than asked. */
export function isHeldMoney(payment: Payment): boolean {
  return payment.source === 'hub' && (payment.late?.outcome === 'case' || payment.statusReason === 'amount_mismatch');
}

/** With the customer at the till a cashier gives back both: under scheme 2 nobody else can. */
export function isRefundableWithCustomer(payment: Payment): boolean {
  return payment.amountPaid !== undefined && (isPaidAndKept(payment) || isHeldMoney(payment));
}
