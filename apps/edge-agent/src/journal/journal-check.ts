import type { DatabaseSync } from 'node:sqlite';
import { chainHash, chainStart } from '@tolem/proto';
import { isSealed } from './record-codec.ts';
import { readRow } from './sqlite-log.ts';

/** The tables whose records are sealed. */
const SEALED_TABLES = ['payment', 'refund', 'terminal', 'terminal_tokens', 'edge_case'];

/**
 * What is wrong with a journal after an unclean stop, in words; `undefined` when nothing is. The structure by `quick_check`, the
 * records by their seals and the rows by their chain, because a damaged text is a sound page to SQLite.
 */
export function faultOf(database: DatabaseSync): string | undefined {
  const first = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
  if (first !== 'ok') return String(first).slice(0, 120);
  for (const table of SEALED_TABLES) {
    for (const row of database.prepare(`SELECT body FROM ${table}`).iterate()) {
      if (!isSealed(String(row.body))) return `a record of ${table} is not as it was written`;
    }
  }
  return isChainWhole(database) ? undefined : 'a row of the journal is not as it was written';
}

function isChainWhole(database: DatabaseSync): boolean {
  const epoch = String(database.prepare("SELECT value FROM meta WHERE name = 'epoch'").get()?.value ?? '');
  const rows = database.prepare('SELECT * FROM journal WHERE epoch = ? ORDER BY seq');
  let previous: Uint8Array | undefined;
  for (const raw of rows.iterate(epoch)) {
    const row = readRow(raw);
    // The rows before the first one that is kept were removed after the hub had them: its own hash begins the chain.
    const before = previous ?? (row.seq === 1 ? chainStart(epoch) : undefined);
    if (before && !Buffer.from(chainHash(before, row)).equals(row.hash)) return false;
    previous = row.hash;
  }
  return true;
}
