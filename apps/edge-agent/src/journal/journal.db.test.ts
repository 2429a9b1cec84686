import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Money } from '@tolem/base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEdgeWorld, type EdgeWorld } from '../core/edge-world.ts';
import { worldJournal } from './world-journal.ts';

const DAY_MS = 86_400_000;
let folder: string;
let world: EdgeWorld;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-journal-'));
  world = createEdgeWorld({ journal: worldJournal, folder, terminals: { front: 'v2' } });
  await world.start();
  await world.clock.advance(2_000);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name = 'journal.db') => join(folder, name);
const pay = async (change: Parameters<EdgeWorld['request']>[0] = {}) =>
  (await world.core.payments.create(world.request(change))).payment;
const payAtTerminal = async () => {
  const asking = world.core.payments.create(world.request({ method: 'terminal' }));
  asking.catch(() => undefined);
  await world.clock.advance(10);
  const { payment } = await asking;
  world.terminals.front?.pay({ method: 'card' });
  await world.clock.advance(2_000);
  return payment;
};
const terminalState = () => world.core.terminals.list()[0]?.state;
const factsOf = (kind: string) => world.intake.facts().filter((fact) => fact.kind === kind);
const isDelivered = () => world.core.outbox().acknowledged === world.core.outbox().lastSeq;
const image = (from: string, to: string) => {
  for (const name of readdirSync(from))
    if (/journal\.(db|mark)/.test(name)) copyFileSync(join(from, name), join(to, name));
};
const refundView = (paymentId: string, at: number, tenge: number, status: 'confirmed' | 'sent') => ({
  refundId: `0190a6b2-0000-7000-8000-00000000000${at}`,
  paymentId,
  amount: Money.fromTenge(tenge),
  status,
  reason: 'r',
  createdAtMs: 1,
  updatedAtMs: 1,
});
/** The hub holds each event once, and every fact that the journal has of these payments. */
const expectEachFactOnce = () => {
  const ids = world.intake.facts().map((fact) => fact.eventId);
  expect(new Set(ids).size).toBe(ids.length);
};

test('a second process on the same folder is refused in words, and let in when the first is gone', async () => {
  const second = createEdgeWorld({ journal: worldJournal, folder });
  await expect(second.start()).rejects.toMatchObject({ code: 'journal_locked' });
  await world.stop();
  await second.start();
  await second.stop();
});

test('a tidy stop leaves no log behind, a kill leaves one, and both lose nothing', async () => {
  const { paymentId } = await pay();
  await world.stop();
  expect(existsSync(file('journal.db-wal')) && statSync(file('journal.db-wal')).size > 0).toBe(false);
  await world.start();
  expect(world.store.opening).toMatchObject({ found: 'intact', wasUnclean: false });
  world.kill();
  await world.start();
  expect(world.store.opening).toMatchObject({ found: 'intact', wasUnclean: true });
  await world.clock.advance(1_000);
  expect(world.core.payments.get(paymentId).status).toBe('awaiting_scan');
  expect(terminalState()).toBe('ready');
});

test('a torn end of the log: what the hub was told of is not forgotten, and the till goes on in a new epoch', async () => {
  const first = await pay({ key: 'key-before-the-tear' });
  world.hub.payments.pay(first.paymentId);
  await world.clock.advance(2_000);
  expect(isDelivered()).toBe(true);
  const { epoch } = world.core.outbox();
  const held = world.intake.facts().length;
  world.kill();
  truncateSync(file('journal.db-wal'), statSync(file('journal.db-wal')).size - 100);
  await world.start();
  await world.clock.advance(5_000);
  expect(world.core.outbox().epoch).not.toBe(epoch);
  expect(factsOf('journal').map(({ fact }) => fact.reason)).toEqual(['created', 'forked']);
  expect(world.core.payments.get(first.paymentId).status).toBe('paid');
  expect(terminalState()).toBe('unresolved');
  expect((await pay()).status).toBe('awaiting_scan');
  await world.clock.advance(2_000);
  expect(isDelivered()).toBe(true);
  expect(world.intake.facts().length).toBeGreaterThan(held);
  expectEachFactOnce();
});

