import { createSilentLog, createSystemContext, Money } from '@tolem/base';
import { createFakeQrApi, FAKE_BIN, type FakeQrBank } from '@tolem/kaspi-core/fake';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PERSON, TILL } from './core-bench.ts';
import { createHubCore } from './create-hub-core.ts';
import type { PgStore } from './database/pg-store.ts';
import { type StoreTestServer, startStoreTestServer } from './database/store-test-server.ts';
import type { HubCore } from './hub-core.ts';
import type { Payment } from './payment/payment.ts';
import type { WatchedChange } from './payment/payment-service.ts';

/** The same core as in the other tests, on PostgreSQL and real time with short intervals. */
const context = createSystemContext(createSilentLog());
const { clock, ids } = context;
const intervals = {
  lateWatch: [{ everyMs: 50, untilMs: 20_000 }],
  lateAcceptMs: 300,
  // Long enough for a machine that does much else.
  leaseMs: 3_000,
  renewMs: 200,
  sweepMs: 200,
  watchRereadMs: 500,
  refundReadsMs: [300, 600, 1_200],
  refundWaitsMs: [100, 300],
};
const settings = { organizations: [{ bin: FAKE_BIN, name: 'Тест' }], intervals };

let server: StoreTestServer;
let connection: Awaited<ReturnType<StoreTestServer['createDatabase']>>;
let bank: FakeQrBank;
let hubs: Array<{ hub: HubCore; store: PgStore }> = [];

beforeAll(async () => {
  server = await startStoreTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  connection = await server.createDatabase();
  bank = createFakeQrApi({ clock, pollIntervalMs: 50, scanWaitMs: 60_000, confirmWaitMs: 60_000 });
});
afterEach(async () => {
  for (const { hub, store } of hubs) {
    await hub.stop();
    // One server takes 60 connections for all tests.
    await store.close();
  }
  hubs = [];
});

async function startHub() {
  const store = await server.openStore(connection);
  const hub = await createHubCore({ store, bank, context, settings });
  await hub.start();
  hubs.push({ hub, store });
  return { hub, store };
}

async function startWithTill() {
  const started = await startHub();
  await started.hub.agents.add({ agentId: 'till-1', name: 'Касса', storeName: 'Магазин' });
  await started.hub.devices.register(TILL, {
    agentId: 'till-1',
    deviceId: 'till-1',
    organizationBin: FAKE_BIN,
    tradePointId: '1',
  });
  return started;
}

const pay = (hub: HubCore, amount = '1500.00') =>
  hub.payments.create(TILL, { paymentId: ids.uuid(), method: 'qr', amount: Money.parse(amount) });
const takeMoney = (payment: Payment, options?: { late: boolean }) => {
  bank.customer.scan(payment.bankPaymentId ?? '', options);
  bank.customer.confirm(payment.bankPaymentId ?? '', options);
};
const get = (hub: HubCore, payment: Payment) => hub.payments.get(PERSON, payment.paymentId);

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const endMono = clock.monoMs() + 15_000;
  while (!(await holds())) {
    if (clock.monoMs() > endMono) throw new Error(`in vain: ${what}`);
    await clock.sleep(20);
  }
}

