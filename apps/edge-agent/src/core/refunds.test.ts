import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Money } from '@tolem/base';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { worldJournal } from '../journal/world-journal.ts';
import { createEdgeWorld, type EdgeWorld } from './edge-world.ts';

let folder: string;
let world: EdgeWorld;
let keys = 0;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
  world = createEdgeWorld({ journal: worldJournal, folder, terminals: { front: 'v2', old: 'v1' } });
  await world.start();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refund = async (paymentId: string, tenge?: number, change: { key?: string; advanceMs?: number } = {}) => {
  keys += 1;
  const asking = world.core.refunds.create({
    token: 'local',
    idempotencyKey: change.key ?? `refund-key-number-${keys}`,
    bodyHash: `${paymentId} ${tenge}`,
    paymentId,
    reason: 'the customer changed their mind',
    actor: 'till',
    ...(tenge === undefined ? {} : { amount: Money.fromTenge(tenge) }),
  });
  asking.catch(() => undefined);
  await world.clock.advance(change.advanceMs ?? 100);
  return asking;
};
const refusalOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: { problem?: object }) => error.problem,
  );
const get = (refundId: string) => world.core.refunds.get(refundId);
const refunded = (paymentId: string) => world.core.payments.get(paymentId).refunded.toString();

describe('of a QR payment, which the hub owns', () => {
  let paymentId: string;
  beforeEach(async () => {
    paymentId = (await world.core.payments.create(world.request({ tenge: 1000 }))).payment.paymentId;
    world.hub.payments.pay(paymentId);
    await world.clock.advance(100);
  });

  test('in parts, then the rest, and no tiyn more', async () => {
    expect((await refund(paymentId, 300)).refund).toMatchObject({ status: 'confirmed', paymentId });
    expect((await refund(paymentId)).refund.amount.toString()).toBe('700.00');
    expect(refunded(paymentId)).toBe('1000.00');
    expect(await refusalOf(refund(paymentId))).toMatchObject({ code: 'nothing_left' });
    expect(await refusalOf(refund(paymentId, 1))).toMatchObject({ code: 'refund_exceeds_payment', money: 'none' });
    expect(world.core.payments.refundsOf(paymentId)).toHaveLength(2);
  });

  test.each(['the same process', 'the next process'])('made by headquarters is seen by %s', async (process) => {
    if (process === 'the next process') {
      world.kill();
      await world.start();
      await world.clock.advance(1_000);
    }
    const made = {
      refundId: '0190a6b2-0000-7000-8000-00000000abcd',
      paymentId,
      amount: Money.fromTenge(400),
      reason: 'asked by HQ',
      actor: 'HQ',
    };
    world.hub.payments.createRefund(made);
    await world.clock.advance(1_000);
    expect(refunded(paymentId)).toBe('400.00');
  });

  test.each(['request_lost', 'answer_lost', 'hang'] as const)(
    'with its %s is asked for again under the same id',
    async (fault) => {
      world.hub.misbehave('createRefund', fault);
      const { refund: made } = await refund(paymentId, 300, { advanceMs: 9_000 });
      expect(get(made.refundId).status).toBe('confirmed');
      expect(refunded(paymentId)).toBe('300.00');
      expect(world.hub.payments.find(paymentId)?.refunds).toHaveLength(1);
    },
  );

  test('killed before the answer: the next process asks under the same id, and the same key brings it', async () => {
    world.hub.misbehave('createRefund', 'hang');
    void refund(paymentId, 300, { key: 'refund-key-agent-killed' });
    await world.clock.advance(500);
    world.kill();
    await world.start();
    await world.clock.advance(5_000);
    const again = await refund(paymentId, 300, { key: 'refund-key-agent-killed' });
    expect(again).toMatchObject({ repeated: true, refund: { status: 'confirmed' } });
    expect(world.hub.payments.find(paymentId)?.refunds).toHaveLength(1);
  });

  test('in doubt at the hub: shown as it is, blocks more than what is left, and follows the hub', async () => {
    world.hub.payments.confirmsRefunds = false;
    const { refund: made } = await refund(paymentId, 600);
    world.hub.payments.settleRefund(made.refundId, 'unknown');
    await world.clock.advance(60_000);
    expect(get(made.refundId).status).toBe('unknown');
    expect(await refusalOf(refund(paymentId, 500))).toMatchObject({ code: 'refund_exceeds_payment' });
    world.hub.payments.settleRefund(made.refundId, 'confirmed');
    await world.clock.advance(60_000);
    expect(get(made.refundId)).toMatchObject({ status: 'confirmed', evidence: 'answer' });
    expect(refunded(paymentId)).toBe('600.00');
  });

  test('refused by the hub: declined, and the money may be asked for again', async () => {
    world.hub.refuse('createRefund', 'device_unknown');
    const { refund: made } = await refund(paymentId, 300);
    expect(get(made.refundId)).toMatchObject({ status: 'declined', statusReason: 'device_unknown' });
    expect((await refund(paymentId)).refund.amount.toString()).toBe('1000.00');
  });

  describe('refused at the hub’s door when an earlier attempt may have been performed', () => {
    /** Nothing comes by the stream: the agent only knows what its own calls were answered. */
    const deaf = async () => {
      await world.stop();
      const link = world.hub.link;
      world.hub.link = () => ({ ...link(), watch: () => ({ add() {}, remove() {}, close() {} }) });
      await world.start();
      await world.clock.advance(100);
    };

    test('by an answer that was lost: unknown, a case, and asked on until the hub tells', async () => {
      await deaf();
      world.hub.misbehave('createRefund', 'answer_lost');
      for (let count = 0; count < 4; count++) world.hub.refuse('createRefund', 'revoked');
      const { refund: made } = await refund(paymentId, 300, { advanceMs: 2_000 });
      expect(get(made.refundId)).toMatchObject({ status: 'unknown', statusReason: 'revoked' });
      expect(world.store.openCases().map((entry) => entry.kind)).toEqual(['refund_unknown']);
      await world.clock.advance(60_000);
      expect(get(made.refundId).status).toBe('confirmed');
      expect(world.store.openCases()).toEqual([]);
      expect(refunded(paymentId)).toBe('300.00');
    });

    test('by a process that was killed: unknown', async () => {
      await deaf();
      world.hub.misbehave('createRefund', 'hang');
      void refund(paymentId, 300, { key: 'refund-key-agent-killed' }).catch(() => undefined);
      await world.clock.advance(500);
      world.kill();
      world.hub.refuse('createRefund', 'quarantined');
      await world.start();
      await world.clock.advance(100);
      const [made] = world.core.payments.refundsOf(paymentId);
      expect(made).toMatchObject({ status: 'unknown', statusReason: 'quarantined' });
      await world.clock.advance(60_000);
      expect(get(made?.refundId ?? '').status).toBe('confirmed');
    });
  });

  test('with the hub away: refused before any intent', async () => {
    world.setHubReachable(false);
    await world.clock.advance(3_100);
    expect(await refusalOf(refund(paymentId, 300))).toMatchObject({
      status: 503,
      code: 'hub_unreachable',
      money: 'none',
    });
    expect(world.core.payments.refundsOf(paymentId)).toEqual([]);
  });

  test('a day after the payment, or beyond the till’s limit: for headquarters', async () => {
    const big = (await world.core.payments.create(world.request({ tenge: 60_000 }))).payment.paymentId;
    world.hub.payments.pay(big);
    await world.clock.advance(100);
    expect((await refund(big, 30_000)).refund.status).toBe('confirmed');
    expect(await refusalOf(refund(big, 20_001))).toMatchObject({ status: 403, code: 'refund_policy' });
    await world.clock.advance(86_400_000);
    expect(await refusalOf(refund(paymentId, 300))).toMatchObject({ status: 403, code: 'refund_policy' });
  });

  test('an unpaid payment gives nothing back', async () => {
    const open = (await world.core.payments.create(world.request())).payment.paymentId;
    expect(await refusalOf(refund(open))).toMatchObject({ code: 'not_refundable' });
  });
});

