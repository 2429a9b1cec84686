import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemClock } from '@tolem/base';
import { startEmbeddedPostgres } from '../database/embedded-postgres.ts';
import { migrateDatabase } from '../database/migrate.ts';
import { dumpSchema } from '../database/schema-dump.ts';

/** Writes `apps/hub/schema.sql` from the migrations, by way of a database of its own. */
const folder = mkdtempSync(join(tmpdir(), 'tolem-schema-'));
const server = await startEmbeddedPostgres({ folder, clock: createSystemClock(), log: createSilentLog() });
try {
  await migrateDatabase(server.connection);
  writeFileSync(new URL('../../schema.sql', import.meta.url), await dumpSchema(server.connection));
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