test('restored from an old image: the fork is seen, payments and keys come back, nothing is charged twice', async () => {
  const old = mkdtempSync(join(tmpdir(), 'tolem-image-'));
  await world.stop();
  image(folder, old);
  await world.start();
  const asked = await pay({ key: 'key-after-the-image' });
  world.hub.payments.scan(asked.paymentId);
  await world.clock.advance(2_000);
  world.kill();
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  image(old, folder);
  await world.start();
  await world.clock.advance(5_000);
  expect(terminalState()).toBe('unresolved');
  expect(world.store.openCases().map((entry) => entry.kind)).toEqual(['journal_lost']);
  const again = await world.core.payments.create(world.request({ key: 'key-after-the-image' }));
  expect(again).toMatchObject({
    repeated: true,
    payment: { paymentId: asked.paymentId, status: 'awaiting_confirmation' },
  });
  world.hub.payments.pay(asked.paymentId);
  await world.clock.advance(2_000);
  expect(world.core.payments.get(asked.paymentId).status).toBe('paid');
  expect(world.hub.payments.all()).toHaveLength(1);
  expect(isDelivered()).toBe(true);
  expectEachFactOnce();
  rmSync(old, { recursive: true });
});

test('refunds that the old image does not know come back as well and count against what is left', async () => {
  const payment = await payAtTerminal();
  await world.clock.advance(2_000);
  const known = world.core.payments.get(payment.paymentId);
  await world.stop();
  const { late: _, ...view } = known;
  world.hub.payments.adopt({
    ...view,
    refunded: Money.fromTenge(400),
    refunds: [refundView(payment.paymentId, 1, 400, 'confirmed'), refundView(payment.paymentId, 2, 500, 'sent')],
  });
  rmSync(file('journal.db'));
  const old = readdirSync(folder);
  expect(old).not.toContain('journal.db');
  await world.start();
  await world.clock.advance(5_000);
  const refunds = world.core.payments.refundsOf(payment.paymentId);
  expect(refunds.map((refund) => [refund.amount.toString(), refund.status])).toEqual([
    ['400.00', 'confirmed'],
    ['500.00', 'unknown'],
  ]);
  expect(world.core.payments.get(payment.paymentId).refunded.toString()).toBe('400.00');
});

test('an old image that wrote on without the hub: its own facts reach the hub under their own event ids', async () => {
  const old = mkdtempSync(join(tmpdir(), 'tolem-image-'));
  await world.stop();
  image(folder, old);
  await world.start();
  await payAtTerminal();
  await world.clock.advance(2_000);
  world.kill();
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  image(old, folder);
  world.setHubReachable(false);
  await world.start();
  const alone = await payAtTerminal();
  world.setHubReachable(true);
  await world.clock.advance(10_000);
  const facts = factsOf('payment').filter(({ fact }) => fact.paymentId === alone.paymentId);
  expect(facts.map(({ fact }) => fact.status)).toEqual(['created', 'awaiting_scan', 'paid']);
  expect(isDelivered()).toBe(true);
  expectEachFactOnce();
  rmSync(old, { recursive: true });
});

