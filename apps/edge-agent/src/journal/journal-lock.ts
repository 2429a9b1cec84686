import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EdgeError } from '../edge-error.ts';
import { isBusy } from './sqlite-faults.ts';

/**
 * Keeps a second process out of the folder for as long as this one lives: a lock of the operating system on a file of its
 * own, so that it holds while the journal is moved aside and is gone with the process, however it ends.
 */
export function lockJournal(folder: string): { release(): void } {
  const database = new DatabaseSync(join(folder, 'journal.lock'));
  try {
    database.exec('PRAGMA busy_timeout = 0');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw cause;
    throw new EdgeError(
      'journal_locked',
      `another tolem-agent uses ${folder}: stop it, or give this one its own --data`,
      {
        cause,
      },
    );
  }
  return { release: () => database.close() };
}
