import type { DatabaseSync } from 'node:sqlite';

/** Grows with every change of the tables; a file of another version is not touched. */
export const SCHEMA_VERSION = 3;

/** Entities are JSON in `body`; beside it stand the columns that are searched by or that a constraint needs. */
const TABLES = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE journal (
  epoch TEXT NOT NULL, seq INTEGER NOT NULL, event_id TEXT NOT NULL, kind TEXT NOT NULL, payload BLOB NOT NULL,
  at_ms INTEGER NOT NULL, mono_ms REAL NOT NULL, boot TEXT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE payment (
  payment_id TEXT PRIMARY KEY, created_at_ms INTEGER NOT NULL, order_id TEXT, status TEXT NOT NULL,
  attention INTEGER NOT NULL, uncollected_since_ms INTEGER, paid_tiyn INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_attention ON payment (created_at_ms) WHERE attention = 1;
CREATE INDEX payment_uncollected ON payment (uncollected_since_ms) WHERE uncollected_since_ms IS NOT NULL;
CREATE INDEX payment_order ON payment (order_id, payment_id) WHERE order_id IS NOT NULL;
CREATE TABLE refund (
  refund_id TEXT PRIMARY KEY, payment_id TEXT NOT NULL REFERENCES payment (payment_id), owner TEXT NOT NULL,
  status TEXT NOT NULL, attention INTEGER NOT NULL, amount_tiyn INTEGER NOT NULL CHECK (amount_tiyn > 0),
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refund_payment ON refund (payment_id);
CREATE INDEX refund_attention ON refund (refund_id) WHERE attention = 1;
CREATE TABLE idempotency_key (
  key_hash TEXT PRIMARY KEY, body_hash TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE terminal (terminal_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE terminal_tokens (terminal_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE edge_case (
  case_id TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, open INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX edge_case_open ON edge_case (kind, subject) WHERE open = 1;
`;

/** Since version 2: the processes of the drop-in LAN API, which are never deleted. */
const PROCESSES = `
CREATE TABLE drop_in_process (
  process_id TEXT PRIMARY KEY, kind TEXT NOT NULL, address TEXT NOT NULL, asked TEXT NOT NULL, key_hash TEXT NOT NULL,
  transaction_id TEXT, told INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX drop_in_process_asked ON drop_in_process (kind, address, asked);
CREATE INDEX drop_in_process_transaction ON drop_in_process (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX drop_in_process_untold ON drop_in_process (key_hash) WHERE told = 0;
`;

/** Since version 3: what headquarters asked for, never deleted, so that nothing is done twice. */
const COMMANDS = `
CREATE TABLE command (
  command_id TEXT PRIMARY KEY, refund_id TEXT NOT NULL, open INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX command_open ON command (command_id) WHERE open = 1;
CREATE TRIGGER command_stays BEFORE DELETE ON command BEGIN SELECT RAISE(ABORT, 'commands are never deleted'); END;
`;

/**
 * Refunds of a terminal payment, those in flight and unknown included, never exceed what was paid. The hub has the same
 * constraint for the payments that it owns.
 */
const REFUND_SUM = (event: string) => `
CREATE TRIGGER refund_sum_${event.toLowerCase()} AFTER ${event} ON refund WHEN NEW.owner = 'agent'
BEGIN
  SELECT RAISE(ABORT, 'refund_exceeds_payment')
  WHERE (SELECT sum(amount_tiyn) FROM refund WHERE payment_id = NEW.payment_id AND status <> 'declined')
      > (SELECT paid_tiyn FROM payment WHERE payment_id = NEW.payment_id);
END;
`;

const KEYS_STAY = `
CREATE TRIGGER idempotency_key_stays BEFORE DELETE ON idempotency_key BEGIN SELECT RAISE(ABORT, 'keys are never deleted'); END;
`;

/** Durability and memory settings, then the tables where there are none [reliability: edge storage recipe]. */
export function prepare(database: DatabaseSync): void {
  database.exec('PRAGMA busy_timeout = 5000');
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA foreign_keys = ON');
  database.exec('PRAGMA wal_autocheckpoint = 200');
  database.exec('PRAGMA temp_store = MEMORY');
  const version = versionOf(database);
  if (version >= SCHEMA_VERSION) return;
  database.exec('BEGIN IMMEDIATE');
  if (version < 1) database.exec(TABLES + REFUND_SUM('INSERT') + REFUND_SUM('UPDATE') + KEYS_STAY);
  if (version < 2) database.exec(PROCESSES);
  if (version < 3) database.exec(COMMANDS);
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  database.exec('COMMIT');
}

export function versionOf(database: DatabaseSync): number {
  const row = database.prepare('PRAGMA user_version').get();
  return Number(row?.user_version ?? 0);
}
