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

const pay = async () => (await world.core.payments.create(world.request())).payment;
const get = (paymentId: string) => world.core.payments.get(paymentId);
const restart = async () => {
  world.kill();
  await world.start();
};
/** Lets virtual time run while a call is under way. */
async function during<Result>(call: Promise<Result>, ms: number): Promise<Result> {
  call.catch(() => undefined);
  await world.clock.advance(ms);
  return call;
}
async function problemOf(call: Promise<unknown>): Promise<ProblemError['problem']> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ProblemError) return error.problem;
  throw new Error(`expected a refusal, got ${String(error)}`);
}

test('a QR is shown, scanned, paid and collected in five commits, and every fact reaches the hub', async () => {
  const before = world.core.outbox().lastSeq;
  const { payment, repeated } = await world.core.payments.create(world.request());
  expect(repeated).toBe(false);
  expect(payment).toMatchObject({ status: 'awaiting_scan', qr: { token: `token-${payment.paymentId}` } });
  world.hub.payments.scan(payment.paymentId);
  await world.clock.advance(100);
  expect(get(payment.paymentId).status).toBe('awaiting_confirmation');
  world.hub.payments.pay(payment.paymentId);
  await world.clock.advance(100);
  expect(get(payment.paymentId)).toMatchObject({ status: 'paid', final: true });
  world.core.payments.recordCollected(payment.paymentId);
  await world.clock.advance(1_000);
  const facts = world.intake.facts().filter((fact) => fact.kind === 'payment');
  expect(facts.map(({ fact }) => fact.status)).toEqual([
    'created',
    'awaiting_scan',
    'awaiting_confirmation',
    'paid',
    'paid',
  ]);
  expect(world.core.outbox().acknowledged).toBe(world.core.outbox().lastSeq);
  expect(world.core.outbox().lastSeq - before).toBe(5);
});

test('with the hub away a QR is refused before any intent, and the same key works when the hub is back', async () => {
  world.setHubReachable(false);
  await world.clock.advance(100);
  const problem = await problemOf(
    during(world.core.payments.create(world.request({ key: 'key-while-hub-away' })), 3_000),
  );
  expect(problem).toMatchObject({ status: 503, code: 'hub_unreachable', money: 'none' });
  expect(world.core.payments.search({ limit: 10 }).payments).toEqual([]);
  world.setHubReachable(true);
  await world.clock.advance(10_000);
  const { payment, repeated } = await world.core.payments.create(world.request({ key: 'key-while-hub-away' }));
  expect([payment.status, repeated]).toEqual(['awaiting_scan', false]);
});

test.each(['request_lost', 'answer_lost', 'hang'] as const)(
  'a creation with its %s is asked again under the same id and shows one code',
  async (fault) => {
    world.hub.misbehave('createPayment', fault);
    const { payment } = await during(world.core.payments.create(world.request()), 9_000);
    expect(payment.status).toBe('awaiting_scan');
    expect(world.hub.payments.all()).toHaveLength(1);
  },
);

test('a hub that stays silent for ten seconds makes it failed with no money, is told to cancel later, and its code is never shown', async () => {
  world.hub.misbehave('createPayment', 'answer_lost', 100);
  const { payment } = await during(world.core.payments.create(world.request()), 10_500);
  expect(payment).toMatchObject({ status: 'failed', statusReason: 'hub_unreachable', toldNone: true, final: true });
  await world.clock.advance(20_000);
  expect(world.hub.cancelReasons).toEqual([{ paymentId: payment.paymentId, reason: 'abandoned' }]);
  expect(get(payment.paymentId).qr).toBeUndefined();
  world.hub.payments.change(payment.paymentId, { status: 'awaiting_scan', qr: { token: 'late', methods: [] } });
  await world.clock.advance(1_000);
  expect(get(payment.paymentId)).toMatchObject({ status: 'failed' });
  expect(get(payment.paymentId).qr).toBeUndefined();
});

test('a code that comes after the ten seconds is never shown either', async () => {
  world.hub.payments.holdCodes = true;
  const { payment } = await during(world.core.payments.create(world.request()), 10_500);
  expect(payment).toMatchObject({ status: 'failed', toldNone: true });
  world.hub.payments.change(payment.paymentId, { status: 'awaiting_scan', qr: { token: 'late', methods: [] } });
  await world.clock.advance(1_000);
  expect(get(payment.paymentId).qr).toBeUndefined();
});

