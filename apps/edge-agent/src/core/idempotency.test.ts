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

const paid = async (change: Parameters<EdgeWorld['request']>[0] = {}) => {
  const { payment } = await world.core.payments.create(world.request({ key, ...change }));
  world.hub.payments.pay(payment.paymentId);
  await world.clock.advance(3_000);
  return payment;
};
const restart = async () => {
  world.kill();
  await world.start();
  await world.clock.advance(1_000);
};

test.each([40, -40, 400])(
  'a clock that is corrected by %i days does not make the key of a moment ago old',
  async (days) => {
    const { paymentId } = await paid();
    world.clock.jumpWall(days * DAY_MS);
    const again = await world.core.payments.create(world.request({ key }));
    expect(again).toMatchObject({ repeated: true, payment: { paymentId, status: 'paid' } });
    expect(world.hub.payments.all()).toHaveLength(1);
  },
);

test('the key of a payment that has not ended always leads to it, also after a restart with another date', async () => {
  const { payment } = await world.core.payments.create(world.request({ key, method: 'terminal' }));
  world.clock.jumpWall(40 * DAY_MS);
  await restart();
  const again = await world.core.payments.create(world.request({ key, method: 'terminal' }));
  expect(again).toMatchObject({ repeated: true, payment: { paymentId: payment.paymentId } });
  expect(world.terminals.front?.startCount).toBe(1);
});

test('an old key tells what became of the money, and where to look', async () => {
  const { paymentId } = await paid();
  const declined = await world.core.payments.create(world.request({ key: 'another-receipt-0018' }));
  world.hub.payments.decline(declined.payment.paymentId);
  await world.clock.advance(DAY_MS + 1_000);
  const moved = await refusalOf({ key });
  expect(moved).toMatchObject({ code: 'key_used', money: 'moved', hint: { en: expect.stringContaining(paymentId) } });
  expect(await refusalOf({ key: 'another-receipt-0018' })).toMatchObject({ code: 'key_used', money: 'none' });
});

test('a conflict tells what became of the money of the first request', async () => {
  const { payment } = await world.core.payments.create(world.request({ key }));
  expect(await refusalOf({ key, tenge: 1501 })).toMatchObject({ code: 'key_conflict', money: 'maybe' });
  world.hub.payments.pay(payment.paymentId);
  await world.clock.advance(100);
  expect(await refusalOf({ key, tenge: 1501 })).toMatchObject({ code: 'key_conflict', money: 'moved' });
});

test('a key whose payment is kept no longer starts nothing, and nothing is said of its money', async () => {
  const { paymentId } = await paid();
  world.core.payments.recordCollected(paymentId);
  world.store.prune(world.clock.nowMs() + DAY_MS);
  expect(world.store.payment(paymentId)).toBeUndefined();
  expect(await refusalOf({ key })).toMatchObject({ code: 'key_used', money: 'maybe', paymentId });
  expect(() => world.core.payments.get(paymentId)).toThrow(
    expect.objectContaining({ problem: expect.objectContaining({ code: 'payment_unknown', money: 'maybe' }) }),
  );
});

test.each(['paid', 'open'] as const)(
  'after the journal was lost no key is new until the hub has said which were used: the first was %s',
  async (was) => {
    const { payment } = await world.core.payments.create(world.request({ key }));
    if (was === 'paid') world.hub.payments.pay(payment.paymentId);
    await world.clock.advance(100);
    world.kill();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `journal.db${suffix}`), { force: true });
    world.hub.misbehave('resume', 'request_lost');
    await world.start();
    await world.clock.advance(1_000);
    const recovering = { status: 503, code: 'journal_recovering', money: 'maybe', retry: 'same_key' };
    const refused = [refusalOf({ key }), refusalOf({ key: 'a-key-never-seen-before' })];
    await world.clock.advance(3_100);
    for (const one of refused) expect(await one).toMatchObject(recovering);
    await world.clock.advance(20_000);
    const again = await world.core.payments.create(world.request({ key }));
    expect(again).toMatchObject({ repeated: true, payment: { paymentId: payment.paymentId } });
    expect(world.hub.payments.all()).toHaveLength(1);
    const next = await world.core.payments.create(world.request({ key: 'a-key-never-seen-before' }));
    expect(next.repeated).toBe(false);
  },
);

test('a request right after the loss of the journal waits for the hub to say which keys were used', async () => {
  const { payment } = await world.core.payments.create(world.request({ key }));
  await world.clock.advance(100);
  world.kill();
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `journal.db${suffix}`), { force: true });
  world.hub.misbehave('hello', 'request_lost');
  await world.start();
  const asking = world.core.payments.create(world.request({ key }));
  await world.clock.advance(2_000);
  expect(await asking).toMatchObject({ repeated: true, payment: { paymentId: payment.paymentId } });
});

test('a refusal before an intent is not remembered', async () => {
  expect(await refusalOf({ key, tenge: 0 })).toMatchObject({ code: 'amount_invalid' });
  const { repeated } = await world.core.payments.create(world.request({ key }));
  expect(repeated).toBe(false);
});
