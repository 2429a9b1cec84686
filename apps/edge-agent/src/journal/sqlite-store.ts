import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { assert, type Context } from '@tolem/base';
import type { TerminalTokens } from '@tolem/kaspi-core';
import { EdgeError } from '../edge-error.ts';
import type { EdgeStore, EdgeWriter, JournalOpening } from '../store/edge-store.ts';
import type { TerminalRecord } from '../terminal/terminal-record.ts';
import { prune } from './prune.ts';
import { decode, decodeCase, decodeCommand, decodePayment, decodeRefund } from './record-codec.ts';
import { isDiskFull, storeError } from './sqlite-faults.ts';
import { createSqliteLog, type SqliteLog } from './sqlite-log.ts';
import { createSqliteProcesses } from './sqlite-processes.ts';
import { createSqliteWriter } from './sqlite-writer.ts';

/** Where the file lies: how much room is left, and what can be given up when there is none. */
export interface DiskRoom {
  hasRoom(): boolean;
  /** Frees the ballast, once; `false` when it is gone already. */
  release(): boolean;
  /** Puts the ballast back where there is room again. */
  restore(): void;
}

export interface SqliteStore extends EdgeStore {
  readonly log: SqliteLog;
  /** Lets go of the file as a killed process does: without a word that the stop was tidy. */
  abandon(): void;
}

type Row = Record<string, unknown>;

/** `EdgeStore` on a database that `open-journal.ts` has opened and prepared. */
export function createSqliteStore(parts: {
  database: DatabaseSync;
  context: Context;
  boot: string;
  opening: JournalOpening;
  room: DiskRoom;
  onClose: () => void;
  /** After a tidy stop only. */
  onTidy: () => void;
}): SqliteStore {
  const { database, room } = parts;
  let isOpen = true;
  let inTransaction = false;

  const once = <Result>(work: () => Result): Result => {
    database.exec('BEGIN IMMEDIATE');
    inTransaction = true;
    try {
      const result = work();
      database.exec('COMMIT');
      log.committed();
      return result;
    } catch (error) {
      log.rolledBack();
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    } finally {
      inTransaction = false;
    }
  };
  const transact = <Result>(work: () => Result): Result => {
    if (!isOpen) throw new EdgeError('journal_closed', 'the journal is closed');
    assert(!inTransaction, 'a transaction of the journal inside another');
    try {
      return once(work);
    } catch (error) {
      // What is under way (an answer of the bank) must still be written: the ballast makes room for it.
      if (!isDiskFull(error) || !room.release()) throw storeError(error);
    }
    try {
      return once(work);
    } catch (error) {
      throw storeError(error);
    }
  };
  const log = createSqliteLog({ database, context: parts.context, boot: parts.boot, transact });
  const writer = createSqliteWriter(database, log);
  const one = (sql: string, ...values: SQLInputValue[]): Row | undefined => statement(sql).get(...values);
  const many = (sql: string, ...values: SQLInputValue[]): Row[] => statement(sql).all(...values);
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const statement = (sql: string) => {
    if (!isOpen) throw new EdgeError('journal_closed', 'the journal is closed');
    const found = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, found);
    return found;
  };
  const leave = (): void => {
    isOpen = false;
    database.close();
    parts.onClose();
  };
  return {
    ...readers(one, many),
    log,
    opening: parts.opening,
    transact: (work) => transact(() => work(writer)),
    hasRoom: () => room.hasRoom(),
    restoreRoom: () => room.restore(),
    prune(olderThanMs) {
      const pruned = transact(() => prune(database, log.position(), olderThanMs));
      // The log of the file system is cut while nobody waits, so that it stays short.
      if (pruned === 0) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return pruned;
    },
    abandon: leave,
    close() {
      if (!isOpen) return;
      transact(() => log.saveAck());
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      leave();
      parts.onTidy();
    },
  };
}

