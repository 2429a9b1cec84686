import type { Clock } from '@tolem/base';
import { createRecordBook, type RecordBook } from '../record/record-book.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import type { PaymentRecord } from './payment-record.ts';
import { refusal } from './problems.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type PaymentBook = RecordBook<PaymentRecord>;

export function createPaymentBook(clock: Clock, store: EdgeStore): PaymentBook {
  return createRecordBook<PaymentRecord>({
    clock,
    store,
    idOf: (payment) => payment.paymentId,
    read: (id) => store.payment(id),
    put: (writer, payment) => writer.putPayment(payment),
    unknown: (id) => {
      const detail = `no payment has the id ${id.slice(0, 60)}`;
      // An id of our shape may have stood in a journal that was lost, or have been kept long enough.
      return refusal({ status: 404, code: 'payment_unknown', detail, money: UUID.test(id) ? 'maybe' : 'none' });
    },
  });
}