test('damaged in the middle: moved aside, a new epoch, terminals wait for a person, payments come back', async () => {
  const asked = await pay({ key: 'key-before-the-damage' });
  await payAtTerminal();
  world.setHubReachable(false);
  await payAtTerminal();
  const unsent = world.core.outbox().lastSeq - world.core.outbox().acknowledged;
  expect(unsent).toBeGreaterThan(0);
  await world.stop();
  const bytes = readFileSync(file());
  // The rows of a page lie at its end.
  for (let at = 8192; at < bytes.length; at += 4096) bytes.fill(0xa5, at + 3_400, at + 4_000);
  writeFileSync(file(), bytes);
  world.setHubReachable(true);
  await world.start().catch(() => undefined);
  // A clean stop is believed: the damage shows at the first read, the process ends, and the next one checks.
  if (world.store.opening.found === 'intact') {
    world.kill();
    await world.start();
  }
  expect(world.store.opening.found).toBe('damaged');
  expect(readdirSync(folder).some((name) => name.includes('.damaged-'))).toBe(true);
  expect(terminalState()).toBe('unresolved');
  await expect(world.core.payments.create(world.request({ method: 'terminal' }))).rejects.toMatchObject({
    problem: { code: 'terminal_unresolved' },
  });
  await world.clock.advance(5_000);
  expect(world.core.payments.get(asked.paymentId).status).toBe('cancelled');
  const again = await world.core.payments.create(world.request({ key: 'key-before-the-damage' }));
  expect(again.payment.paymentId).toBe(asked.paymentId);
  expect(factsOf('journal').map(({ fact }) => fact.reason)).toEqual(['created', 'damaged']);
  await world.core.terminals.release('front', { by: 'Айгүл', reason: 'looked at the last receipt' });
  expect((await payAtTerminal()).paymentId).toBeDefined();
  await world.clock.advance(2_000);
  expect(isDelivered()).toBe(true);
  expectEachFactOnce();
});

test('after a kill the file is checked even where its log is gone and with it every trace of having been open', async () => {
  await payAtTerminal();
  await world.stop();
  await world.start();
  await payAtTerminal();
  world.kill();
  for (const suffix of ['-wal', '-shm']) rmSync(file(`journal.db${suffix}`), { force: true });
  const bytes = readFileSync(file());
  for (let at = 4096; at < bytes.length; at += 4096) bytes.fill(0xa5, at + 3_400, at + 4_000);
  writeFileSync(file(), bytes);
  await world.start();
  expect(world.store.opening).toMatchObject({ found: 'damaged', wasUnclean: true });
  expect(terminalState()).toBe('unresolved');
});

test('a text damaged inside a sound page is found after an unclean stop, and the other records are saved', async () => {
  const asked = await pay({ key: 'key-before-the-scratch' });
  await payAtTerminal();
  await world.clock.advance(2_000);
  await world.stop();
  await world.start();
  world.kill();
  const bytes = readFileSync(file());
  const at =
    bytes.indexOf('"hostResponseCode"') >= 0 ? bytes.indexOf('"hostResponseCode"') : bytes.indexOf('"storeName"');
  expect(at).toBeGreaterThan(0);
  bytes.fill(0x41, at, at + 8);
  writeFileSync(file(), bytes);
  await world.start();
  expect(world.store.opening).toMatchObject({ found: 'damaged', detail: expect.stringContaining('as it was written') });
  expect(world.core.payments.get(asked.paymentId).status).toBe('awaiting_scan');
  expect(terminalState()).toBe('unresolved');
});

test('a journal that is no database at all is moved aside as well', async () => {
  await world.stop();
  writeFileSync(file(), 'this is not a database, and longer than a header of one hundred bytes '.repeat(80));
  await world.start();
  expect(world.store.opening.found).toBe('damaged');
  expect(terminalState()).toBe('unresolved');
});

test('the journal deleted under a known agent: lost, terminals wait, keys come back', async () => {
  const asked = await pay({ key: 'key-before-the-loss' });
  world.kill();
  for (const suffix of ['', '-wal', '-shm']) rmSync(file(`journal.db${suffix}`), { force: true });
  await world.start();
  await world.clock.advance(5_000);
  expect(world.store.opening.found).toBe('lost');
  expect(terminalState()).toBe('unresolved');
  const again = await world.core.payments.create(world.request({ key: 'key-before-the-loss' }));
  expect(again).toMatchObject({ repeated: true, payment: { paymentId: asked.paymentId } });
});

test('the whole folder deleted: the hub knows payments of this agent, so terminals wait as well', async () => {
  await pay();
  world.kill();
  rmSync(folder, { recursive: true });
  await world.start();
  expect(world.store.opening.found).toBe('created');
  await world.clock.advance(5_000);
  expect(terminalState()).toBe('unresolved');
  expect(world.core.payments.search({ limit: 10 }).payments).toHaveLength(1);
});

