import { Kysely, PostgresDialect, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import { HubError } from '../hub-error.ts';
import { hubSchema } from './migrations/0001-hub.ts';
import { invoiceSchema } from './migrations/0002-invoice.ts';
import { schemesSchema } from './migrations/0003-schemes.ts';
import { commandSchema } from './migrations/0004-commands.ts';
import { webhooksSchema } from './migrations/0005-webhooks.ts';
import { paymentKeysSchema } from './migrations/0007-payment-keys.ts';
import { webhookOwnersSchema } from './migrations/0008-webhook-owners.ts';
import { silentRefundsSchema } from './migrations/0009-silent-refunds.ts';

/** In order of their names, which the database remembers. A migration that was released is never edited. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-hub': statements(hubSchema),
  '0002-invoice': statements(invoiceSchema),
  '0003-schemes': statements(schemesSchema),
  '0004-commands': statements(commandSchema),
  '0005-webhooks': statements(webhooksSchema),
  '0007-payment-keys': statements(paymentKeysSchema),
  '0008-webhook-owners': statements(webhookOwnersSchema),
  '0009-silent-refunds': statements(silentRefundsSchema),
};

/**
 * Brings the schema up to this program's version and returns the names of what was applied. Hubs that start together do it
 * one after the other, under the migrator's advisory lock. A schema that is newer than the program is refused.
 */
export async function migrateDatabase(connection: pg.ClientConfig): Promise<string[]> {
  const pool = new pg.Pool({ ...connection, max: 1, application_name: 'tolem-hub migration' });
  pool.on('error', () => {});
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    await refuseNewerSchema(db);
    const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
    const { error, results = [] } = await migrator.migrateToLatest();
    const failed = results.find((one) => one.status === 'Error');
    if (error !== undefined) throw notMigrated(`the migration ${failed?.migrationName ?? ''} failed`, error);
    return results.map((one) => one.migrationName);
  } catch (error) {
    throw error instanceof HubError ? error : notMigrated('the database cannot be migrated', error);
  } finally {
    await db.destroy();
  }
}

async function refuseNewerSchema(db: Kysely<unknown>): Promise<void> {
  const { rows: tables } = await sql<{ present: boolean }>`
    select to_regclass('kysely_migration') is not null as present`.execute(db);
  if (tables[0]?.present !== true) return;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  const unknown = rows.map((one) => one.name).filter((name) => !(name in migrations));
  if (unknown.length === 0) return;
  throw new HubError(
    'database_start',
    `the database was written by a newer Tolem (it has ${unknown.join(', ')}): install that version or a later one`,
  );
}

function statements(text: string): Migration {
  return { up: async (db) => void (await sql.raw(text).execute(db)) };
}

function notMigrated(message: string, cause: unknown): HubError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new HubError('database_start', `${message}: ${detail}`, { cause });
}
