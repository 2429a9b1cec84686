import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEdgeWorld, type EdgeWorld } from '../core/edge-world.ts';
import { worldJournal } from '../journal/world-journal.ts';

const DAY_MS = 86_400_000;
let folder: string;
let world: EdgeWorld;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
  // Forty days of looks at a terminal, or of calls to a hub that is away, would take long.
  world = createEdgeWorld({ journal: worldJournal, folder, intervals: { hubReconnectMaxMs: 600_000 } });
  await world.start();
  await world.clock.advance(2_000);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const collected = async () => {
  const { payment } = await world.core.payments.create(world.request());
  world.hub.payments.pay(payment.paymentId);
  await world.clock.advance(100);
  world.core.payments.recordCollected(payment.paymentId);
  await world.clock.advance(5_000);
  return payment.paymentId;
};
const isKept = (paymentId: string) => world.store.payment(paymentId) !== undefined;
const days = (count: number) => world.clock.advance(count * DAY_MS);

test('what ended 36 days ago is forgotten while hub and clock agree', async () => {
  const paymentId = await collected();
  await days(34);
  expect(isKept(paymentId)).toBe(true);
  await days(2);
  expect(isKept(paymentId)).toBe(false);
});

test('a clock that is corrected by forty days makes nothing old, in this boot and after the next start', async () => {
  const paymentId = await collected();
  world.clock.jumpWall(40 * DAY_MS);
  await days(1);
  expect(isKept(paymentId)).toBe(true);
  world.kill();
  await world.start();
  await days(1);
  expect(isKept(paymentId)).toBe(true);
  expect(world.store.log.read(0, { rows: 1, bytes: 1e9 })[0]?.seq).toBe(1);
  await days(36);
  expect(isKept(paymentId)).toBe(false);
});

test('payments from an offline boot with a wrong date are not old after a start with the right one', async () => {
  const paymentId = await collected();
  world.kill();
  world.setHubReachable(false);
  await world.start();
  world.hub.payments.holdCodes = true;
  await world.clock.advance(120_000);
  world.store.transact((writer) => {
    const payment = world.store.payment(paymentId);
    if (payment) writer.putPayment({ ...payment, version: payment.version + 1 });
  });
  world.kill();
  world.clock.jumpWall(40 * DAY_MS);
  world.setHubReachable(true);
  await world.start();
  await days(1);
  expect(isKept(paymentId)).toBe(true);
});

test('a box that starts with a wrong date every day forgets all the same, as long as it writes nothing before the correction', async () => {
  const paymentId = await collected();
  for (let day = 0; day < 37; day += 1) {
    world.kill();
    world.clock.jumpWall(-3 * DAY_MS);
    world.setHubReachable(false);
    await world.start();
    await world.clock.advance(90_000);
    world.clock.jumpWall(3 * DAY_MS);
    await world.clock.advance(90_000);
    world.setHubReachable(true);
    await days(1);
  }
  expect(isKept(paymentId)).toBe(false);
});

test('while the hub is away nothing is forgotten', async () => {
  const paymentId = await collected();
  world.kill();
  world.setHubReachable(false);
  await world.start();
  await days(40);
  expect(isKept(paymentId)).toBe(true);
});
