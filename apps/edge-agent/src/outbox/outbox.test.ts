import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEdgeWorld, type EdgeWorld } from '../core/edge-world.ts';
import { EdgeError } from '../edge-error.ts';
import { worldJournal } from '../journal/world-journal.ts';

let folder: string;
let world: EdgeWorld;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
  world = createEdgeWorld({ journal: worldJournal, folder });
  await world.start();
  await world.clock.advance(2_000);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const pay = () => world.core.payments.create(world.request());
const isDelivered = () => {
  const { acknowledged, lastSeq } = world.core.outbox();
  return acknowledged === lastSeq;
};
const isRefused = () => world.store.openCase('journal_refused', 'journal') !== undefined;
const refuseOne = async () => {
  world.intake.refuseNext('the hub is older than we are');
  await pay();
  await world.clock.advance(100);
  expect([isRefused(), isDelivered()]).toEqual([true, false]);
};
const reconnect = async () => {
  world.setHubReachable(false);
  await world.clock.advance(5_000);
  world.setHubReachable(true);
};

test('a refused row is tried again after a pause, and what the hub then takes closes the case', async () => {
  await refuseOne();
  await world.clock.advance(61_000);
  expect([isRefused(), isDelivered()]).toEqual([false, true]);
});

test('a connection that ends and comes back does not leave a refused row lying', async () => {
  await refuseOne();
  await reconnect();
  await world.clock.advance(30_000);
  expect([isRefused(), isDelivered()]).toEqual([false, true]);
});

test('a row that is refused again after a reconnection is tried again all the same', async () => {
  await refuseOne();
  world.intake.refuseNext('still too old', 2);
  await reconnect();
  await world.clock.advance(20_000);
  expect([isRefused(), isDelivered()]).toEqual([true, false]);
  await world.clock.advance(61_000);
  expect([isRefused(), isDelivered()]).toEqual([false, true]);
});

test('a refused row goes into the new epoch of a fork, and its case is closed once everything was taken', async () => {
  await refuseOne();
  const { epoch } = world.core.outbox();
  world.bus.down.ack({ epoch, upto: 0, hubEpoch: 'hub-1', hubTimeMs: 0, verdict: 'fork', detail: 'another row' });
  await world.clock.advance(15_000);
  expect(world.core.outbox().epoch).not.toBe(epoch);
  expect([isRefused(), isDelivered()]).toEqual([false, true]);
});

test('a refusal from before a restart is still open, and closed when the hub takes the row', async () => {
  await refuseOne();
  world.kill();
  await world.start();
  await world.clock.advance(5_000);
  expect([isRefused(), isDelivered()]).toEqual([false, true]);
});

test('a batch that the bus cannot carry opens the case', async () => {
  const send = world.bus.sendBatch;
  world.bus.sendBatch = () => Promise.reject(new EdgeError('too_large', '40000 bytes are more than 32768'));
  await pay();
  await world.clock.advance(10_000);
  expect(isRefused()).toBe(true);
  world.bus.sendBatch = send;
  await world.clock.advance(121_000);
  expect([isRefused(), isDelivered()]).toEqual([false, true]);
});

test('on a fork everything goes up again that another copy of this journal has had acknowledged', async () => {
  world.bus.loseBatches(1_000);
  const before = world.core.outbox();
  await pay();
  const { epoch, lastSeq } = world.core.outbox();
  expect(lastSeq).toBeGreaterThan(before.acknowledged);
  // The copy's row has the number of ours: its ack is heard by both.
  const ack = { epoch, hubEpoch: 'hub-1', hubTimeMs: 0, detail: '' };
  world.bus.down.ack({ ...ack, upto: before.acknowledged + 1, verdict: 'ok' });
  world.bus.loseBatches(0);
  world.bus.down.ack({ ...ack, upto: before.acknowledged + 1, verdict: 'fork' });
  await world.clock.advance(15_000);
  const paymentFacts = world.intake.facts().filter((one) => one.kind === 'payment');
  expect(paymentFacts.map(({ fact }) => fact.status)).toEqual(['created', 'awaiting_scan']);
  expect(isDelivered()).toBe(true);
});
