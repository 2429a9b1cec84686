import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Money } from '@tolem/base';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RefundPolicy } from '../edge-settings.ts';
import type { HubOffer } from '../hub/hub-offer.ts';
import { worldJournal } from '../journal/world-journal.ts';
import { createEdgeWorld, type EdgeWorld } from './edge-world.ts';

const OFFERS: Record<1 | 2 | 3, HubOffer> = {
  1: { scheme: 1, methods: ['qr', 'link'], refunds: 'none' },
  2: { scheme: 2, methods: ['qr', 'link'], refunds: 'with_customer' },
  3: { scheme: 3, methods: ['qr', 'link', 'invoice'], refunds: 'without_customer' },
};

let folder: string;
let world: EdgeWorld;
let keys = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const startUnder = async (scheme: 1 | 2 | 3, refunds: Partial<RefundPolicy> = {}) => {
  world = createEdgeWorld({ journal: worldJournal, folder, terminals: { front: 'v2' }, refunds });
  world.hub.offer = OFFERS[scheme];
  await world.start();
};
const paid = async (tenge = 1000): Promise<string> => {
  const { payment } = await world.core.payments.create(world.request({ tenge }));
  world.hub.payments.pay(payment.paymentId);
  await world.clock.advance(100);
  return payment.paymentId;
};
const settled = async <Answer>(asking: Promise<Answer>, advanceMs = 100): Promise<Answer> => {
  asking.catch(() => undefined);
  await world.clock.advance(advanceMs);
  return asking;
};
const refund = (paymentId: string, change: { refundSessionId?: string; tenge?: number; key?: string } = {}) => {
  keys += 1;
  const { refundSessionId, tenge, key = `refund-key-number-${keys}` } = change;
  return settled(
    world.core.refunds.create({
      token: 'local',
      idempotencyKey: key,
      bodyHash: `${paymentId} ${tenge} ${refundSessionId}`,
      paymentId,
      reason: 'goods returned',
      actor: 'till',
      ...(tenge === undefined ? {} : { amount: Money.fromTenge(tenge) }),
      ...(refundSessionId === undefined ? {} : { refundSessionId }),
    }),
  );
};
const refusalOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: { problem?: object }) => error.problem,
  );
const openSession = async () => (await settled(world.core.refundSessions.open({}))).refundSessionId;
const knownCustomer = async () => {
  const id = await openSession();
  world.hub.sessions.scan(id);
  await world.clock.advance(100);
  return id;
};

