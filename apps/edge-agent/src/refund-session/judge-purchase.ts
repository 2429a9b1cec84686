import { Money } from '@tolem/base';
import type { RefundPolicy } from '../edge-settings.ts';
import type { HubCustomerPurchase } from '../hub/hub-refund-sessions.ts';
import type { PaymentRecord } from '../payment/payment-record.ts';
import { refundableOf } from '../refund/refund-ledger.ts';
import type { RefundRecord } from '../refund/refund-record.ts';
import { type CustomerPurchase, PURCHASE_REFUSALS, type PurchaseRefusal } from './refund-session.ts';

/** What this agent knows of a purchase, where it is one of its payments. */
export interface OwnPayment {
  payment: PaymentRecord;
  refunds: readonly RefundRecord[];
}

/** What the hub says of a purchase, and what this till's own limits make of it. Pure. */
export function judgePurchase(
  purchase: HubCustomerPurchase,
  own: OwnPayment | undefined,
  till: { policy: RefundPolicy; nowMs: number },
): CustomerPurchase {
  const { bankPaymentId, amount, atMs } = purchase;
  const at = atMs === undefined ? {} : { atMs };
  const told = { bankPaymentId, amount, ...at, ...(own ? { paymentId: own.payment.paymentId } : {}) };
  const refusal = refusalOf(purchase, own, till);
  if (refusal !== undefined || !own) return { ...told, refundable: false, reason: refusal ?? 'not_of_this_till' };
  const left = refundableOf(own.payment, own.refunds);
  const available = least([left, leftByLimit(own, till.policy), purchase.available ?? left]);
  return { ...told, available, refundable: true };
}

function refusalOf(
  purchase: HubCustomerPurchase,
  own: OwnPayment | undefined,
  { policy, nowMs }: { policy: RefundPolicy; nowMs: number },
): PurchaseRefusal | undefined {
  if (!own || purchase.paymentId === undefined) return 'not_of_this_till';
  if (!purchase.refundable) return isRefusal(purchase.reason) ? purchase.reason : 'not_refundable';
  const { payment, refunds } = own;
  if (payment.status !== 'paid') return 'not_paid';
  if (nowMs - (payment.paidAtMs ?? payment.createdAtMs) > policy.withinMs) return 'too_old';
  if (!refundableOf(payment, refunds).isPositive) return 'fully_refunded';
  return leftByLimit(own, policy).isPositive ? undefined : 'till_limit';
}

/** What the till's limit for one payment leaves. */
function leftByLimit({ payment, refunds }: OwnPayment, policy: RefundPolicy): Money {
  const paid = payment.amountPaid ?? payment.amount;
  const given = paid.minus(refundableOf(payment, refunds));
  return policy.max.compare(given) > 0 ? policy.max.minus(given) : Money.zero;
}

function least([first, ...others]: [Money, ...Money[]]): Money {
  return others.reduce((smallest, one) => (one.compare(smallest) < 0 ? one : smallest), first);
}

function isRefusal(word: string | undefined): word is PurchaseRefusal {
  return (PURCHASE_REFUSALS as readonly (string | undefined)[]).includes(word);
}
