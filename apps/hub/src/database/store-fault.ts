import pg from 'pg';
import { HubError } from '../hub-error.ts';

/** A unique index refused the row. */
const UNIQUE_VIOLATION = '23505';
/** The other side of a lock won; the transaction may be run again as a whole. */
const RETRIABLE = new Set(['40001', '40P01']);
/** Errors in our statements and schema: a bug, never an operating state. */
const BUG_CLASS = '42';
/** Constraints (23), and values that no column can hold (22): too long a number, a NUL character. */
const REFUSAL_CLASSES = new Set(['22', '23', '54']);

/** Whether the server has taken the transaction back because of another one, so that running it again may succeed. */
export function isRetriable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && RETRIABLE.has(error.code ?? '');
}

/** Whether the server itself answered with a refusal after which the connection is as good as before. */
export function leavesConnectionUsable(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  return error.severity === 'ERROR';
}

/**
 * The driver's failure in the words of the port. `outcome` tells what became of the transaction: `none` before its commit
 * was sent, `unknown` when the connection went away during it. Errors in our own statements stay as they are.
 */
export function toStoreFault(error: unknown, outcome: 'none' | 'unknown' = 'none'): unknown {
  if (error instanceof HubError) return error;
  if (!(error instanceof pg.DatabaseError)) {
    return unavailable('the database cannot be reached', error, { outcome });
  }
  const { code: sqlState = '', constraint, column } = error;
  const ids = { sqlState, constraint, column };
  if (sqlState === UNIQUE_VIOLATION) {
    return new HubError('store_conflict', `a unique index refused the row: ${constraint}`, { cause: error, ids });
  }
  if (REFUSAL_CLASSES.has(sqlState.slice(0, 2))) {
    const by = constraint ?? column ?? sqlState;
    return new HubError('store_constraint', `a constraint refused the row: ${by}`, { cause: error, ids });
  }
  if (sqlState.startsWith(BUG_CLASS)) return error;
  return unavailable(`the database answers ${sqlState}: ${error.message}`, error, { outcome, sqlState });
}

export function unavailable(message: string, cause?: unknown, ids: Record<string, string> = {}): HubError {
  return new HubError('store_unavailable', message, { cause, ids });
}