type Get = (sql: string, ...values: SQLInputValue[]) => Row | undefined;
type All = (sql: string, ...values: SQLInputValue[]) => Row[];

function readers(
  one: Get,
  many: All,
): Omit<EdgeStore, 'log' | 'opening' | 'transact' | 'hasRoom' | 'restoreRoom' | 'prune' | 'close' | keyof EdgeWriter> {
  const body = <Result>(row: Row | undefined, read: (text: string) => Result): Result | undefined =>
    row === undefined ? undefined : read(String(row.body));
  const bodies = <Result>(rows: Row[], read: (text: string) => Result): Result[] =>
    rows.map((row) => read(String(row.body)));
  return {
    processes: createSqliteProcesses(one),
    payment: (id) => body(one('SELECT body FROM payment WHERE payment_id = ?', id), decodePayment),
    openPayments: () =>
      bodies(many('SELECT body FROM payment WHERE attention = 1 ORDER BY created_at_ms'), decodePayment),
    uncollectedPayments: (sinceMs) =>
      bodies(
        many('SELECT body FROM payment WHERE uncollected_since_ms >= ? ORDER BY uncollected_since_ms', sinceMs),
        decodePayment,
      ),
    searchPayments(filter) {
      const status = filter.status?.map((word) => `'${word}'`).join(', ');
      const rows = many(
        `SELECT body FROM payment WHERE (?1 IS NULL OR order_id = ?1) AND (?2 IS NULL OR payment_id < ?2)
         ${status === undefined ? '' : `AND status IN (${status})`} ORDER BY payment_id DESC LIMIT ?3`,
        filter.orderId ?? null,
        filter.cursor ?? null,
        filter.limit + 1,
      );
      const payments = bodies(rows.slice(0, filter.limit), decodePayment);
      const last = payments.at(-1);
      return rows.length > filter.limit && last ? { payments, nextCursor: last.paymentId } : { payments };
    },
    refund: (id) => body(one('SELECT body FROM refund WHERE refund_id = ?', id), decodeRefund),
    refundsOf: (paymentId) =>
      // Ids that headquarters chose are not in the order of time.
      bodies(many('SELECT body FROM refund WHERE payment_id = ? ORDER BY refund_id', paymentId), decodeRefund).sort(
        (one, other) => one.createdAtMs - other.createdAtMs,
      ),
    openRefunds: () => bodies(many('SELECT body FROM refund WHERE attention = 1 ORDER BY refund_id'), decodeRefund),
    command: (id) => body(one('SELECT body FROM command WHERE command_id = ?', id), decodeCommand),
    openCommands: () => bodies(many('SELECT body FROM command WHERE open = 1 ORDER BY command_id'), decodeCommand),
    key(keyHash) {
      const row = one('SELECT * FROM idempotency_key WHERE key_hash = ?', keyHash);
      if (!row) return undefined;
      const kind = row.kind === 'refund' ? 'refund' : 'payment';
      return {
        keyHash,
        bodyHash: String(row.body_hash),
        kind,
        id: String(row.id),
        createdAtMs: Number(row.created_at_ms),
      };
    },
    terminal: (id) =>
      body(one('SELECT body FROM terminal WHERE terminal_id = ?', id), (text) => decode<TerminalRecord>(text)),
    tokens: (id) =>
      body(one('SELECT body FROM terminal_tokens WHERE terminal_id = ?', id), (text) => decode<TerminalTokens>(text)),
    openCase: (kind, subject) =>
      body(one('SELECT body FROM edge_case WHERE open = 1 AND kind = ? AND subject = ?', kind, subject), decodeCase),
    openCases: () => bodies(many('SELECT body FROM edge_case WHERE open = 1 ORDER BY case_id'), decodeCase),
    meta(name) {
      const value = one('SELECT value FROM meta WHERE name = ?', name)?.value;
      return value === undefined ? undefined : String(value);
    },
  };
}
