import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProblemError } from '@tolem/base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { worldJournal } from '../journal/world-journal.ts';
import { createEdgeWorld, type EdgeWorld } from './edge-world.ts';

let folder: string;
let world: EdgeWorld;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
  world = createEdgeWorld({ journal: worldJournal, folder });
  await world.start();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ask = (key?: string) =>
  world.core.payments.create(world.request({ method: 'link', ...(key === undefined ? {} : { key }) }));
const link = async () => (await ask()).payment;
const get = (paymentId: string) => world.core.payments.get(paymentId);
const hours = 3_600_000;

test('a link is shown with the ways to pay, opened, paid and collected, and every fact reaches the hub as one of a link', async () => {
  const { paymentId, ...shown } = await link();
  expect(shown).toMatchObject({
    method: 'link',
    status: 'awaiting_scan',
    link: { url: `https://pay.kaspi.kz/pay/${paymentId}`, methods: ['Gold'] },
  });
  expect(shown.qr).toBeUndefined();
  world.hub.payments.scan(paymentId);
  await world.clock.advance(100);
  expect(get(paymentId).status).toBe('awaiting_confirmation');
  expect(get(paymentId).link).toBeUndefined();
  world.hub.payments.pay(paymentId);
  await world.clock.advance(100);
  world.core.payments.recordCollected(paymentId);
  await world.clock.advance(1_000);
  const facts = world.intake.facts().filter((fact) => fact.kind === 'payment');
  const steps = ['created', 'awaiting_scan', 'awaiting_confirmation', 'paid', 'paid'];
  expect(facts.map(({ fact }) => fact.status)).toEqual(steps);
  expect(new Set(facts.map(({ fact }) => fact.method))).toEqual(new Set(['link']));
});

test('with the hub away a link is refused before any intent', async () => {
  world.setHubReachable(false);
  await world.clock.advance(100);
  const asking = ask('key-while-hub-away').catch((error: unknown) => error);
  await world.clock.advance(3_000);
  const error = await asking;
  expect(error).toBeInstanceOf(ProblemError);
  expect((error as ProblemError).problem).toMatchObject({ status: 503, code: 'hub_unreachable', money: 'none' });
  expect(world.core.payments.search({ limit: 10 }).payments).toEqual([]);
});

test('a repeated key gives the same link', async () => {
  const first = await ask('key-of-one-receipt');
  const second = await ask('key-of-one-receipt');
  expect(second).toMatchObject({ repeated: true, payment: { paymentId: first.payment.paymentId } });
  expect(second.payment.link).toEqual(first.payment.link);
  expect(world.hub.payments.all()).toHaveLength(1);
});

test('a link that comes after `money: none` was told is never shown', async () => {
  world.hub.payments.holdCodes = true;
  const asking = link();
  await world.clock.advance(10_500);
  const { paymentId } = await asking;
  expect(get(paymentId)).toMatchObject({ status: 'failed', toldNone: true });
  world.hub.payments.change(paymentId, { status: 'awaiting_scan', link: { url: 'https://late', methods: [] } });
  await world.clock.advance(1_000);
  expect(get(paymentId).link).toBeUndefined();
  world.kill();
  await world.start();
  expect(get(paymentId).link).toBeUndefined();
});

test('a link survives a kill, and is taken down by a cancel', async () => {
  const { paymentId } = await link();
  world.kill();
  await world.start();
  await world.clock.advance(1_000);
  expect(get(paymentId).link?.url).toContain(paymentId);
  await world.core.payments.cancel(paymentId);
  expect(get(paymentId)).toMatchObject({ status: 'cancelled', final: false });
  expect(get(paymentId).link).toBeUndefined();
});

test('a link paid after its end is late money: claimed by the till, never paid by a read', async () => {
  const { paymentId } = await link();
  world.hub.payments.expire(paymentId);
  world.hub.payments.payLate(paymentId);
  await world.clock.advance(100);
  expect(get(paymentId)).toMatchObject({ status: 'expired', late: { claimable: true } });
  expect((await world.core.payments.acceptLate(paymentId)).status).toBe('paid');
});

test('a paid link goes back through the hub, in parts and no tiyn more', async () => {
  const { paymentId } = await link();
  world.hub.payments.pay(paymentId);
  await world.clock.advance(hours);
  const key = { token: 'local', bodyHash: 'all', paymentId, reason: 'returned', actor: 'till' };
  const asking = world.core.refunds.create({ ...key, idempotencyKey: 'refund-of-the-link' });
  await world.clock.advance(100);
  expect((await asking).refund).toMatchObject({ status: 'confirmed', paymentId });
  expect(get(paymentId).refunded.toString()).toBe('1500.00');
  const more = world.core.refunds.create({ ...key, idempotencyKey: 'refund-of-the-link-2' });
  await expect(more).rejects.toMatchObject({ problem: { code: 'nothing_left', money: 'none' } });
});
