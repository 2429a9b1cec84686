import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIds, createSeededRandom, createSilentLog } from '@tolem/base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEdgeWorld, type EdgeWorld } from '../core/edge-world.ts';
import { worldJournal } from '../journal/world-journal.ts';

let folder: string;
let world: EdgeWorld;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
  world = createEdgeWorld({ journal: worldJournal, folder, terminals: { front: 'v2' } });
  await world.start();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const get = (paymentId: string) => world.core.payments.get(paymentId);
const pay = async (change: Parameters<EdgeWorld['request']>[0] = {}) => {
  const asking = world.core.payments.create(world.request(change));
  await world.clock.advance(100);
  return (await asking).payment;
};
const loseJournal = async (duringTheDark: () => void = () => {}) => {
  await world.clock.advance(1_000);
  world.kill();
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `journal.db${suffix}`), { force: true });
  duringTheDark();
  await world.start();
  await world.clock.advance(5_000);
};
const restoreHub = async (duringTheDark: () => void) => {
  world.setHubReachable(false);
  await world.clock.advance(1_000);
  duringTheDark();
  world.hub.hubEpoch = 'hub-2';
  world.setHubReachable(true);
  await world.clock.advance(10_000);
};

test('a hub that was restored from a backup counts versions anew, and its paid is heard', async () => {
  const { paymentId } = await pay();
  world.hub.payments.scan(paymentId);
  await world.clock.advance(100);
  const held = world.hub.payments.find(paymentId);
  if (!held) throw new Error('the hub holds it');
  await restoreHub(() => world.hub.payments.adopt({ ...held, version: held.version - 1, status: 'awaiting_scan' }));
  world.hub.payments.pay(paymentId);
  expect(world.hub.payments.find(paymentId)?.version).toBe(held.version);
  await world.clock.advance(1_000);
  expect(get(paymentId)).toMatchObject({ status: 'paid', final: true });
});

test('a restored hub never takes back what has ended here', async () => {
  const { paymentId } = await pay();
  const held = world.hub.payments.find(paymentId);
  world.hub.payments.pay(paymentId);
  await world.clock.advance(100);
  await restoreHub(() => held && world.hub.payments.adopt(held));
  expect(get(paymentId)).toMatchObject({ status: 'paid', final: true });
});

test('a payment that a restored hub does not hold is unknown, not left as it was', async () => {
  const { paymentId } = await pay();
  await restoreHub(() => world.hub.payments.forget(paymentId));
  expect(get(paymentId)).toMatchObject({ status: 'unknown', statusReason: 'hub_not_found', final: false });
});

test('the same hub greeting again makes nothing news', async () => {
  const { paymentId } = await pay();
  const { hubVersion } = get(paymentId);
  world.setHubReachable(false);
  world.setHubReachable(true);
  await world.clock.advance(10_000);
  expect(get(paymentId).hubVersion).toBe(hubVersion);
});

test('a code comes back from a lost journal only to be taken down: the till may have been told that nothing was started', async () => {
  const shown: unknown[] = [];
  const { paymentId } = await pay();
  await loseJournal();
  world.core.payments.onChange((payment) => shown.push(payment.qr));
  await world.clock.advance(20_000);
  expect(world.hub.cancelReasons).toContainEqual({ paymentId, reason: 'abandoned' });
  expect(get(paymentId)).toMatchObject({ status: 'cancelled' });
  expect([get(paymentId).qr, ...shown.filter((qr) => qr !== undefined)]).toEqual([undefined]);
});

test.each(['awaiting_confirmation', 'paid'] as const)(
  'a payment that was %s when the journal was lost is not taken down',
  async (status) => {
    const { paymentId } = await pay();
    world.hub.payments.scan(paymentId);
    if (status === 'paid') world.hub.payments.pay(paymentId);
    await loseJournal();
    expect(get(paymentId).status).toBe(status);
    if (status !== 'paid') world.hub.payments.pay(paymentId);
    await world.clock.advance(1_000);
    expect(get(paymentId)).toMatchObject({ status: 'paid', final: true });
    expect(world.hub.cancelReasons).toEqual([]);
  },
);

test('the customer scans while the code is being taken down: the outcome is the hub’s', async () => {
  const { paymentId } = await pay();
  world.hub.misbehave('cancelPayment', 'request_lost', 1);
  await loseJournal();
  world.hub.payments.scan(paymentId);
  await world.clock.advance(16_000);
  world.hub.payments.pay(paymentId);
  await world.clock.advance(60_000);
  expect(get(paymentId)).toMatchObject({ status: 'paid', final: true });
  expect(world.store.openCase('paid_after_none', paymentId)).toBeUndefined();
});

test('a process that dies as soon as it has begun a new journal leaves the loss to be dealt with by the next one', async () => {
  await world.clock.advance(1_000);
  world.kill();
  rmSync(join(folder, 'journal.db'), { force: true });
  const random = createSeededRandom(9);
  const context = { clock: world.clock, random, ids: createIds(world.clock, random), log: createSilentLog() };
  worldJournal.open(folder, context, 'a short boot').abandon();
  world.hub.misbehave('resume', 'request_lost');
  await world.start();
  await world.clock.advance(1_000);
  expect(world.core.terminals.list()[0]?.state).toBe('unresolved');
  expect(world.store.openCases().map(({ kind }) => kind)).toEqual(['journal_lost']);
  const asking = world.core.payments.create(world.request());
  asking.catch(() => undefined);
  await world.clock.advance(3_100);
  await expect(asking).rejects.toMatchObject({ problem: { code: 'journal_recovering' } });
});

test('what a crash hid is told under a version that was never shown', async () => {
  const { front } = world.terminals;
  const { paymentId } = await pay({ method: 'terminal', terminalId: 'front' });
  await world.clock.advance(2_500);
  const shown = get(paymentId).version;
  world.kill();
  front?.pay({ method: 'card' });
  await world.start();
  const waiting = world.core.payments.waitForChange(paymentId, shown, 30_000);
  await world.clock.advance(3_000);
  expect(await waiting).toMatchObject({ paymentId });
  expect(get(paymentId).status).toBe('paid');
  expect(get(paymentId).version).toBeGreaterThan(shown + 500);
});

test.each([
  ['has confirmed', true],
  ['is still sending', false],
])('the key of a refund that the hub %s never begins another after the journal was lost', async (_, isConfirmed) => {
  const { paymentId } = await pay({ tenge: 1000 });
  world.hub.payments.pay(paymentId);
  await world.clock.advance(100);
  world.hub.payments.confirmsRefunds = isConfirmed;
  const refund = async () => {
    const about = { token: 'local', idempotencyKey: 'refund-key-of-the-till', bodyHash: 'body', paymentId };
    const asking = world.core.refunds.create({ ...about, reason: 'r', actor: 'till' });
    asking.catch(() => undefined);
    await world.clock.advance(1_000);
    return asking;
  };
  const first = await refund();
  await loseJournal();
  const again = await refund();
  expect(again).toMatchObject({ repeated: true, refund: { refundId: first.refund.refundId, owner: 'hub' } });
  expect(world.hub.payments.find(paymentId)?.refunds).toHaveLength(1);
  world.hub.payments.settleRefund(first.refund.refundId, 'confirmed');
  await world.clock.advance(60_000);
  expect(world.core.refunds.get(first.refund.refundId).status).toBe('confirmed');
});
