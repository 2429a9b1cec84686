import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { isHubError } from '../hub-error.ts';
import { samplePayment } from '../store/compliance/sample-rows.ts';
import type { Store, StoreHint } from '../store/store.ts';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';
import { type StoreTestServer, startStoreTestServer } from './store-test-server.ts';

let server: StoreTestServer;
let connection: pg.ClientConfig;
let proxy: CuttingProxy;
beforeAll(async () => {
  server = await startStoreTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  connection = await server.createDatabase();
  proxy = await startCuttingProxy(connection);
});
afterEach(() => proxy.close());

const insert = (store: Store, paymentId: string) =>
  store.transaction((tx) => tx.payments.insert(samplePayment({ paymentId })));
const stored = async () =>
  (await server.query(connection, 'select payment_id from payment')).map((row) => row.payment_id);
/** The server's recovery after a kill takes seconds where the disk is busy. */
const RECOVERY_LOOKS = 2_400;
const SLOW_TEST_MS = 120_000;
const until = async (isSo: () => Promise<boolean> | boolean) => {
  for (let look = 0; look < RECOVERY_LOOKS; look++) {
    if (await isSo()) return;
    await server.context.clock.sleep(25);
  }
  throw new Error('did not come to pass');
};

test.each([
  ['before', []],
  ['after', ['p1']],
] as const)(
  'a connection cut %s the commit leaves the outcome unknown, says so, and doubts everything seen',
  async (when, left) => {
    const store = await server.openStore(proxy.connection);
    await insert(store, 'p0');
    const heard: StoreHint[] = [];
    store.onHint((hint) => heard.push(hint));
    proxy.cutAt('commit', when);
    await expect(insert(store, 'p1')).rejects.toMatchObject({ code: 'store_unavailable', ids: { outcome: 'unknown' } });
    expect(heard).toContainEqual({ kind: 'reconnected' });
    proxy.heal();
    await until(async () => (await stored()).length === 1 + left.length);
    expect(await insert(store, 'p2')).toBe(true);
    expect((await stored()).sort()).toEqual(['p0', ...left, 'p2']);
  },
);

test('a connection cut before the commit was asked for has certainly stored nothing', async () => {
  const store = await server.openStore(proxy.connection);
  proxy.cutAt('insert into payment', 'after');
  await expect(insert(store, 'p1')).rejects.toMatchObject({ code: 'store_unavailable', ids: { outcome: 'none' } });
  proxy.heal();
  expect(await insert(store, 'p1')).toBe(true);
});

test('a connection cut while nothing is asked fails the next statement and nothing else', async () => {
  const store = await server.openStore(proxy.connection);
  await insert(store, 'p0');
  const cut = store.transaction(async (tx) => {
    await tx.payments.insert(samplePayment({ paymentId: 'p1' }));
    proxy.cutAll();
    await server.context.clock.sleep(30);
    await tx.payments.get('p1');
  });
  await expect(cut).rejects.toMatchObject({ code: 'store_unavailable', ids: { outcome: 'none' } });
  await until(() => insert(store, 'p2').catch(() => false));
  expect((await stored()).sort()).toEqual(['p0', 'p2']);
});

test('hints come again after their connection was cut, with a word that some were lost', async () => {
  const store = await server.openStore(proxy.connection);
  const other = await server.openStore(connection);
  const heard: StoreHint[] = [];
  store.onHint((hint) => heard.push(hint));
  proxy.cutAll();
  await until(() => heard.some((hint) => hint.kind === 'reconnected'));
  const change = { kind: 'case', caseId: 'c1' } as const;
  await other.transaction(async (tx) => tx.hint(change));
  await until(() => heard.length >= 2);
  expect(heard).toEqual([{ kind: 'reconnected' }, change]);
});

test('a burst of hints arrives whole and in order at the other hub', async () => {
  const store = await server.openStore(connection);
  const other = await server.openStore(connection);
  const heard: StoreHint[] = [];
  other.onHint((hint) => heard.push(hint));
  const changes = Array.from({ length: 500 }, (_, at) => ({
    kind: 'payment' as const,
    paymentId: `0190a0b0-0000-7000-8000-${String(at).padStart(12, '0')}`,
    agentId: 'a'.repeat(64),
    version: at,
  }));
  await store.transaction(async (tx) => {
    for (const change of changes) tx.hint(change);
  });
  await until(() => heard.length >= changes.length);
  expect(heard).toEqual(changes);
});

test('a killed server comes back with all that was acknowledged, and the store goes on by itself', {
  timeout: SLOW_TEST_MS,
}, async () => {
  const store = await server.openStore(connection);
  const acknowledged: string[] = [];
  const faults: unknown[] = [];
  let isOver = false;
  const writer = async (name: string) => {
    for (let at = 0; !isOver; at++) {
      try {
        await insert(store, `${name}-${at}`);
        acknowledged.push(`${name}-${at}`);
      } catch (error) {
        faults.push(error);
        await server.context.clock.sleep(20);
      }
    }
  };
  const writers = ['a', 'b', 'c', 'd'].map(writer);
  for (let kill = 0; kill < 3; kill++) {
    const before = acknowledged.length;
    await until(() => acknowledged.length > before + 50);
    const pidFile = join(server.folder, 'data/postmaster.pid');
    process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGKILL');
    await until(() => faults.length > kill);
  }
  const before = acknowledged.length;
  await until(() => acknowledged.length > before + 50);
  isOver = true;
  await Promise.all(writers);
  const present = new Set(await stored());
  expect(acknowledged.filter((id) => !present.has(id))).toEqual([]);
  expect(faults.length).toBeGreaterThan(0);
  expect(faults.filter((error) => !isHubError(error, 'store_unavailable'))).toEqual([]);
});

test('a server that is not there is an operating failure, not a crash', async () => {
  const nowhere = { ...connection, host: dirname(server.folder) };
  await expect(server.openStore(nowhere)).rejects.toMatchObject({ code: 'store_unavailable' });
});
