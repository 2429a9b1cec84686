import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemContext } from '@tolem/base';
import { afterEach, expect, test } from 'vitest';
import { samplePayment } from '../store/compliance/sample-rows.ts';
import type { StoreHint } from '../store/store.ts';
import { type Database, openDatabase } from './open-database.ts';
import { startStoreTestServer } from './store-test-server.ts';

const context = createSystemContext(createSilentLog());
const folders: string[] = [];
const open: Database[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-db-'));
  folders.push(folder);
  return folder;
};
const openIn = async (dataDir: string, url = 'embedded') => {
  const database = await openDatabase({ url }, { dataDir, context });
  open.push(database);
  return database;
};
afterEach(async () => {
  for (const database of open.splice(0)) await database.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test('the epoch is minted once and outlives a restart', async () => {
  const folder = newFolder();
  const first = await openIn(folder);
  const { hubEpoch } = await first.store.transaction((tx) => tx.meta.get());
  expect(hubEpoch).toMatch(/^[0-9a-f-]{36}$/);
  await first.close();
  const second = await openIn(folder);
  expect(await second.store.transaction((tx) => tx.meta.get())).toEqual({ hubEpoch, recovering: false });
});

test('a second hub on the same data folder is refused and the first goes on', async () => {
  const folder = newFolder();
  const first = await openIn(folder);
  await expect(openIn(folder)).rejects.toMatchObject({ code: 'already_running' });
  expect(await first.store.nowMs()).toBeGreaterThan(1_700_000_000_000);
  await first.close();
  const next = await openIn(folder);
  expect(next.store.exclusive).toBe(true);
});

test('an embedded server that is killed under a running hub is there again, its owner too', {
  timeout: 120_000,
}, async () => {
  const folder = newFolder();
  const { store } = await openIn(folder);
  await store.transaction((tx) => tx.payments.insert(samplePayment({ paymentId: 'p1' })));
  const heard: StoreHint[] = [];
  store.onHint((hint) => heard.push(hint));
  process.kill(Number(readFileSync(join(folder, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
  for (let look = 0; look < 2_400 && heard.length === 0; look++) await context.clock.sleep(25);
  expect(heard).toEqual([{ kind: 'reconnected' }]);
  expect(await store.transaction((tx) => tx.payments.get('p1'))).toBeDefined();
  await expect(openIn(folder)).rejects.toMatchObject({ code: 'already_running' });
});

test('a closed database refuses work and stops its server', async () => {
  const folder = newFolder();
  const database = await openIn(folder);
  await database.close();
  await expect(database.store.nowMs()).rejects.toMatchObject({ code: 'store_unavailable' });
  await expect(database.store.transaction((tx) => tx.meta.get())).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(existsSync(join(folder, 'postgres/data/postmaster.pid'))).toBe(false);
});

test('two hubs share a server that was named by its address', async () => {
  const server = await startStoreTestServer();
  try {
    await server.query(server.server.connection, 'create database shared');
    const url = `postgres://tolem@localhost/shared?host=${server.server.connection.host}`;
    const [one, two] = [await openIn(newFolder(), url), await openIn(newFolder(), url)];
    expect([one.store.exclusive, two.store.exclusive]).toEqual([false, false]);
    expect(await one.migrate()).toEqual([]);
    await one.store.transaction((tx) => tx.payments.insert(samplePayment({ paymentId: 'p1' })));
    expect(await two.store.transaction((tx) => tx.payments.get('p1'))).toBeDefined();
    await one.close();
    await two.close();
  } finally {
    await server.stop();
  }
});

test('a server whose commits may be lost is refused', async () => {
  const server = await startStoreTestServer();
  try {
    await server.query(server.server.connection, 'create database weak');
    await server.query(server.server.connection, 'alter database weak set synchronous_commit = off');
    const url = `postgres://tolem@localhost/weak?host=${server.server.connection.host}`;
    await expect(openIn(newFolder(), url)).rejects.toMatchObject({
      code: 'database_start',
      message: expect.stringContaining('synchronous_commit'),
    });
  } finally {
    await server.stop();
  }
});

test('a server that is not there is named as such', async () => {
  const passwordFile = join(newFolder(), 'password');
  writeFileSync(passwordFile, 'secret');
  const opened = openDatabase(
    { url: 'postgres://tolem@localhost/hub?host=/nowhere', passwordFile },
    { dataDir: newFolder(), context },
  );
  await expect(opened).rejects.toMatchObject({ code: 'database_start' });
});