test('abandoning survives a kill: the hub is told by the next process', async () => {
  world.hub.misbehave('createPayment', 'answer_lost', 100);
  const { payment } = await during(world.core.payments.create(world.request()), 10_100);
  world.hub.misbehave('cancelPayment', 'request_lost', 5);
  await restart();
  await world.clock.advance(180_000);
  expect(world.hub.cancelReasons.map((cancel) => cancel.paymentId)).toContain(payment.paymentId);
  expect(get(payment.paymentId)).toMatchObject({ status: 'failed', toldNone: true });
});

test('killed between intent and answer: the next process asks under the same id, and the same key brings it', async () => {
  world.hub.misbehave('createPayment', 'hang');
  const asking = world.request({ key: 'killed-while-creating' });
  void world.core.payments.create(asking);
  await world.clock.advance(500);
  await restart();
  await world.clock.advance(1_000);
  const { payment, repeated } = await world.core.payments.create({ ...asking });
  expect([payment.status, repeated]).toEqual(['awaiting_scan', true]);
  expect(world.hub.payments.all()).toHaveLength(1);
});

test('killed between intent and answer and started an hour later: failed with no money, never asked for again', async () => {
  world.hub.misbehave('createPayment', 'hang');
  const asking = world.request({ key: 'killed-while-creating' });
  void world.core.payments.create(asking);
  await world.clock.advance(500);
  world.kill();
  await world.clock.advance(3_600_000);
  const before = world.hub.calls.filter((call) => call === 'createPayment').length;
  await world.start();
  await world.clock.advance(1_000);
  const { payment } = await world.core.payments.create({ ...asking });
  expect(payment).toMatchObject({ status: 'failed', statusReason: 'hub_unreachable', toldNone: true });
  expect(world.hub.calls.filter((call) => call === 'createPayment')).toHaveLength(before);
});

test('killed between scan and confirm, paid meanwhile: the next process says paid', async () => {
  const { paymentId } = await pay();
  world.hub.payments.scan(paymentId);
  await world.clock.advance(100);
  world.kill();
  world.hub.payments.pay(paymentId);
  await world.start();
  await world.clock.advance(1_000);
  expect(get(paymentId).status).toBe('paid');
});

test('the link cut for an hour: nothing is guessed, and the outcome comes when it heals', async () => {
  const { paymentId } = await pay();
  world.setHubReachable(false);
  world.hub.payments.pay(paymentId);
  await world.clock.advance(3_600_000);
  expect(get(paymentId).status).toBe('awaiting_scan');
  world.setHubReachable(true);
  await world.clock.advance(10_000);
  expect(get(paymentId).status).toBe('paid');
  expect(world.core.outbox().acknowledged).toBe(world.core.outbox().lastSeq);
});

test('a payment that the hub no longer holds is unknown, and what a restored hub says later counts', async () => {
  const { paymentId } = await pay();
  world.hub.payments.forget(paymentId);
  world.setHubReachable(false);
  world.setHubReachable(true);
  await world.clock.advance(5_000);
  expect(get(paymentId)).toMatchObject({ status: 'unknown', statusReason: 'hub_not_found', final: false });
  const { amount } = get(paymentId);
  world.hub.payments.create({ paymentId, method: 'qr', amount, lateAcceptMs: 1, keyHash: '', bodyHash: '' });
  world.hub.payments.pay(paymentId);
  world.setHubReachable(false);
  world.setHubReachable(true);
  await world.clock.advance(5_000);
  expect(get(paymentId)).toMatchObject({ status: 'paid', final: true });
});

test('late money is never paid by a read: the till claims it, or it stays expired', async () => {
  const [claimed, left] = [await pay(), await pay()];
  for (const { paymentId } of [claimed, left]) {
    world.hub.payments.expire(paymentId);
    world.hub.payments.payLate(paymentId);
  }
  await world.clock.advance(100);
  expect(get(claimed.paymentId)).toMatchObject({ status: 'expired', late: { claimable: true } });
  expect(await world.core.payments.acceptLate(claimed.paymentId)).toMatchObject({ status: 'paid' });
  world.hub.payments.change(left.paymentId, {
    late: { amount: left.amount, claimInMs: 0, claimable: false, refundId: '0190a6b2-0000-7000-8000-000000000009' },
  });
  await world.clock.advance(100);
  expect(get(left.paymentId)).toMatchObject({ status: 'expired', late: { claimable: false } });
  expect(await problemOf(world.core.payments.acceptLate(left.paymentId))).toMatchObject({ code: 'late_not_claimable' });
});

