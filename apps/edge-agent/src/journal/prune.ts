import type { DatabaseSync } from 'node:sqlite';
import type { JournalPosition } from '../store/journal-log.ts';

/** In one transaction, so that a till never waits long for it. */
const PRUNED_AT_ONCE = 500;

/**
 * Deletes what need not be kept: rows that the hub holds (never the last one, whose hash the next is chained to) and payments that
 * ended long ago, with their refunds. Inside a transaction; returns the number of rows deleted.
 */
export function prune(database: DatabaseSync, position: JournalPosition, olderThanMs: number): number {
  const before = Math.floor(olderThanMs);
  const { epoch, acknowledged, lastSeq } = position;
  const rows = database
    .prepare(
      `DELETE FROM journal WHERE (epoch, seq) IN (
         SELECT epoch, seq FROM journal WHERE at_ms < ?1 AND (epoch <> ?2 OR seq <= ?3) LIMIT ?4)`,
    )
    .run(before, epoch, Math.min(acknowledged, lastSeq - 1), PRUNED_AT_ONCE);
  // An old till may still ask what became of these: the process itself keeps the answer only once it was fetched.
  const untold = `SELECT idempotency_key.id FROM drop_in_process JOIN idempotency_key USING (key_hash) WHERE told = 0`;
  const ended = `SELECT payment_id FROM payment WHERE created_at_ms < ?1 AND attention = 0 AND uncollected_since_ms IS NULL
    AND payment_id NOT IN (${untold})
    AND NOT EXISTS (SELECT 1 FROM refund WHERE refund.payment_id = payment.payment_id
      AND (refund.attention = 1 OR refund.refund_id IN (${untold})))
    ORDER BY payment_id LIMIT ?2`;
  const refunds = database.prepare(`DELETE FROM refund WHERE payment_id IN (${ended})`).run(before, PRUNED_AT_ONCE);
  const payments = database.prepare(`DELETE FROM payment WHERE payment_id IN (${ended})`).run(before, PRUNED_AT_ONCE);
  return Number(rows.changes) + Number(refunds.changes) + Number(payments.changes);
}