describe('the core on PostgreSQL', () => {
  it('takes a hundred payments at once and refunds each of them twice at once, to the tiyn', async () => {
    const { hub } = await startWithTill();
    const payments = await Promise.all(Array.from({ length: 100 }, () => pay(hub)));
    expect(new Set(payments.map((one) => one.bankPaymentId)).size).toBe(100);
    for (const payment of payments) takeMoney(payment);
    const isPaid = async (payment: Payment) => (await get(hub, payment)).status === 'paid';
    await until('all are paid', async () => (await Promise.all(payments.map(isPaid))).every(Boolean));
    const refund = (paymentId: string) =>
      hub.refunds.create(TILL, { refundId: ids.uuid(), paymentId, amount: Money.parse('1000.00'), reason: 'twice' });
    const outcomes = await Promise.allSettled(
      payments.flatMap((one) => [refund(one.paymentId), refund(one.paymentId)]),
    );
    expect(outcomes.filter((one) => one.status === 'fulfilled')).toHaveLength(100);
    const isRefunded = async (payment: Payment) => (await get(hub, payment)).refunded.toString() === '1000.00';
    await until('all are refunded', async () => (await Promise.all(payments.map(isRefunded))).every(Boolean));
    for (const payment of payments) {
      const truth = bank.purchase(payment.bankPaymentId ?? '');
      expect([truth.charged.toString(), truth.refunded.toString()]).toEqual(['1500.00', '1000.00']);
      expect((await hub.payments.timeline(payment.paymentId)).map((event) => event.kind)).toContain('refund_confirmed');
    }
  });

  it('takes over from a hub that died, and tells the watchers of the other one', async () => {
    const first = await startWithTill();
    const second = await startHub();
    const payment = await pay(first.hub);
    const seen: WatchedChange[] = [];
    const watch = second.hub.payments.watch(TILL, (change) => seen.push(change));
    watch.add([{ paymentId: payment.paymentId, version: payment.version }]);
    bank.customer.scan(payment.bankPaymentId ?? '');
    const shows = (status: string) => seen.some((one) => one.kind === 'payment' && one.payment.status === status);
    await until('the scan is seen through the other hub', () => shows('awaiting_confirmation'));
    await first.store.close();
    bank.customer.confirm(payment.bankPaymentId ?? '');
    await until('the other hub has taken over', () => shows('paid'));
    expect((await get(second.hub, payment)).owner?.instance).toBe(second.hub.instance);
    watch.close();
  });

  it('gives late money back by itself up to the limit, however much comes at once', async () => {
    const { hub } = await startWithTill();
    const payments = await Promise.all(Array.from({ length: 12 }, () => pay(hub, '10.00')));
    await Promise.all(payments.map((one) => hub.payments.cancel(TILL, one.paymentId, 'till')));
    for (const payment of payments) takeMoney(payment, { late: true });
    const outcomes = async () => Promise.all(payments.map(async (one) => (await get(hub, one)).late?.outcome ?? ''));
    await until('all are decided', async () => (await outcomes()).every((one) => one === 'refunded' || one === 'case'));
    expect((await outcomes()).filter((one) => one === 'refunded')).toHaveLength(5);
    const back = payments.filter((one) => bank.purchase(one.bankPaymentId ?? '').refunded.isPositive);
    expect(back).toHaveLength(5);
    expect(
      (await hub.cases.list({ open: true, limit: 50 })).cases.filter((one) => one.kind === 'late_money'),
    ).toHaveLength(7);
  });

  it('lets one refund id stand for one payment, also where two begin at once', async () => {
    const { hub } = await startWithTill();
    const payments = [await pay(hub), await pay(hub)];
    for (const payment of payments) takeMoney(payment);
    const all = () => Promise.all(payments.map((one) => get(hub, one)));
    await until('both are paid', async () => (await all()).every((one) => one.status === 'paid'));
    const refundId = ids.uuid();
    const asked = await Promise.allSettled(
      payments.map(({ paymentId }) => hub.refunds.create(PERSON, { refundId, paymentId, reason: 'r' })),
    );
    expect(asked.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = asked.find((one) => one.status === 'rejected');
    expect(refused?.reason).toMatchObject({ problem: { code: 'refund_conflict' } });
    await until('one has gone back', async () => (await all()).some((one) => one.refunded.isPositive));
    expect((await all()).map((one) => one.refundReserved.toString())).toEqual(['0.00', '0.00']);
    expect((await all()).map((one) => one.refunded.toString()).sort()).toEqual(['0.00', '1500.00']);
  });

  it('finds a lost refund by the difference after a restart', async () => {
    const first = await startWithTill();
    const payment = await pay(first.hub);
    takeMoney(payment);
    await until('it is paid', async () => (await get(first.hub, payment)).status === 'paid');
    bank.faults.next('refund', { kind: 'slow', ms: 2_000 });
    const refundId = ids.uuid();
    const asked = first.hub.refunds.create(TILL, { refundId, paymentId: payment.paymentId, reason: 'r' });
    asked.catch(() => undefined);
    await until('the bank has it', () => bank.purchase(payment.bankPaymentId ?? '').refunded.isPositive);
    await first.store.close();
    const second = await startHub();
    const state = () => second.hub.refunds.get(PERSON, refundId);
    await until('it is confirmed', async () => (await state()).status === 'confirmed');
    expect(await state()).toMatchObject({ evidence: 'difference', adopted: true });
    await asked.catch(() => undefined);
  });
});
