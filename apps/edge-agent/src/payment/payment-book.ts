import type { Clock } from '@tolem/base';
import { createRecordBook, type RecordBook } from '../record/record-book.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import type { PaymentRecord } from './payment-record.ts';
import { refusal } from './problems.ts';

export type PaymentBook = RecordBook<PaymentRecord>;

export function createPaymentBook(clock: Clock, store: EdgeStore): PaymentBook {
  return createRecordBook<PaymentRecord>({
    clock,
    store,
    idOf: (payment) => payment.paymentId,
    read: (id) => store.payment(id),
    put: (writer, payment) => writer.putPayment(payment),
    unknown: (id) =>
      refusal({ status: 404, code: 'payment_unknown', detail: `no payment has the id ${id.slice(0, 60)}` }),
  });
}
