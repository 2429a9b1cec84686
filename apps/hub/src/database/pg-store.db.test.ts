import type pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
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