describe('scheme 2: the customer is needed', () => {
  beforeEach(() => startUnder(2));

  test('without a session nothing is stored, and the refusal says what to do', async () => {
    const paymentId = await paid();
    expect(await refusalOf(refund(paymentId))).toMatchObject({
      status: 409,
      code: 'customer_required',
      money: 'none',
      hint: { ru: expect.stringContaining('отсканировать код возврата') },
    });
    expect(world.core.payments.refundsOf(paymentId)).toEqual([]);
  });

  test('the customer scans, and a part goes back, then the rest in the same session', async () => {
    const paymentId = await paid();
    const opened = await settled(world.core.refundSessions.open({}));
    expect(opened).toMatchObject({ status: 'awaiting_customer', deviceId: 'till-1' });
    expect(opened.qrToken).toBe(`refund-${opened.refundSessionId}`);
    const waiting = world.core.refundSessions.waitForChange(opened.refundSessionId, opened.version, 25_000);
    world.hub.sessions.scan(opened.refundSessionId);
    const known = await settled(waiting);
    expect(known).toMatchObject({ status: 'customer_known' });
    expect(known.qrToken).toBeUndefined();
    const { refundSessionId } = known;
    expect((await refund(paymentId, { refundSessionId, tenge: 300 })).refund).toMatchObject({ status: 'confirmed' });
    expect((await refund(paymentId, { refundSessionId })).refund.amount.toString()).toBe('700.00');
    expect(world.core.payments.get(paymentId).refunded.toString()).toBe('1000.00');
  });

  test('a code that nobody scanned covers nothing, then expires', async () => {
    const paymentId = await paid();
    const refundSessionId = await openSession();
    expect(await refusalOf(refund(paymentId, { refundSessionId }))).toMatchObject({ code: 'customer_not_known' });
    world.hub.sessions.expire(refundSessionId);
    await world.clock.advance(100);
    expect(await refusalOf(refund(paymentId, { refundSessionId }))).toMatchObject({
      status: 409,
      code: 'refund_session_over',
      money: 'none',
    });
    expect(await refusalOf(settled(world.core.refundSessions.purchases(refundSessionId)))).toMatchObject({
      code: 'refund_session_over',
    });
    expect(world.core.payments.refundsOf(paymentId)).toEqual([]);
  });

  test.each(['no-uuid', '0190a6b2-0000-7000-8000-00000000abcd'])('the session %s is not known', async (id) => {
    const problem = { status: 404, code: 'refund_session_unknown', money: 'none' };
    expect(await refusalOf(settled(world.core.refundSessions.find(id)))).toMatchObject(problem);
    expect(await refusalOf(refund(await paid(), { refundSessionId: id }))).toMatchObject(problem);
  });

  test('the customer’s purchases: ours, those made elsewhere, and what this till may give back of each', async () => {
    const paymentId = await paid(1000);
    world.hub.sessions.elsewhere.push({
      bankPaymentId: '77',
      amount: Money.fromTenge(250),
      atMs: world.clock.nowMs() - 5_000,
      refundable: false,
      reason: 'not_of_this_till',
    });
    const refundSessionId = await knownCustomer();
    await refund(paymentId, { refundSessionId, tenge: 400 });
    const [ours, other] = await settled(world.core.refundSessions.purchases(refundSessionId));
    expect(ours).toMatchObject({ paymentId, refundable: true });
    expect([String(ours?.amount), String(ours?.available)]).toEqual(['1000.00', '600.00']);
    expect(other).toEqual({
      bankPaymentId: '77',
      amount: Money.fromTenge(250),
      atMs: expect.any(Number),
      refundable: false,
      reason: 'not_of_this_till',
    });
  });

  test('the hub is away: no session, no refund, and nothing stored', async () => {
    const paymentId = await paid();
    const refundSessionId = await knownCustomer();
    world.setHubReachable(false);
    await world.clock.advance(10_000);
    const away = { status: 503, code: 'hub_unreachable', money: 'none', retry: 'after' };
    expect(await refusalOf(settled(world.core.refundSessions.open({})))).toMatchObject(away);
    expect(await refusalOf(settled(world.core.refundSessions.purchases(refundSessionId)))).toMatchObject(away);
    expect(await refusalOf(refund(paymentId, { refundSessionId }))).toMatchObject(away);
    expect(world.core.payments.refundsOf(paymentId)).toEqual([]);
  });

  test.each(['request_lost', 'answer_lost'] as const)('opening with its %s opens one session', async (fault) => {
    world.hub.misbehave('openRefundSession', fault);
    const opened = await settled(world.core.refundSessions.open({}), 9_000);
    expect(world.hub.sessions.all().map((one) => one.refundSessionId)).toEqual([opened.refundSessionId]);
  });

  test.each(['request_lost', 'hang'] as const)('a bank without an answer (%s): refused in time', async (fault) => {
    world.hub.misbehave('openRefundSession', fault, 1_000);
    const refused = { status: 503, code: 'bank_unavailable', money: 'none', retry: 'after' };
    expect(await refusalOf(settled(world.core.refundSessions.open({}), 11_000))).toMatchObject(refused);
  });

  test('a session outlives the agent’s process, and the change of an interrupted poll is not lost', async () => {
    const paymentId = await paid();
    const refundSessionId = await openSession();
    world.kill();
    world.hub.sessions.scan(refundSessionId);
    await world.start();
    await world.clock.advance(1_000);
    expect(await settled(world.core.refundSessions.find(refundSessionId))).toMatchObject({ status: 'customer_known' });
    world.hub.misbehave('getRefundSession', 'answer_lost', 3);
    await world.clock.advance(30_000);
    world.hub.sessions.change(refundSessionId, { status: 'expired' });
    await world.clock.advance(25_000);
    expect(await refusalOf(refund(paymentId, { refundSessionId }))).toMatchObject({ code: 'refund_session_over' });
  });

  test('a hub that was away for longer than a session is followed is asked again', async () => {
    const refundSessionId = await openSession();
    world.setHubReachable(false);
    await world.clock.advance(31 * 60_000);
    world.hub.sessions.expire(refundSessionId);
    expect(await refusalOf(settled(world.core.refundSessions.find(refundSessionId)))).toMatchObject({
      code: 'hub_unreachable',
    });
    world.setHubReachable(true);
    await world.clock.advance(10_000);
    expect(await settled(world.core.refundSessions.find(refundSessionId))).toMatchObject({ status: 'expired' });
  });

  test('a hub that has lost the session ends it', async () => {
    const refundSessionId = await openSession();
    world.hub.sessions.forget(refundSessionId);
    await world.clock.advance(30_000);
    expect(await settled(world.core.refundSessions.find(refundSessionId))).toMatchObject({
      status: 'failed',
      statusReason: 'hub_not_found',
    });
  });

  test('killed before the hub’s answer, the refund is asked for again with its session', async () => {
    const paymentId = await paid();
    const refundSessionId = await knownCustomer();
    world.hub.misbehave('createRefund', 'request_lost');
    void refund(paymentId, { refundSessionId, key: 'refund-key-agent-killed' }).catch(() => undefined);
    await world.clock.advance(10);
    world.kill();
    await world.start();
    await world.clock.advance(5_000);
    const again = await refund(paymentId, { refundSessionId, key: 'refund-key-agent-killed' });
    expect(again).toMatchObject({ repeated: true, refund: { status: 'confirmed', refundSessionId } });
  });

  test('expired between the question and the hub’s answer: declined, no money moved', async () => {
    const paymentId = await paid();
    const refundSessionId = await knownCustomer();
    world.hub.refuse('createRefund', 'refund_session_over');
    expect((await refund(paymentId, { refundSessionId })).refund).toMatchObject({
      status: 'declined',
      statusReason: 'refund_session_over',
    });
  });
});