describe.each(['front', 'old'])('of a payment at terminal %s, which the agent owns', (id) => {
  const terminal = () => {
    const found = world.terminals[id];
    if (!found) throw new Error(id);
    return found;
  };
  let paymentId: string;
  const settle = async () => {
    await world.clock.advance(2_000);
    await world.clock.advance(2_000);
  };
  beforeEach(async () => {
    const asking = world.core.payments.create(world.request({ method: 'terminal', terminalId: id, tenge: 1000 }));
    await world.clock.advance(10);
    paymentId = (await asking).payment.paymentId;
    terminal().pay({ method: 'card' });
    await world.clock.advance(2_000);
  });

  test('in parts, one at a time, never more than was paid', async () => {
    const { refund: first } = await refund(paymentId, 300);
    expect(first).toMatchObject({ status: 'sent', terminal: { terminalId: id, start: 'answered' } });
    expect(await refusalOf(refund(paymentId, 100))).toMatchObject({ code: 'terminal_busy' });
    await settle();
    expect(get(first.refundId)).toMatchObject({ status: 'confirmed', evidence: 'answer' });
    expect(refunded(paymentId)).toBe('300.00');
    expect(await refusalOf(refund(paymentId, 701))).toMatchObject({ code: 'refund_exceeds_payment' });
    const { refund: rest } = await refund(paymentId);
    await settle();
    expect(get(rest.refundId).amount.toString()).toBe('700.00');
    expect(refunded(paymentId)).toBe('1000.00');
    expect(terminal().truth().refunds).toHaveLength(2);
  });

  test('its answer lost: unknown, blocks the terminal and the amount, until a person settles it', async () => {
    terminal().misbehave({ on: 'start', kind: 'answer_lost' });
    const { refund: made } = await refund(paymentId, 600);
    expect(get(made.refundId)).toMatchObject({ status: 'unknown', statusReason: 'start_answer_lost' });
    expect(await refusalOf(refund(paymentId, 100))).toMatchObject({ code: 'terminal_unresolved' });
    await settle();
    const starts = terminal().startCount;
    world.kill();
    await world.start();
    await world.clock.advance(60_000);
    expect(terminal().startCount).toBe(starts);
    await world.core.refunds.resolve(made.refundId, { outcome: 'confirmed', by: 'Айгүл', reason: 'receipt' });
    expect(get(made.refundId)).toMatchObject({
      status: 'confirmed',
      evidence: 'person',
      resolvedBy: 'Айгүл',
      resolvedReason: 'receipt',
    });
    await world.clock.advance(1_000);
    const facts = world.intake.facts();
    expect(facts.filter(({ kind }) => kind === 'refund').at(-1)?.fact).toMatchObject({
      resolvedBy: 'Айгүл',
      resolvedReason: 'receipt',
    });
    expect(facts.filter(({ kind }) => kind === 'case').at(-1)?.fact).toMatchObject({ open: false, closedBy: 'Айгүл' });
    expect(refunded(paymentId)).toBe('600.00');
    expect(world.store.openCases().filter((entry) => entry.refundId !== undefined)).toEqual([]);
    expect(await refusalOf(refund(paymentId, 401))).toMatchObject({ code: 'refund_exceeds_payment' });
  });

  test('answered by a word in no document: a person settles it, and its terminal is free', async () => {
    const { refund: made } = await refund(paymentId, 600);
    terminal().misbehave({ on: 'status', kind: 'word', word: 'thinking', times: 1e6 });
    await world.clock.advance(60_000);
    expect(get(made.refundId)).toMatchObject({ status: 'sent', statusReason: 'status_unlisted' });
    const about = { by: 'Айгүл', reason: 'receipt' };
    await world.core.refunds.resolve(made.refundId, { outcome: 'confirmed', ...about });
    expect(get(made.refundId)).toMatchObject({ status: 'confirmed', evidence: 'person' });
    expect(world.core.terminals.list().find((one) => one.terminalId === id)?.state).toBe('ready');
  });

  test('killed while its start is on its way: unknown afterwards, never sent again', async () => {
    terminal().misbehave({ on: 'start', kind: 'hang' });
    void refund(paymentId, 600);
    await world.clock.advance(500);
    const starts = terminal().startCount;
    world.kill();
    await world.start();
    await world.clock.advance(60_000);
    const [made] = world.core.payments.refundsOf(paymentId);
    expect(made).toMatchObject({ status: 'unknown', statusReason: 'start_answer_lost' });
    expect(terminal().startCount).toBe(starts);
  });

  test('killed while it runs: followed by its process id', async () => {
    const { refund: made } = await refund(paymentId, 600);
    world.kill();
    await world.clock.advance(10_000);
    await world.start();
    await world.clock.advance(3_000);
    expect(get(made.refundId).status).toBe('confirmed');
    expect(refunded(paymentId)).toBe('600.00');
  });
});
