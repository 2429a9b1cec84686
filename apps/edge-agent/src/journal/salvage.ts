import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { chainHash } from '@tolem/proto';
import type { JournalRow } from '../store/journal-log.ts';
import { isSealed } from './record-codec.ts';
import { readRow } from './sqlite-log.ts';

/** What could still be read of a damaged journal. Keys above all: a key that is known can never start a second payment. */
export interface Salvage {
  previousEpoch?: string;
  acknowledged: number;
  /** Rows whose hash is right, that the hub had not acknowledged. */
  rows: JournalRow[];
  /** Rows of the other tables, as they were. */
  tables: Record<string, Array<Record<string, unknown>>>;
}

/** The tables that are worth saving, in an order in which they can be written again. */
export const SAVED_TABLES = [
  'payment',
  'refund',
  'idempotency_key',
  'terminal',
  'terminal_tokens',
  'edge_case',
  'drop_in_process',
  'command',
];

/** Reads row by row as far as the file lets itself be read; never throws. */
export function salvage(path: string): Salvage {
  const found: Salvage = { acknowledged: 0, rows: [], tables: {} };
  attempt(() => {
    const database = new DatabaseSync(path, { readOnly: true, readBigInts: true });
    const meta = (name: string) =>
      attempt(() => database.prepare('SELECT value FROM meta WHERE name = ?').get(name)?.value);
    const epoch = meta('epoch');
    if (typeof epoch === 'string') found.previousEpoch = epoch;
    found.acknowledged = Number(meta('acknowledged') ?? 0);
    attempt(() => readRows(database, found));
    for (const table of SAVED_TABLES) found.tables[table] = readTable(database, table);
    database.close();
  });
  return found;
}

function readRows(database: DatabaseSync, found: Salvage): void {
  const select = database.prepare('SELECT * FROM journal WHERE epoch = ? AND seq >= ? ORDER BY seq');
  let before: JournalRow | undefined;
  for (const raw of select.iterate(found.previousEpoch ?? '', found.acknowledged)) {
    const row = readRow(raw);
    const isRight = before === undefined || isDeepStrictEqual(new Uint8Array(row.hash), chainHash(before.hash, row));
    if (!isRight) return;
    before = row;
    if (row.seq > found.acknowledged) found.rows.push(row);
  }
}

function readTable(database: DatabaseSync, table: string): Array<Record<string, unknown>> {
  const rows: Array<Record<string, unknown>> = [];
  attempt(() => {
    for (const row of database.prepare(`SELECT * FROM ${table}`).iterate()) {
      if (typeof row.body !== 'string' || isSealed(row.body)) rows.push(row);
    }
  });
  return rows;
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