describe('the hub is not reached before the customer’s time is over', () => {
  let paymentId: string;
  let refundId: string;
  beforeEach(async () => {
    await startUnder(2);
    paymentId = await paid();
    const refundSessionId = await knownCustomer();
    world.hub.misbehave('createRefund', 'request_lost', 2);
    void refund(paymentId, { refundSessionId, tenge: 300 }).catch(() => undefined);
    await world.clock.advance(10);
    refundId = world.core.payments.refundsOf(paymentId)[0]?.refundId ?? '';
    world.hub.sessions.expire(refundSessionId);
  });
  const now = () => world.core.refunds.get(refundId);
  const cases = () => world.store.openCases().map(({ kind }) => kind);

  test('the hub holds no such refund: declined, and the payment can be refunded', async () => {
    await world.clock.advance(120_000);
    expect(now()).toMatchObject({ status: 'declined', statusReason: 'refund_session_over' });
    expect(cases()).toEqual([]);
    const again = await refund(paymentId, { refundSessionId: await knownCustomer() });
    expect(again.refund).toMatchObject({ status: 'confirmed', amount: Money.fromTenge(1000) });
  });

  test('nor does the next process leave it open for ever', async () => {
    world.kill();
    await world.start();
    await world.clock.advance(120_000);
    expect(now()).toMatchObject({ status: 'declined', statusReason: 'refund_session_over' });
  });

  test('a hub that was restored meanwhile may have lost it: unknown, and a case', async () => {
    world.setHubReachable(false);
    world.hub.hubEpoch = 'hub-2';
    await world.clock.advance(10_000);
    world.setHubReachable(true);
    await world.clock.advance(120_000);
    expect(now()).toMatchObject({ status: 'unknown', statusReason: 'refund_session_over' });
    expect(cases()).toEqual(['refund_unknown']);
  });

  test('a hub that holds nothing of the payment any more: unknown, and a case', async () => {
    world.setHubReachable(false);
    world.hub.hubEpoch = 'hub-2';
    world.hub.payments.forget(paymentId);
    world.hub.offer = { scheme: 3, methods: ['qr'], refunds: 'without_customer' };
    world.setHubReachable(true);
    await world.clock.advance(120_000);
    expect(now()).toMatchObject({ status: 'unknown', statusReason: 'hub_not_found' });
    expect(cases()).toContain('refund_unknown');
  });
});

