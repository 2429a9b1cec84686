import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { worldJournal } from '../journal/world-journal.ts';
import { createEdgeWorld, type EdgeWorld } from './edge-world.ts';

const DAY_MS = 86_400_000;
const key = 'receipt-number-00017';
let folder: string;
let world: EdgeWorld;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
  world = createEdgeWorld({ journal: worldJournal, folder, terminals: { front: 'v2' } });
  await world.start();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refusalOf = (change: Parameters<EdgeWorld['request']>[0]) =>
  world.core.payments.create(world.request(change)).then(
    () => undefined,
    (error: { problem?: object }) => error.problem,
  );

test('the same key and body within a day bring the present state, without a second payment', async () => {
  const { payment } = await world.core.payments.create(world.request({ key }));
  world.hub.payments.pay(payment.paymentId);
  await world.clock.advance(DAY_MS - 1_000);
  const again = await world.core.payments.create(world.request({ key }));
  expect(again).toMatchObject({ repeated: true, payment: { paymentId: payment.paymentId, status: 'paid' } });
  expect(world.hub.payments.all()).toHaveLength(1);
});

test('the same key with another body is a conflict that names the payment', async () => {
  const { payment } = await world.core.payments.create(world.request({ key }));
  expect(await refusalOf({ key, tenge: 1501 })).toMatchObject({
    status: 409,
    code: 'key_conflict',
    paymentId: payment.paymentId,
  });
});

test('a key from last year never gets the old paid, whatever the clock did since', async () => {
  const { payment } = await world.core.payments.create(world.request({ key }));
  world.hub.payments.pay(payment.paymentId);
  await world.clock.advance(DAY_MS + 1_000);
  const used = { status: 409, code: 'key_used', paymentId: payment.paymentId };
  expect(await refusalOf({ key })).toMatchObject(used);
  expect(await refusalOf({ key, tenge: 9 })).toMatchObject(used);
  world.clock.jumpWall(-400 * DAY_MS);
  expect(await refusalOf({ key })).toMatchObject(used);
  world.kill();
  await world.start();
  expect(await refusalOf({ key })).toMatchObject(used);
});

test('two requests with one key at the same moment start one payment and get the same answer', async () => {
  const [one, other] = await Promise.all([
    world.core.payments.create(world.request({ key })),
    world.core.payments.create(world.request({ key })),
  ]);
  expect(one.payment.paymentId).toBe(other.payment.paymentId);
  expect([one.repeated, other.repeated].sort()).toEqual([false, true]);
  expect(other.payment.status).toBe('awaiting_scan');
  expect(world.hub.payments.all()).toHaveLength(1);
});

test('two requests with one key for a terminal start it once', async () => {
  const asking = () => world.core.payments.create(world.request({ key, method: 'terminal' }));
  const [one, other] = await Promise.all([asking(), asking()]);
  expect(one.payment.paymentId).toBe(other.payment.paymentId);
  expect(world.terminals.front?.startCount).toBe(1);
});

test('keys belong to the token that used them', async () => {
  const one = await world.core.payments.create(world.request({ key, token: 'till-a' }));
  const other = await world.core.payments.create(world.request({ key, token: 'till-b' }));
  expect(one.payment.paymentId).not.toBe(other.payment.paymentId);
});

test('a key of a payment is not a key of a refund', async () => {
  const { payment } = await world.core.payments.create(world.request({ key }));
  world.hub.payments.pay(payment.paymentId);
  await world.clock.advance(100);
  const refund = world.core.refunds.create({
    token: 'local',
    idempotencyKey: key,
    bodyHash: 'x',
    paymentId: payment.paymentId,
    reason: 'r',
    actor: 'a',
  });
  await expect(refund).rejects.toMatchObject({ problem: { code: 'key_conflict' } });
});

test.each(['', 'fifteen-letters', 'x'.repeat(129)])(
  'a key of another length than 16 to 128 is refused: %j',
  async (short) => {
    expect(await refusalOf({ key: short })).toMatchObject({ status: 400, code: 'key_invalid', money: 'none' });
  },
);

test('a refusal before an intent is not remembered', async () => {
  expect(await refusalOf({ key, tenge: 0 })).toMatchObject({ code: 'amount_invalid' });
  const { repeated } = await world.core.payments.create(world.request({ key }));
  expect(repeated).toBe(false);
});
