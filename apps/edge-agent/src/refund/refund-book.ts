import type { Clock } from '@tolem/base';
import { refusal } from '../payment/problems.ts';
import { createRecordBook, type RecordBook } from '../record/record-book.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import type { RefundRecord } from './refund-record.ts';

export type RefundBook = RecordBook<RefundRecord>;

export function createRefundBook(clock: Clock, store: EdgeStore): RefundBook {
  return createRecordBook<RefundRecord>({
    clock,
    store,
    idOf: (refund) => refund.refundId,
    read: (id) => store.refund(id),
    put: (writer, refund) => writer.putRefund(refund),
    unknown: (id) =>
      refusal({ status: 404, code: 'refund_unknown', detail: `no refund has the id ${id.slice(0, 60)}` }),
  });
}
