import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Context } from '@tolem/base';
import { EdgeError, isEdgeError } from '../edge-error.ts';
import type { JournalOpening } from '../store/edge-store.ts';
import { createDiskRoom, endlessRoom } from './disk-room.ts';
import { faultOf } from './journal-check.ts';
import { lockJournal } from './journal-lock.ts';
import { createJournalMark } from './journal-mark.ts';
import { SAVED_TABLES, type Salvage, salvage } from './salvage.ts';
import { prepare, SCHEMA_VERSION, versionOf } from './schema.ts';
import { isDamage, onceMore } from './sqlite-faults.ts';
import { createSqliteStore, type SqliteStore } from './sqlite-store.ts';

export interface OpenJournal {
  /** `:memory:` for a journal without a disk. */
  folder: string;
  context: Context;
  boot: string;
}

/**
 * Opens `journal.db`, or begins it. After an unclean stop the file is checked first; one that is damaged is moved aside,
 * what can be read of it is carried into a new one under a new epoch, and `opening` says so.
 * Throws `journal_locked` and `journal_unusable`.
 */
export function openJournal(options: OpenJournal): SqliteStore {
  const { folder, context } = options;
  if (folder === ':memory:') {
    const database = new DatabaseSync(':memory:', { readBigInts: true });
    prepare(database);
    return finish(options, { database, opening: { found: 'created', wasUnclean: false } });
  }
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  const lock = lockJournal(folder);
  const mark = createJournalMark(folder);
  const file = join(folder, 'journal.db');
  const open = (opened: Opened): SqliteStore => {
    const database = opened.database ?? openFile(file);
    const store = finish(options, { ...opened, database, onClose: () => lock.release(), onTidy: () => mark.close() });
    mark.open(store.log.position().epoch);
    return store;
  };
  try {
    const was = mark.read();
    mark.open(was.epoch);
    const opened = existsSync(file)
      ? openExisting(file, context, !was.isClosed)
      : { opening: openingOfNothing(was.epoch) };
    try {
      return onceMore(() => {
        try {
          return open(opened);
        } catch (error) {
          // Whoever tries again opens the file anew.
          closeQuietly(opened.database);
          delete opened.database;
          throw error;
        }
      });
    } catch (error) {
      if (!isDamage(error) && !isEdgeError(error, 'journal_unusable')) throw error;
      return open(moveAside(file, context, error instanceof Error ? error.message : 'unreadable'));
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

function closeQuietly(database: DatabaseSync | undefined): void {
  if (database?.isOpen) database.close();
}

interface Opened {
  opening: JournalOpening;
  database?: DatabaseSync;
  saved?: Salvage;
}

function openingOfNothing(epoch: string): JournalOpening {
  if (epoch === '') return { found: 'created', wasUnclean: false };
  return { found: 'lost', wasUnclean: true, detail: `epoch ${epoch} is gone` };
}

function openExisting(file: string, context: Context, wasUnclean: boolean): Opened {
  try {
    const { database, fault } = onceMore(() => openChecked(file, wasUnclean));
    if (fault === undefined) return { database, opening: { found: 'intact', wasUnclean } };
    database.close();
    return moveAside(file, context, fault);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return moveAside(file, context, error instanceof Error ? error.message : 'unreadable');
  }
}

function openChecked(file: string, wasUnclean: boolean): { database: DatabaseSync; fault: string | undefined } {
  const database = openFile(file);
  try {
    return { database, fault: wasUnclean ? faultOf(database) : undefined };
  } catch (error) {
    closeQuietly(database);
    throw error;
  }
}

function openFile(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readBigInts: true });
  const version = versionOf(database);
  if (version > SCHEMA_VERSION) {
    database.close();
    throw new EdgeError('journal_unusable', `${file} was written by a newer tolem-agent: install that one again`);
  }
  prepare(database);
  return database;
}

function moveAside(file: string, context: Context, fault: string): Opened {
  const saved = salvage(file);
  const stamp = new Date(context.clock.nowMs()).toISOString().replaceAll(/[:.]/g, '-');
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${file}.damaged-${stamp}${suffix}`);
  }
  context.log.error({ fault, rows: saved.rows.length }, 'the journal was damaged; it was moved aside and begun anew');
  return { saved, opening: { found: 'damaged', wasUnclean: true, detail: fault } };
}

function finish(
  options: OpenJournal,
  parts: {
    database: DatabaseSync;
    opening: JournalOpening;
    saved?: Salvage;
    onClose?: () => void;
    onTidy?: () => void;
  },
): SqliteStore {
  const { database, opening, saved } = parts;
  const room = options.folder === ':memory:' ? endlessRoom : createDiskRoom(options.folder);
  room.restore();
  if (saved) carryOver(database, saved);
  const { context, boot } = options;
  const { onClose = () => {}, onTidy = () => {} } = parts;
  const store = createSqliteStore({ database, context, boot, opening, room, onClose, onTidy });
  // Before anything else: a process that ends now must not leave a journal that looks like a new one.
  if (opening.found === 'damaged' || opening.found === 'lost') {
    store.transact((writer) => writer.putMeta('resume', 'wanted'));
  }
  if (opening.found !== 'intact' || !store.log.hasRows()) {
    store.log.beginEpoch(opening.found === 'intact' ? 'created' : opening.found, opening.detail ?? '');
  }
  return store;
}

/** What was saved goes in as it was; rows that the hub did not have follow in the new epoch (`beginEpoch` takes them along). */
function carryOver(database: DatabaseSync, saved: Salvage): void {
  database.exec('PRAGMA foreign_keys = OFF');
  database.exec('BEGIN IMMEDIATE');
  for (const table of SAVED_TABLES) {
    for (const row of saved.tables[table] ?? []) {
      const columns = Object.keys(row);
      const marks = columns.map(() => '?').join(', ');
      database
        .prepare(`INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${marks})`)
        .run(...(Object.values(row) as string[]));
    }
  }
  const insert = database.prepare('INSERT OR IGNORE INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const epoch = saved.previousEpoch ?? '';
  for (const row of saved.rows) {
    insert.run(epoch, row.seq, row.eventId, row.kind, row.payload, row.atMs, row.monoMs, row.boot, row.hash);
  }
  const meta = database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)');
  meta.run('epoch', epoch);
  meta.run('acknowledged', String(saved.acknowledged));
  database.exec('COMMIT');
  database.exec('PRAGMA foreign_keys = ON');
}