test('a hub restored from a backup gets again what it no longer holds', async () => {
  await pay();
  await world.clock.advance(2_000);
  const all = world.intake.facts().length;
  world.intake.restore(1, 'hub-2');
  world.setHubReachable(false);
  world.setHubReachable(true);
  await world.clock.advance(10_000);
  expect(world.intake.facts()).toHaveLength(all);
  expect(isDelivered()).toBe(true);
  expectEachFactOnce();
});

test('rows that the hub holds are removed after keepDays, others never, and keys stay', async () => {
  const { paymentId } = await pay({ key: 'key-that-is-never-removed' });
  await world.clock.advance(2_000);
  world.setHubReachable(false);
  await world.clock.advance(1_000);
  await payAtTerminal();
  const { acknowledged, lastSeq } = world.core.outbox();
  world.store.prune(world.clock.nowMs() + DAY_MS);
  const left = world.store.log.read(0, { rows: 1000, bytes: 1e9 }).map((row) => row.seq);
  expect(left).toEqual(Array.from({ length: lastSeq - acknowledged }, (_, at) => acknowledged + 1 + at));
  await expect(
    world.core.payments.create(world.request({ key: 'key-that-is-never-removed', tenge: 3 })),
  ).rejects.toMatchObject({
    problem: { code: 'key_conflict', paymentId },
  });
  world.setHubReachable(true);
  await world.clock.advance(5_000);
  expect(isDelivered()).toBe(true);
});

test('payments that ended long ago are forgotten with their refunds, open and uncollected ones are not', async () => {
  const ended = await payAtTerminal();
  world.core.payments.recordCollected(ended.paymentId);
  const [open, uncollected] = [await pay(), await payAtTerminal()];
  await world.clock.advance(2_000);
  world.store.prune(world.clock.nowMs() + DAY_MS);
  expect(() => world.core.payments.get(ended.paymentId)).toThrow('payment_unknown');
  expect(world.core.payments.get(open.paymentId).status).toBe('awaiting_scan');
  expect(world.core.payments.get(uncollected.paymentId).status).toBe('paid');
});

test('a row that the hub refuses stops the outbox, opens a case, and is tried again', async () => {
  world.intake.refuseNext('a fact of an unknown shape');
  await pay();
  await world.clock.advance(2_000);
  expect(world.store.openCases().map((entry) => entry.kind)).toEqual(['journal_refused']);
  expect(world.core.health().find((layer) => layer.layer === 'agent')).toMatchObject({ cause: 'journal_refused' });
  await world.clock.advance(130_000);
  expect(world.store.openCases()).toEqual([]);
  expect(isDelivered()).toBe(true);
});

test('an ack of more rows than we have is a fork, whatever the hub calls it', async () => {
  const { epoch, lastSeq } = world.core.outbox();
  const ack = {
    epoch,
    upto: lastSeq + 3,
    hubEpoch: 'hub-1',
    hubTimeMs: world.clock.nowMs(),
    verdict: 'ok' as const,
    detail: '',
  };
  world.bus.down.ack(ack);
  await world.clock.advance(3_000);
  expect(world.core.outbox().epoch).not.toBe(epoch);
  expect(terminalState()).toBe('unresolved');
  expect(isDelivered()).toBe(true);
});

test('a batch that the broker took and the hub never got is not delivered: it is sent again until the hub has it', async () => {
  world.bus.loseBatches(3);
  await pay();
  await world.clock.advance(4_000);
  expect(isDelivered()).toBe(false);
  await world.clock.advance(60_000);
  expect(isDelivered()).toBe(true);
  expectEachFactOnce();
});

test('300 payments behind a cut link arrive in order, in batches below the limits', async () => {
  world.setHubReachable(false);
  for (let count = 0; count < 300; count++) await payAtTerminal();
  const { lastSeq, acknowledged } = world.core.outbox();
  expect(lastSeq - acknowledged).toBeGreaterThan(800);
  world.setHubReachable(true);
  await world.clock.advance(30_000);
  expect(isDelivered()).toBe(true);
  expectEachFactOnce();
}, 60_000);
