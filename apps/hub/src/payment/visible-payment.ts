import type { Caller } from '../caller.ts';
import { problem } from '../problem-catalogue.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { Payment } from './payment.ts';
import { maySee } from './payment-watch.ts';

/** The payment, for whom it may be shown to; rejects with `payment_not_found` otherwise. */
export async function visiblePayment(
  tx: StoreTransaction,
  caller: Caller,
  paymentId: string,
  options?: { lock: boolean },
): Promise<Payment> {
  const payment = await tx.payments.get(paymentId, options);
  if (payment && maySee(caller, payment)) return payment;
  throw problem('payment_not_found', 'there is no such payment', { paymentId });
}