describe('limits of the till', () => {
  test('no refunds here: not even a code is shown', async () => {
    await startUnder(2, { scope: 'none' });
    expect(await refusalOf(settled(world.core.refundSessions.open({})))).toMatchObject({
      status: 403,
      code: 'refund_policy',
    });
  });

  test('too old and above the limit are told in the list, and refused', async () => {
    await startUnder(2, { max: Money.fromTenge(500), withinMs: 3_600_000 });
    const paymentId = await paid(1000);
    const first = await knownCustomer();
    const [limited] = await settled(world.core.refundSessions.purchases(first));
    expect(String(limited?.available)).toBe('500.00');
    await refund(paymentId, { refundSessionId: first, tenge: 500 });
    expect(await settled(world.core.refundSessions.purchases(first))).toMatchObject([
      { refundable: false, reason: 'till_limit' },
    ]);
    expect(await refusalOf(refund(paymentId, { refundSessionId: first, tenge: 1 }))).toMatchObject({
      code: 'refund_policy',
    });
    await world.clock.advance(3_700_000);
    expect(await settled(world.core.refundSessions.purchases(await knownCustomer()))).toMatchObject([
      { refundable: false, reason: 'too_old' },
    ]);
  });
});

test('scheme 1: a refund is refused plainly, with where it is made instead', async () => {
  await startUnder(1);
  const paymentId = await paid();
  const refused = { status: 409, code: 'refunds_not_offered', money: 'none' };
  expect(await refusalOf(refund(paymentId))).toMatchObject({
    ...refused,
    hint: { en: expect.stringContaining('Kaspi Pay') },
  });
  expect(await refusalOf(settled(world.core.refundSessions.open({})))).toMatchObject(refused);
  expect(world.core.payments.refundsOf(paymentId)).toEqual([]);
});

test('scheme 3: no session is opened or named', async () => {
  await startUnder(3);
  const paymentId = await paid();
  expect(await refusalOf(settled(world.core.refundSessions.open({})))).toMatchObject({
    code: 'refund_session_not_needed',
  });
  const refundSessionId = '0190a6b2-0000-7000-8000-00000000abcd';
  expect(await refusalOf(refund(paymentId, { refundSessionId }))).toMatchObject({ code: 'refund_session_not_needed' });
  expect((await refund(paymentId)).refund.status).toBe('confirmed');
});

test('a way of paying that the scheme lacks is refused before anything is stored, also while the hub is away', async () => {
  await startUnder(1);
  world.hub.offer = { scheme: 1, methods: ['qr'], refunds: 'none' };
  world.setHubReachable(false);
  world.setHubReachable(true);
  await world.clock.advance(10_000);
  const ask = () => refusalOf(settled(world.core.payments.create(world.request({ method: 'link' })), 4_000));
  const refused = { status: 409, code: 'method_not_offered', money: 'none', retry: 'never' };
  expect(await ask()).toMatchObject(refused);
  world.setHubReachable(false);
  expect(await ask()).toMatchObject(refused);
  expect(world.core.payments.search({ limit: 10 }).payments).toEqual([]);
});
