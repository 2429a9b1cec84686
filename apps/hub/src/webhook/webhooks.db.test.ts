import { createSilentLog, createSystemContext, Money } from '@tolem/base';
import { createFakeQrApi, FAKE_BIN, type FakeQrBank } from '@tolem/kaspi-core/fake';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { PERSON, TILL } from '../core-bench.ts';
import { createHubCore } from '../create-hub-core.ts';
import { type StoreTestServer, startStoreTestServer } from '../database/store-test-server.ts';
import { eventWords } from '../http/event-words.ts';
import type { HubCore } from '../hub-core.ts';
import type { SendRequest } from './webhook.ts';

/** Two hubs on one PostgreSQL and an endpoint that fails now and then. */
const context = createSystemContext(createSilentLog());
const { clock, ids } = context;
const PAYMENTS = 40;
const intervals = {
  leaseMs: 3_000,
  renewMs: 200,
  sweepMs: 200,
  webhookTurnMs: 100,
  webhookRetriesMs: [30, 60, 100],
};

let server: StoreTestServer;
let connection: Awaited<ReturnType<StoreTestServer['createDatabase']>>;
let bank: FakeQrBank;
let hubs: HubCore[] = [];
let taken: Array<{ id: string; type: string; payment: { id: string; version: number; status: string } }> = [];
let posts = 0;

beforeAll(async () => {
  server = await startStoreTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  connection = await server.createDatabase();
  bank = createFakeQrApi({ clock, pollIntervalMs: 50, scanWaitMs: 60_000, confirmWaitMs: 60_000 });
  taken = [];
  posts = 0;
});
afterEach(async () => {
  for (const hub of hubs) await hub.stop();
  hubs = [];
});

async function send({ body }: SendRequest) {
  posts += 1;
  const isRefused = posts % 5 === 0;
  await clock.sleep(posts % 7);
  if (isRefused) return { isTaken: false, answer: '500' };
  taken.push(JSON.parse(body));
  return { isTaken: true, answer: '200' };
}

async function startHub(events: readonly ('payment.created' | 'payment.awaiting_scan' | 'payment.paid')[]) {
  const store = await server.openStore(connection);
  const endpoints = [{ endpointId: 'shop', url: 'https://shop.example/', events }];
  const settings = { organizations: [{ bin: FAKE_BIN, name: 'Тест' }], intervals };
  const hub = await createHubCore({ store, bank, context, settings, webhooks: { endpoints, words: eventWords, send } });
  await hub.start();
  hubs.push(hub);
  return hub;
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const endMono = clock.monoMs() + 20_000;
  while (!(await holds())) {
    if (clock.monoMs() > endMono) throw new Error(`in vain: ${what}`);
    await clock.sleep(20);
  }
}

async function addTill(hub: HubCore): Promise<void> {
  await hub.agents.add({ agentId: 'till-1', name: 'Касса', storeName: 'Магазин' });
  const device = { agentId: 'till-1', deviceId: 'till-1', organizationBin: FAKE_BIN, tradePointId: '1' };
  await hub.devices.register(TILL, device);
}

const pay = (hub: HubCore) =>
  hub.payments.create(TILL, { paymentId: ids.uuid(), method: 'qr', amount: Money.parse('1500.00') });

it('two hubs deliver every event once, in the order of its payment, whatever fails', async () => {
  const events = ['payment.created', 'payment.awaiting_scan', 'payment.paid'] as const;
  const [one, two] = [await startHub(events), await startHub(events)];
  await addTill(one);
  const payments = await Promise.all(Array.from({ length: PAYMENTS }, (_, at) => pay(at % 2 === 0 ? one : two)));
  for (const { bankPaymentId = '' } of payments) {
    bank.customer.scan(bankPaymentId);
    bank.customer.confirm(bankPaymentId);
  }
  await until('all are told', () => taken.filter((event) => event.type === 'payment.paid').length >= PAYMENTS);
  await clock.sleep(300);
  expect(new Set(taken.map((event) => event.id)).size).toBe(taken.length);
  for (const { paymentId } of payments) {
    const told = taken.filter((event) => event.payment.id === paymentId).map((event) => event.type);
    expect(told).toEqual(events);
  }
  await until('nothing waits', async () => (await one.webhooks.endpoints())[0]?.waiting === 0);
  const { deliveries } = await two.webhooks.deliveries({ limit: 200 });
  expect(deliveries).toHaveLength(3 * PAYMENTS);
  expect(await two.webhooks.replay(PERSON, { endpointId: 'shop', fromMs: 0 })).toBe(3 * PAYMENTS);
  await until('all are told again', () => taken.length === 6 * PAYMENTS);
});

it('an event costs one row when it happens and one write when it is taken, and nothing where nobody wants it', async () => {
  const hub = await startHub(['payment.paid']);
  await addTill(hub);
  const payment = await pay(hub);
  const bankPaymentId = payment.bankPaymentId ?? '';
  bank.customer.scan(bankPaymentId);
  bank.customer.confirm(bankPaymentId);
  await until('it is told', async () => taken.length > 0 && (await hub.webhooks.endpoints())[0]?.waiting === 0);
  const written = async () => {
    const [row] = await server.query(
      connection,
      `select n_tup_ins::int as added, n_tup_upd::int as changed from pg_stat_user_tables where relname = 'webhook_delivery'`,
    );
    return [row?.added, row?.changed];
  };
  // Statistics come a moment later.
  await until('the statistics are in', async () => (await written())[0] === 1 && (await written())[1] !== 0);
  const failures = posts - 1;
  expect(await written()).toEqual([1, 1 + failures]);
});

it('a backlog of days costs a claim no more than an empty list', async () => {
  const store = await server.openStore(connection);
  const fence = await store.transaction((tx) => tx.leases.acquire('a', 600_000));
  const deliveries = Array.from({ length: 20_000 }, (_, at) => ({
    ...{ endpointId: 'shop', eventId: `e${at}`, type: 'payment.paid', subject: `p${at}`, body: '{}', owner: fence },
    ...{ atMs: at, sinceMs: at, nextAtMs: 1, state: 'waiting', attempts: 3 },
  }));
  await store.transaction((tx) => tx.webhooks.add(deliveries.map((one) => ({ ...one, state: 'waiting' }))));
  const claim = { endpointId: 'shop', nowMs: 10, limit: 1, heldPositions: [] };
  const rowsRead = async () => {
    const text = `select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read, n_tup_ins::int as added
      from pg_stat_user_tables where relname = 'webhook_delivery'`;
    const [row] = await server.query(connection, text);
    return { read: Number(row?.read), added: Number(row?.added) };
  };
  await until('the statistics are in', async () => (await rowsRead()).added === deliveries.length);
  const before = await rowsRead();
  const claims = 10;
  for (let turn = 0; turn < claims; turn++) {
    expect(await store.transaction((tx) => tx.webhooks.claimDue(fence, claim))).toHaveLength(1);
  }
  await until('the claims are in the statistics', async () => (await rowsRead()).read - before.read >= claims);
  // Going through all of them would read 20,000 rows a claim.
  expect((await rowsRead()).read - before.read).toBeLessThan(claims * 100);
});
