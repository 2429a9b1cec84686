import type { Payment } from '../payment/payment.ts';
import type { PaymentFilter } from '../payment/payment-service.ts';
import { pageOf, readCursor } from '../store/cursor.ts';
import { Conditions } from './conditions.ts';
import { paymentCodec } from './payment-codec.ts';
import type { SqlSession } from './sql-session.ts';

/** Newest first; payments of one millisecond by their ids. */
export async function searchPayments(
  sql: SqlSession,
  filter: PaymentFilter,
): Promise<{ payments: Payment[]; nextCursor?: string }> {
  const after = readCursor(filter.cursor);
  const where = new Conditions();
  where.add('agent_id = ?', filter.agentId);
  where.add('status = any(?)', filter.status);
  where.add('method = any(?)', filter.method);
  where.add('created_at_ms >= ?', filter.fromMs);
  where.add('created_at_ms < ?', filter.untilMs);
  where.add('(payment_id = ? or bank_payment_id = ? or order_id = ?)', filter.text);
  where.addPair('(created_at_ms, payment_id) < (?, ?)', after && [after.atMs, after.id]);
  const text = `
    select ${paymentCodec.list()} from payment ${where.clause}
    order by created_at_ms desc, payment_id desc limit ${where.parameter(filter.limit + 1)}`;
  const rows = (await sql.rows(text, where.values)).map(paymentCodec.decode);
  const page = pageOf(rows, filter.limit, (one) => ({ atMs: one.createdAtMs, id: one.paymentId }));
  return { payments: page.rows, ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }) };
}
