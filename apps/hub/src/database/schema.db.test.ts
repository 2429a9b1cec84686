import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrateDatabase } from './migrate.ts';
import { dumpSchema } from './schema-dump.ts';
import { type StoreTestServer, startStoreTestServer } from './store-test-server.ts';

let server: StoreTestServer;
beforeAll(async () => {
  server = await startStoreTestServer();
});
afterAll(() => server.stop());

test('schema.sql is what the migrations make', async () => {
  const written = readFileSync(new URL('../../schema.sql', import.meta.url), 'utf8');
  expect(await dumpSchema(await server.createDatabase())).toBe(written);
});

test('the written schema makes the same schema again', async () => {
  const written = readFileSync(new URL('../../schema.sql', import.meta.url), 'utf8');
  await server.query(server.server.connection, 'create database from_text');
  const connection = { ...server.server.connection, database: 'from_text' };
  // The dump is by name; a table comes after those that it refers to.
  const depthOf = (table: string) => (/references refund/i.test(table) ? 2 : Number(/references/i.test(table)));
  const withoutOrder = (text: string) => text.split('\n\n').sort((a, b) => depthOf(a) - depthOf(b));
  await server.query(connection, withoutOrder(written).join('\n'));
  expect(await dumpSchema(connection)).toBe(written);
});

test('hubs that start together migrate once', async () => {
  await server.query(server.server.connection, 'create database together');
  const connection = { ...server.server.connection, database: 'together' };
  const applied = await Promise.all([
    migrateDatabase(connection),
    migrateDatabase(connection),
    migrateDatabase(connection),
  ]);
  const migrations = await server.query(connection, 'select name from kysely_migration order by name');
  expect(applied.flat()).toEqual(migrations.map((one) => one.name));
  expect(applied.flat()).toContain('0001-hub');
  expect(await server.query(connection, 'select count(*)::int as n from hub_meta')).toEqual([{ n: 1 }]);
});

test('a schema newer than the program is refused by name', async () => {
  const connection = await server.createDatabase();
  await server.query(connection, "insert into kysely_migration values ('0099-later', '')");
  await expect(migrateDatabase(connection)).rejects.toMatchObject({
    code: 'database_start',
    message: expect.stringContaining('newer Tolem (it has 0099-later)'),
  });
});

test('every database has an epoch of its own', async () => {
  const epochs = new Set<unknown>();
  for (const database of ['epoch_1', 'epoch_2']) {
    await server.query(server.server.connection, `create database ${database}`);
    const connection = { ...server.server.connection, database };
    await migrateDatabase(connection);
    const [meta] = await server.query(connection, 'select hub_epoch from hub_meta');
    epochs.add(meta?.hub_epoch);
  }
  expect(epochs.size).toBe(2);
});
