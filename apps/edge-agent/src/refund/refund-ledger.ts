import { Money } from '@tolem/base';
import type { PaymentBook } from '../payment/payment-book.ts';
import type { PaymentRecord } from '../payment/payment-record.ts';
import type { EdgeStore, EdgeWriter } from '../store/edge-store.ts';
import type { RefundBook } from './refund-book.ts';
import type { RefundRecord } from './refund-record.ts';

/** What a payment may still give back: what was paid, less what went back, less what may be going back. */
export function refundableOf(payment: PaymentRecord, refunds: readonly RefundRecord[]): Money {
  const paid = payment.amountPaid ?? payment.amount;
  const under = sumOf(refunds.filter((refund) => refund.status !== 'confirmed' && refund.status !== 'declined'));
  return paid.minus(laterOf(payment.refunded, confirmedOf(refunds))).minus(under);
}

/** Saves a refund, and with a newly confirmed one what its payment has given back, in one transaction. */
export function saveRefund(
  parts: { store: EdgeStore; payments: PaymentBook; refunds: RefundBook },
  next: RefundRecord,
  also?: (writer: EdgeWriter) => void,
): RefundRecord {
  const { store, payments, refunds } = parts;
  const before = store.refund(next.refundId);
  if (next.status !== 'confirmed' || before?.status === 'confirmed') return refunds.save(next, also);
  const payment = payments.must(next.paymentId);
  const others = store.refundsOf(next.paymentId).filter((refund) => refund.refundId !== next.refundId);
  const refunded = laterOf(payment.refunded, confirmedOf([...others, next]));
  const paymentNext = payments.prepare({ ...payment, refunded });
  const saved = refunds.save(next, (writer) => {
    writer.putPayment(paymentNext);
    also?.(writer);
  });
  payments.announce(paymentNext);
  return saved;
}

function confirmedOf(refunds: readonly RefundRecord[]): Money {
  return sumOf(refunds.filter((refund) => refund.status === 'confirmed'));
}

function sumOf(refunds: readonly RefundRecord[]): Money {
  return Money.sum(refunds.map((refund) => refund.amount));
}

/** The hub may know of refunds made elsewhere, and we of one that it has not told yet. */
function laterOf(one: Money, other: Money): Money {
  return one.compare(other) >= 0 ? one : other;
}
