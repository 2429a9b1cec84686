import type { Context } from '@tolem/base';
import pg from 'pg';
import type { HubChange } from '../hub-core.ts';
import { isHubError } from '../hub-error.ts';
import type { Store, StoreTransaction } from '../store/store.ts';
import { pgAgents } from './pg-agents.ts';
import { pgCases } from './pg-cases.ts';
import { pgCommands } from './pg-commands.ts';
import { pgDevices } from './pg-devices.ts';
import { type HintBus, openHintBus } from './pg-hints.ts';
import { pgJournal } from './pg-journal.ts';
import { pgLeases, pgMeta } from './pg-leases.ts';
import { pgLookups } from './pg-lookups.ts';
import { pgPayments } from './pg-payments.ts';
import { pgRefundSessions } from './pg-refund-sessions.ts';
import { pgRefunds } from './pg-refunds.ts';
import { pgWebhooks } from './pg-webhooks.ts';
import { toNumber } from './row-codec.ts';
import type { SqlSession } from './sql-session.ts';
import { toStoreFault } from './store-fault.ts';
import { createTransactions } from './transactions.ts';

export interface PgStoreOptions {
  connection: pg.ClientConfig;
  context: Context;
  /** No other hub can use this database: nobody else needs hints. */
  exclusive: boolean;
  /** Throws when this process may not use the database now. */
  assertUsable(): void;
}

/** A Store over PostgreSQL, with what its opener may tell it. */
export interface PgStore extends Store {
  /** Something may have changed unseen: passes `reconnected` on. */
  doubt(): void;
}

/**
 * Connections of one hub. The embedded server takes 60; beyond some twenty the commits of a small machine only queue
 * elsewhere.
 */
const CONNECTIONS_MAX = 20;
/** How long a caller waits for a connection; a till's own patience is about three times that. */
const CONNECT_LIMIT_MS = 5_000;
/** Kept open, with their prepared statements, over a quiet while. */
const IDLE_LIMIT_MS = 300_000;
/** No statement of ours takes longer than a fraction of a second, unless it waits for a lock. */
const STATEMENT_LIMIT_MS = 10_000;
const LOCK_LIMIT_MS = 5_000;
/** For a server that stands still: beyond its own limits the connection is dropped. */
const ANSWER_LIMIT_MS = 15_000;
/** Nothing but the store is awaited inside a transaction. */
const IDLE_IN_TRANSACTION_LIMIT_MS = 10_000;
/** At the end connections in use get this long. */
const CLOSE_LIMIT_MS = 5_000;

export async function openPgStore({ connection, context, exclusive, assertUsable }: PgStoreOptions): Promise<PgStore> {
  const { clock, random, log } = context;
  const pool = openPool(connection, context, CONNECTIONS_MAX);
  const urgentPool = openPool(connection, context, 1);
  const runTransaction = createTransactions({ pool, clock, random, log, assertUsable });
  const runUrgent = createTransactions({ pool: urgentPool, clock, random, log, assertUsable });
  let hints: HintBus;
  try {
    hints = await openHintBus(exclusive ? undefined : { pool, connection, context }, log);
  } catch (error) {
    await Promise.all([pool.end(), urgentPool.end()]);
    throw toStoreFault(error);
  }
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await hints.close();
    const ends = [pool, urgentPool].map((one) => one.end().catch(() => {}));
    await Promise.race([Promise.all(ends), clock.sleep(CLOSE_LIMIT_MS)]);
  };
  return {
    exclusive,
    async transaction(run, options) {
      const runWith = options?.urgent === true ? runUrgent : runTransaction;
      let changes: HubChange[] = [];
      try {
        const result = await runWith((sql) => {
          changes = [];
          return run(openTransaction(sql, changes));
        });
        hints.publish(changes);
        return result;
      } catch (error) {
        if (isHubError(error, 'store_unavailable') && error.ids.outcome === 'unknown') hints.publishDoubt();
        throw error;
      }
    },
    async nowMs() {
      try {
        const { rows } = await pool.query<{ now: bigint }>(
          'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now',
        );
        return toNumber(rows[0]?.now, 'now');
      } catch (error) {
        throw toStoreFault(error);
      }
    },
    onHint: hints.onHint,
    doubt: hints.publishDoubt,
    close: () => (closing ??= close()),
  };
}

function openTransaction(sql: SqlSession, changes: HubChange[]): StoreTransaction {
  return {
    meta: pgMeta(sql),
    leases: pgLeases(sql),
    payments: pgPayments(sql),
    refunds: pgRefunds(sql),
    commands: pgCommands(sql),
    refundSessions: pgRefundSessions(sql),
    devices: pgDevices(sql),
    agents: pgAgents(sql),
    journal: pgJournal(sql),
    cases: pgCases(sql),
    lookups: pgLookups(sql),
    webhooks: pgWebhooks(sql),
    hint: (change) => void changes.push(change),
  };
}

function openPool(connection: pg.ClientConfig, { log }: Pick<Context, 'log'>, max: number): pg.Pool {
  const pool = new pg.Pool({
    ...connection,
    application_name: 'tolem-hub',
    max,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    idleTimeoutMillis: IDLE_LIMIT_MS,
    statement_timeout: STATEMENT_LIMIT_MS,
    lock_timeout: LOCK_LIMIT_MS,
    query_timeout: ANSWER_LIMIT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_LIMIT_MS,
    keepAlive: true,
    types: { getTypeParser },
  });
  pool.on('error', (error) => log.debug({ error }, 'an idle connection to the database ended'));
  // A connection in use that ends between two statements is noticed by the next one.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** int8 as `bigint`: money is never a double. Everything else as the driver does it. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.INT8 ? (text: string) => BigInt(text) : pg.types.getTypeParser(oid, format as 'text');
