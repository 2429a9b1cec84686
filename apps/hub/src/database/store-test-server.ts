import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, createSilentLog, createSystemContext } from '@tolem/base';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { migrateDatabase } from './migrate.ts';
import { openPgStore, type PgStore } from './pg-store.ts';

/** One embedded server for a file of tests, and databases in it with the schema of this program. */
export interface StoreTestServer {
  readonly context: Context;
  readonly server: EmbeddedPostgres;
  /** Holds the server's `data/`. */
  readonly folder: string;
  createDatabase(): Promise<pg.ClientConfig>;
  /** Deletes every row but the epoch: much faster than a fresh database. */
  empty(connection: pg.ClientConfig): Promise<void>;
  openStore(connection: pg.ClientConfig): Promise<PgStore>;
  /** One statement outside every store. */
  query(connection: pg.ClientConfig, text: string): Promise<Array<Record<string, unknown>>>;
  stop(): Promise<void>;
}

const TEMPLATE = 'hub_template';
/** Without the foreign keys' triggers, so that the order of the tables does not matter. */
const DELETE_ALL = `
  do $$ declare name text; begin
    set local session_replication_role = replica;
    for name in select tablename from pg_tables where schemaname = 'public' and tablename !~ '^(kysely|hub_meta)' loop
      execute format('delete from %I', name);
    end loop;
    update hub_meta set recovering = false, recovering_since_ms = null, released_by = null, release_reason = null;
  end $$`;

export async function startStoreTestServer(): Promise<StoreTestServer> {
  const context = createSystemContext(createSilentLog());
  const folder = mkdtempSync(join(tmpdir(), 'tolem-store-'));
  const server = await startEmbeddedPostgres({ folder, clock: context.clock, log: context.log });
  await query(server.connection, `create database ${TEMPLATE}`);
  await migrateDatabase({ ...server.connection, database: TEMPLATE });
  const stores: PgStore[] = [];
  let made = 0;
  return {
    context,
    server,
    folder,
    query,
    async createDatabase() {
      const database = `hub_${++made}`;
      await query(server.connection, `create database ${database} template ${TEMPLATE}`);
      return { ...server.connection, database };
    },
    async empty(connection) {
      await query(connection, DELETE_ALL);
    },
    async openStore(connection) {
      const store = await openPgStore({ connection, context, exclusive: false, assertUsable() {} });
      stores.push(store);
      return store;
    },
    async stop() {
      for (const store of stores) await store.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function query(connection: pg.ClientConfig, text: string): Promise<Array<Record<string, unknown>>> {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
