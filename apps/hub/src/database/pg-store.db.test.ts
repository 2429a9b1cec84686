import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { samplePayment, sampleRefund } from '../store/compliance/sample-rows.ts';
import { describeStore } from '../store/store-compliance.ts';
import type { PgStore } from './pg-store.ts';
import { type StoreTestServer, startStoreTestServer } from './store-test-server.ts';

let server: StoreTestServer;
let connection: pg.ClientConfig;
let store: PgStore;
let other: PgStore;
beforeAll(async () => {
  server = await startStoreTestServer();
  connection = await server.createDatabase();
  store = await server.openStore(connection);
  other = await server.openStore(connection);
});
afterAll(() => server.stop());

describeStore('the store on PostgreSQL', async () => {
  await server.empty(connection);
  return { store, other, passTime: (ms) => server.context.clock.sleep(ms), close: async () => {} };
});

test('taking over passes by what another hub is writing, without waiting for it', async () => {
  await server.empty(connection);
  const mine = await store.transaction((tx) => tx.leases.acquire('mine', 60_000));
  await store.transaction(async (tx) => {
    for (const paymentId of ['busy', 'free']) await tx.payments.insert(samplePayment({ paymentId, watched: true }));
  });
  await other.transaction(async (tx) => {
    await tx.payments.get('busy', { lock: true });
    const adopted = await store.transaction((later) => later.payments.adoptLapsed(mine, 10));
    expect(adopted.map((one) => one.paymentId)).toEqual(['free']);
  });
  expect(await store.transaction((tx) => tx.payments.adoptLapsed(mine, 10))).toHaveLength(1);
});

test('a locked payment can be read meanwhile, and a refund of it inserted', async () => {
  await server.empty(connection);
  await store.transaction((tx) => tx.payments.insert(samplePayment({ paymentId: 'p1' })));
  await other.transaction(async (tx) => {
    await tx.payments.get('p1', { lock: true });
    await store.transaction(async (later) => {
      expect(await later.payments.get('p1')).toBeDefined();
      expect(await later.refunds.insert(sampleRefund({ refundId: 'r1', paymentId: 'p1' }))).toBe(true);
    });
  });
});

test('the lease does not wait for a connection while all others are in use', async () => {
  await server.empty(connection);
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const holders = Array.from({ length: 25 }, () => store.transaction(() => released));
  const lease = await store.transaction((tx) => tx.leases.acquire('mine', 60_000), { urgent: true });
  expect(await store.transaction((tx) => tx.leases.renew(lease, 60_000), { urgent: true })).toBe(true);
  release();
  await Promise.all(holders);
});
