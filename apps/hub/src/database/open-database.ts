import { join } from 'node:path';
import type { Context } from '@tolem/base';
import pg from 'pg';
import { HubError } from '../hub-error.ts';
import type { Store } from '../store/store.ts';
import { type DatabaseConfig, readConnection } from './connection-settings.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { migrateDatabase } from './migrate.ts';
import { openPgStore } from './pg-store.ts';
import { openStandingConnection, type StandingConnection } from './standing-connection.ts';
import { unavailable } from './store-fault.ts';

/** The hub's database, ready for use: its schema is this program's. */
export interface Database {
  readonly store: Store;
  /** Applies what is missing (nothing, after the opening) and returns the names of what it applied. */
  migrate(): Promise<string[]>;
  /** Closes the store, then stops the embedded server. */
  close(): Promise<void>;
}

/** The lock of the one hub that may use an embedded server, by the name of its first word and nothing else. */
const OWNER_LOCK = "pg_try_advisory_lock(hashtext('tolem-hub'), hashtext('owner'))";
/** A killed hub's connections end within moments of it. */
const OWNER_WAIT_MS = 3_000;
const OWNER_LOOK_MS = 100;

/**
 * Opens the embedded server in `dataDir/postgres`, or a server by its address, and brings the schema up to date. Rejects
 * with `already_running` when another hub holds the data folder, `database_start` for everything that a person must
 * change, `file_unreadable` for the password file.
 */
export async function openDatabase(
  config: DatabaseConfig,
  options: { dataDir: string; context: Context },
): Promise<Database> {
  return config.url === 'embedded' ? openEmbedded(options) : openShared(config, options.context);
}

async function openShared(config: DatabaseConfig, context: Context): Promise<Database> {
  const connection = readConnection(config);
  await refuseWeakServer(connection);
  await migrateDatabase(connection);
  const store = await openPgStore({ connection, context, exclusive: false, assertUsable() {} });
  return { store, migrate: () => migrateDatabase(connection), close: () => store.close() };
}

async function openEmbedded({ dataDir, context }: { dataDir: string; context: Context }): Promise<Database> {
  const { clock, log } = context;
  const server = await startEmbeddedPostgres({ folder: join(dataDir, 'postgres'), clock, log });
  const { connection } = server;
  let doubt = (): void => {};
  let owner: StandingConnection | undefined;
  try {
    const held = await holdOwnerLock(connection, context, () => doubt());
    owner = held;
    await migrateDatabase(connection);
    const assertUsable = (): void => {
      if (!held.isUp()) throw unavailable('the embedded database is coming back', undefined, { outcome: 'none' });
    };
    const store = await openPgStore({ connection, context, exclusive: true, assertUsable });
    doubt = store.doubt;
    return {
      store,
      migrate: () => migrateDatabase(connection),
      async close() {
        await store.close();
        await held.close();
        await server.stop();
      },
    };
  } catch (error) {
    await owner?.close();
    const isOthers = error instanceof HubError && error.code === 'already_running';
    await (isOthers ? server.release() : server.stop());
    throw error;
  }
}

/** A session lock for as long as this hub runs; after a restart of the server it is taken again before anything is stored. */
function holdOwnerLock(
  connection: pg.ClientConfig,
  { clock, log }: Pick<Context, 'clock' | 'log'>,
  onReturned: () => void,
): Promise<StandingConnection> {
  const prepare = async (client: pg.Client): Promise<void> => {
    const until = clock.monoMs() + OWNER_WAIT_MS;
    for (;;) {
      const { rows } = await client.query<{ held: boolean }>(`select ${OWNER_LOCK} as held`);
      if (rows[0]?.held === true) return;
      if (clock.monoMs() > until) throw new HubError('already_running', 'another hub runs on this data folder');
      await clock.sleep(OWNER_LOOK_MS);
    }
  };
  return openStandingConnection({ connection, clock, log, purpose: 'owner of the data folder', prepare, onReturned });
}

/** What was committed must survive a power cut; the embedded server is always started so. */
async function refuseWeakServer(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  try {
    await client.connect();
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      const { rows } = await client.query<{ value: string }>('select current_setting($1) as value', [setting]);
      if (rows[0]?.value !== 'off') continue;
      throw new HubError('database_start', `the database server runs with ${setting} = off, which loses payments`);
    }
  } catch (error) {
    if (error instanceof HubError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new HubError('database_start', `the database cannot be reached: ${why}`, { cause: error });
  } finally {
    await client.end().catch(() => {});
  }
}
