import type { Context } from '@tolem/base';
import type pg from 'pg';
import { openSqlSession, type SqlSession } from './sql-session.ts';
import { isRetriable, leavesConnectionUsable, toStoreFault, unavailable } from './store-fault.ts';

/** How often a transaction that lost against another is run in all; more means that something else is wrong. */
const ATTEMPTS_MAX = 6;
/** Losers wait a little, and each another while, so that they do not meet again. */
const BACKOFF_MS = 10;
/** Callers waiting for a connection; beyond this they are refused at once instead of after the wait. */
const WAITING_MAX = 2_000;

export interface TransactionOptions extends Pick<Context, 'clock' | 'random' | 'log'> {
  pool: pg.Pool;
  /** Throws when this process may not use the database now. */
  assertUsable(): void;
}

export type RunTransaction = <Result>(run: (sql: SqlSession) => Promise<Result>) => Promise<Result>;

/**
 * Runs a function between `begin` and `commit`, again from the start when the server took it back because of another
 * transaction. Read committed: what must not change is read with a lock. A connection that is lost during the commit
 * rejects with `store_unavailable` and `outcome: unknown`; every other rejection means that nothing was stored.
 */
export function createTransactions(options: TransactionOptions): RunTransaction {
  const { clock, random, log } = options;
  return async (run) => {
    for (let attempt = 1; ; attempt++) {
      const outcome = await runOnce(options, run);
      if (outcome.kind === 'done') return outcome.result;
      if (attempt >= ATTEMPTS_MAX) throw toStoreFault(outcome.error);
      log.debug({ attempt, error: outcome.error }, 'a transaction gave way to another one; running it again');
      await clock.sleep(BACKOFF_MS * 2 ** attempt * random.fraction());
    }
  };
}

type Outcome<Result> = { kind: 'done'; result: Result } | { kind: 'again'; error: unknown };

async function runOnce<Result>(
  { pool, assertUsable }: TransactionOptions,
  run: (sql: SqlSession) => Promise<Result>,
): Promise<Outcome<Result>> {
  assertUsable();
  if (pool.waitingCount >= WAITING_MAX) throw unavailable('too many callers wait for the database');
  const client = await begin(pool);
  const session = openSqlSession(client);
  let result: Result;
  try {
    result = await run(session);
    if (session.failure) throw toStoreFault(session.failure.error);
  } catch (error) {
    session.close();
    const { failure } = session;
    await rollBack(client, failure?.error);
    if (failure && isRetriable(failure.error)) return { kind: 'again', error: failure.error };
    throw error;
  }
  session.close();
  return commit(client, result);
}

async function begin(pool: pg.Pool): Promise<pg.PoolClient> {
  let client: pg.PoolClient | undefined;
  try {
    client = await pool.connect();
    await client.query('begin');
    return client;
  } catch (error) {
    client?.release(true);
    throw toStoreFault(error);
  }
}

async function commit<Result>(client: pg.PoolClient, result: Result): Promise<Outcome<Result>> {
  try {
    const { command } = await client.query('commit');
    // The server answers ROLLBACK to the commit of a transaction that it has given up.
    if (command !== 'COMMIT') throw unavailable('the database dropped the transaction', undefined, { outcome: 'none' });
  } catch (error) {
    const isDefinite = leavesConnectionUsable(error);
    client.release(!isDefinite);
    if (isRetriable(error)) return { kind: 'again', error };
    throw toStoreFault(error, isDefinite ? 'none' : 'unknown');
  }
  client.release();
  return { kind: 'done', result };
}

/** Gives the connection back clean, or drops it: the server then takes the transaction back by itself. */
async function rollBack(client: pg.PoolClient, failure: unknown): Promise<void> {
  if (failure !== undefined && !leavesConnectionUsable(failure)) {
    client.release(true);
    return;
  }
  try {
    await client.query('rollback');
    client.release();
  } catch {
    client.release(true);
  }
}