test('paid and not fetched within ten minutes is a case, also after a restart; fetching it closes the case', async () => {
  const { paymentId } = await pay();
  world.hub.payments.pay(paymentId);
  await world.clock.advance(300_000);
  await restart();
  expect(world.store.openCases()).toEqual([]);
  await world.clock.advance(301_000);
  expect(world.store.openCases()).toMatchObject([{ kind: 'not_collected', paymentId }]);
  world.core.payments.recordCollected(paymentId);
  expect(world.store.openCases()).toEqual([]);
  expect(get(paymentId).status).toBe('paid');
});

test('cancelling before the scan takes the code down; while the customer confirms it is refused', async () => {
  const [one, other] = [await pay(), await pay()];
  expect(await world.core.payments.cancel(one.paymentId)).toMatchObject({ status: 'cancelled', final: false });
  expect(get(one.paymentId).qr).toBeUndefined();
  world.hub.payments.scan(other.paymentId);
  await world.clock.advance(100);
  expect(await problemOf(world.core.payments.cancel(other.paymentId))).toMatchObject({
    status: 409,
    code: 'customer_confirming',
  });
  world.hub.payments.pay(other.paymentId);
  await world.clock.advance(100);
  expect(await problemOf(world.core.payments.cancel(other.paymentId))).toMatchObject({ code: 'already_paid' });
});

test('amounts outside 1 to 5,000,000 tenge and an agent without devices are refused before any intent', async () => {
  for (const tenge of [0, 5_000_001]) {
    expect(await problemOf(world.core.payments.create(world.request({ tenge })))).toMatchObject({
      code: 'amount_invalid',
      money: 'none',
    });
  }
  world.hub.devices = [];
  await restart();
  expect(await problemOf(world.core.payments.create(world.request()))).toMatchObject({ code: 'device_required' });
});

test('a second process with our identity ends the link to the hub until a restart', async () => {
  world.hub.supersede();
  await world.clock.advance(60_000);
  const hellos = world.hub.calls.filter((call) => call === 'hello').length;
  expect(hellos).toBe(1);
  expect(world.core.health().find((layer) => layer.layer === 'hub_link')).toMatchObject({
    state: 'fail',
    cause: 'superseded',
  });
  expect(await problemOf(world.core.payments.create(world.request()))).toMatchObject({ code: 'hub_unreachable' });
});

test('a hub that refuses our greeting is named in the health and asked again at a slow pace', async () => {
  world.kill();
  for (let count = 0; count < 3; count++) world.hub.refuse('hello', 'agent_revoked');
  await world.start();
  await world.clock.advance(45_000);
  expect(world.core.health().find((layer) => layer.layer === 'hub_link')).toMatchObject({ cause: 'agent_revoked' });
  expect(world.hub.calls.filter((call) => call === 'hello').length).toBeLessThanOrEqual(3);
  await world.clock.advance(60_000);
  expect(world.core.health().find((layer) => layer.layer === 'hub_link')).toMatchObject({ state: 'ok' });
});

test('a device that was added or switched off at the hub is known at the doorbell', async () => {
  world.hub.devices = [
    { deviceId: 'till-1', tradePointName: 'Магазин 1', enabled: true },
    { deviceId: 'till-2', tradePointName: 'Магазин 1', enabled: true },
  ];
  const told: string[] = [];
  world.core.onHealthChange(
    () =>
      void told.push(
        world.core
          .devices()
          .map((one) => one.deviceId)
          .join(' '),
      ),
  );
  const pay = async (deviceId?: string) => {
    const asking = world.core.payments.create(world.request(deviceId === undefined ? {} : { deviceId }));
    asking.catch(() => undefined);
    await world.clock.advance(100);
    return asking;
  };
  await expect(pay('till-2')).rejects.toMatchObject({ problem: { code: 'device_unknown', money: 'none' } });
  world.bus.down.command();
  await world.clock.advance(100);
  expect(told.at(-1)).toBe('till-1 till-2');
  expect((await pay('till-2')).payment.deviceId).toBe('till-2');
  await expect(pay()).rejects.toMatchObject({ problem: { code: 'device_required', money: 'none' } });
});
