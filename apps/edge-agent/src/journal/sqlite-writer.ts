import type { DatabaseSync } from 'node:sqlite';
import { needsAttention, type PaymentRecord } from '../payment/payment-record.ts';
import { type RefundRecord, refundNeedsAttention } from '../refund/refund-record.ts';
import type { EdgeWriter } from '../store/edge-store.ts';
import { caseFactOf, paymentFactOf, refundFactOf, terminalFactOf } from './fact-of.ts';
import { decode, encode } from './record-codec.ts';
import type { SqliteLog } from './sqlite-log.ts';

/** The writes of a transaction: an entity and its fact, together. */
export function createSqliteWriter(database: DatabaseSync, log: SqliteLog): EdgeWriter {
  const payment = database.prepare(
    `INSERT INTO payment VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (payment_id) DO UPDATE SET status = excluded.status,
     attention = excluded.attention, uncollected_since_ms = excluded.uncollected_since_ms, paid_tiyn = excluded.paid_tiyn,
     body = excluded.body`,
  );
  const refund = database.prepare(
    `INSERT INTO refund VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (refund_id) DO UPDATE SET status = excluded.status,
     attention = excluded.attention, amount_tiyn = excluded.amount_tiyn, body = excluded.body`,
  );
  const key = database.prepare('INSERT INTO idempotency_key VALUES (?, ?, ?, ?, ?) ON CONFLICT (key_hash) DO NOTHING');
  const terminal = database.prepare(
    'INSERT INTO terminal VALUES (?, ?) ON CONFLICT (terminal_id) DO UPDATE SET body = excluded.body',
  );
  const tokens = database.prepare(
    'INSERT INTO terminal_tokens VALUES (?, ?) ON CONFLICT (terminal_id) DO UPDATE SET body = excluded.body',
  );
  const entry = database.prepare(
    'INSERT INTO edge_case VALUES (?, ?, ?, ?, ?) ON CONFLICT (case_id) DO UPDATE SET open = excluded.open, body = excluded.body',
  );
  const process = database.prepare(
    `INSERT INTO drop_in_process VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (process_id) DO UPDATE SET
     transaction_id = excluded.transaction_id, told = excluded.told, body = excluded.body`,
  );
  const command = database.prepare(
    'INSERT INTO command VALUES (?, ?, ?, ?) ON CONFLICT (command_id) DO UPDATE SET open = excluded.open, body = excluded.body',
  );
  const meta = database.prepare(
    'INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  const writePayment = (record: PaymentRecord): void => {
    const isUncollected = record.status === 'paid' && record.collectedAtMs === undefined && record.restored !== true;
    payment.run(
      record.paymentId,
      record.createdAtMs,
      record.orderId ?? null,
      record.status,
      needsAttention(record) ? 1 : 0,
      isUncollected ? (record.paidAtMs ?? record.updatedAtMs) : null,
      record.status === 'paid' ? (record.amountPaid ?? record.amount).tiyn : 0n,
      encode(record),
    );
  };
  const writeRefund = (record: RefundRecord): void =>
    void refund.run(
      record.refundId,
      record.paymentId,
      record.owner,
      record.status,
      refundNeedsAttention(record) ? 1 : 0,
      record.amount.tiyn,
      encode(record),
    );
  return {
    restorePayment: writePayment,
    putPayment(record) {
      writePayment(record);
      log.append('payment', paymentFactOf(record));
    },
    restoreRefund: writeRefund,
    putRefund(record) {
      writeRefund(record);
      log.append('refund', refundFactOf(record));
    },
    tellRefund: (record) => log.append('refund', refundFactOf(record)),
    putCommand(record) {
      const isOpen = record.state === 'claiming' || record.state === 'claimed';
      command.run(record.commandId, record.refundId, isOpen ? 1 : 0, encode(record));
    },
    putKey: (record) =>
      void key.run(record.keyHash, record.bodyHash, record.kind, record.id, Math.floor(record.createdAtMs)),
    putTerminal(record) {
      const before = database.prepare('SELECT body FROM terminal WHERE terminal_id = ?').get(record.terminalId)?.body;
      terminal.run(record.terminalId, encode(record));
      if (isNews(before, record)) log.append('terminal', terminalFactOf(record));
    },
    putCase(record) {
      entry.run(record.caseId, record.kind, record.subject, record.open ? 1 : 0, encode(record));
      log.append('case', caseFactOf(record));
    },
    putProcess: (record) =>
      void process.run(
        record.processId,
        record.kind,
        record.address,
        record.asked,
        record.keyHash,
        record.transactionId ?? null,
        record.told ? 1 : 0,
        encode(record),
      ),
    putTokens: (terminalId, pair) => void tokens.run(terminalId, encode(pair)),
    putMeta: (name, value) => void meta.run(name, value),
  };
}

/** The hub hears of blocks and releases; which operation is open is told by that operation's own facts. */
function isNews(before: unknown, record: Parameters<typeof terminalFactOf>[0]): boolean {
  const { openOperation: _, ...now } = record;
  if (typeof before !== 'string') return now.blocked !== undefined || now.unresolved !== undefined;
  const { openOperation: __, ...then } = decode<typeof record>(before);
  return now.blocked !== then.blocked || now.unresolved !== then.unresolved;
}
