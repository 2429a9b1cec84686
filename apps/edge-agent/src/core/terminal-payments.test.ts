import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Money } from '@tolem/base';
import type { FakeTerminal } from '@tolem/kaspi-core/fake';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { worldJournal } from '../journal/world-journal.ts';
import type { Payment } from '../payment/payment.ts';
import { createEdgeWorld, type EdgeWorld } from './edge-world.ts';

const HOUR_MS = 3_600_000;
let folder: string;
let world: EdgeWorld;
let front: FakeTerminal;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
  world = createEdgeWorld({ journal: worldJournal, folder, terminals: { front: 'v2', old: 'v1' } });
  await world.start();
  const terminal = world.terminals.front;
  if (!terminal) throw new Error('no terminal');
  front = terminal;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ask = async (tenge = 1500, terminalId = 'front'): Promise<Payment> => {
  const asking = world.core.payments.create(world.request({ method: 'terminal', terminalId, tenge }));
  asking.catch(() => undefined);
  await world.clock.advance(10);
  return (await asking).payment;
};
const get = (payment: Payment) => world.core.payments.get(payment.paymentId);
const refusalOf = (terminalId = 'front') =>
  ask(700, terminalId).then(
    () => undefined,
    (error: { problem?: { code: string } }) => error.problem,
  );
const cases = () => world.store.openCases().map((entry) => entry.kind);
const terminal = (id = 'front') => world.core.terminals.list().find((one) => one.terminalId === id);
const paid = async () => {
  const payment = await ask();
  front.pay({ method: 'card' });
  await world.clock.advance(2_000);
  expect(get(payment).status).toBe('paid');
  return payment;
};

test.each(['card', 'qr', 'alaqan'] as const)(
  'paid at the terminal by %s, with the receipt that a refund needs',
  async (method) => {
    const payment = await ask();
    expect(payment).toMatchObject({ status: 'awaiting_scan', terminal: { start: 'answered' } });
    front.pay({ method });
    await world.clock.advance(1_500);
    expect(get(payment)).toMatchObject({ status: 'paid', final: true, terminal: { method } });
    expect(get(payment).receipt?.amount).toContain('1500');
    expect(terminal()?.state).toBe('ready');
    await world.clock.advance(1_000);
    const facts = world.intake.facts().filter((fact) => fact.kind === 'payment');
    expect(facts.at(-1)?.fact).toMatchObject({ status: 'paid', terminal: { terminalId: 'front', method } });
  },
);

test('a terminal that refuses the payment ends it as failed and is free again', async () => {
  const payment = await ask();
  front.cancel();
  await world.clock.advance(1_500);
  expect(get(payment)).toMatchObject({ status: 'failed', statusReason: 'terminal_failed', final: true });
  expect(get(payment).terminal?.subStatus).toBe('ProcessCancelled');
  await paid();
});

test('tiyn are refused before they reach a terminal', async () => {
  const asking = world.core.payments.create(
    world.request({ method: 'terminal', terminalId: 'front', amount: Money.parse('10.50') }),
  );
  await expect(asking).rejects.toMatchObject({ problem: { code: 'amount_invalid' } });
  expect(front.startCount).toBe(0);
});

test('two tills on one terminal: the second is told busy, and nothing is started for it', async () => {
  const [one, other] = await Promise.allSettled([ask(1500), ask(1600)]);
  expect([one.status, other.status].sort()).toEqual(['fulfilled', 'rejected']);
  expect(front.startCount).toBe(1);
  expect(await refusalOf()).toMatchObject({ code: 'terminal_busy', money: 'none' });
  expect(await refusalOf('old')).toBeUndefined();
});

test('a terminal that cannot be reached is refused before any intent', async () => {
  front.setAppRunning(false);
  await world.clock.advance(60_000);
  expect(terminal()?.state).toBe('unreachable');
  expect(await refusalOf()).toMatchObject({ status: 503, code: 'terminal_unreachable', money: 'none' });
  front.setAppRunning(true);
  await paid();
});

test('a start that certainly did not happen fails with no money and leaves the terminal free', async () => {
  front.misbehave({ on: 'start', kind: 'refuse', peerCode: 107 });
  const payment = await ask();
  expect(payment).toMatchObject({ status: 'failed', statusReason: 'previous_operation_open', final: true });
  await paid();
});

test.each(['answer_lost', 'request_lost'] as const)(
  'start with its %s is unknown, blocks the next, is never repeated, and a person settles it',
  async (kind) => {
    front.misbehave({ on: 'start', kind });
    const payment = await ask();
    expect(payment).toMatchObject({ status: 'unknown', statusReason: 'start_answer_lost', final: false });
    expect(await refusalOf()).toMatchObject({ code: 'terminal_unresolved', paymentId: payment.paymentId });
    expect(terminal()).toMatchObject({ state: 'unresolved', openOperation: { id: payment.paymentId } });
    expect(cases()).toEqual(['start_answer_lost']);
    await world.clock.advance(HOUR_MS);
    expect(front.startCount).toBe(1);
    front.cancel();
    const request = { outcome: 'not_paid' as const, by: 'Айгүл', reason: 'the screen shows nothing' };
    const settled = await world.core.payments.resolve(payment.paymentId, request);
    expect(settled).toMatchObject({ status: 'failed', final: true, evidence: 'person', resolvedBy: 'Айгүл' });
    expect(cases()).toEqual([]);
    await paid();
  },
);

test('killed while the start’s answer is on its way: unknown after the restart, never started again', async () => {
  front.misbehave({ on: 'start', kind: 'hang' });
  const asking = world.request({ method: 'terminal', terminalId: 'front', key: 'killed-at-the-start' });
  void world.core.payments.create(asking);
  await world.clock.advance(500);
  world.kill();
  await world.start();
  const { payment, repeated } = await world.core.payments.create({ ...asking });
  expect(payment).toMatchObject({ status: 'unknown', statusReason: 'start_answer_lost' });
  expect(repeated).toBe(true);
  expect(front.startCount).toBe(1);
  expect(await refusalOf()).toMatchObject({ code: 'terminal_unresolved' });
});

test('a start that hangs gives the till the payment as it stands, and its late answer is taken', async () => {
  front.misbehave({ on: 'start', kind: 'hang' });
  const asking = world.core.payments.create(world.request({ method: 'terminal', terminalId: 'front' }));
  await world.clock.advance(15_000);
  const { payment } = await asking;
  expect(payment.status).toBe('created');
  await world.clock.advance(60_000);
  expect(get(payment)).toMatchObject({ status: 'unknown', statusReason: 'start_answer_lost' });
});

test('killed while the customer pays: followed by its process id', async () => {
  const payment = await ask();
  world.kill();
  front.pay({ method: 'card' });
  await world.clock.advance(HOUR_MS);
  await world.start();
  await world.clock.advance(2_000);
  expect(get(payment)).toMatchObject({ status: 'paid', final: true });
  expect(front.startCount).toBe(1);
});

test('the app dies in the middle: never failed by silence; unknown after ten minutes; the truth when it is back', async () => {
  const payment = await ask();
  front.setAppRunning(false);
  await world.clock.advance(300_000);
  expect(get(payment).status).toBe('awaiting_scan');
  await world.clock.advance(400_000);
  expect(get(payment)).toMatchObject({ status: 'unknown', statusReason: 'terminal_unreachable' });
  expect(cases()).toEqual(['terminal_unreachable']);
  expect(await refusalOf()).toMatchObject({ code: 'terminal_unresolved' });
  front.setAppRunning(true);
  await world.clock.advance(2_000);
  expect(get(payment)).toMatchObject({ status: 'failed', final: true });
  expect(front.truth().charges).toEqual([]);
  expect(cases()).toEqual([]);
  await paid();
});

test('v1 forgets its operations at a restart: process not found is unknown, not failed', async () => {
  const old = world.terminals.old;
  const payment = await ask(900, 'old');
  old?.pay({ method: 'card' });
  old?.restart();
  await world.clock.advance(2_000);
  expect(get(payment)).toMatchObject({ status: 'unknown', statusReason: 'process_not_found' });
  expect(cases()).toEqual(['process_not_found']);
  const request = { outcome: 'paid' as const, by: 'Айгүл', reason: 'the receipt was printed' };
  await world.core.payments.resolve(payment.paymentId, request);
  expect(terminal('old')?.state).toBe('ready');
});

test('unknown, then looked up at least ten seconds apart, then paid', async () => {
  const payment = await ask();
  front.becomeUnknown('success');
  front.misbehave({ on: 'actualize', kind: 'refuse', peerCode: 103, times: 1 });
  await world.clock.advance(1_500);
  expect(get(payment)).toMatchObject({ status: 'unknown', statusReason: 'terminal_unknown' });
  await world.clock.advance(12_000);
  expect(get(payment)).toMatchObject({ status: 'paid', final: true });
});

test('still unknown after two minutes of look-ups: a case, closed by the outcome', async () => {
  const payment = await ask();
  front.becomeUnknown('success');
  front.misbehave({ on: 'actualize', kind: 'refuse', peerCode: 103, times: 14 });
  await world.clock.advance(110_000);
  expect(cases()).toEqual([]);
  await world.clock.advance(15_000);
  expect(get(payment)).toMatchObject({ status: 'unknown', statusReason: 'terminal_unknown' });
  expect(cases()).toEqual(['terminal_unknown']);
  const { version } = get(payment);
  await world.clock.advance(10_000);
  expect(get(payment).version).toBe(version);
  await world.clock.advance(30_000);
  expect(get(payment).status).toBe('paid');
  expect(cases()).toEqual([]);
});

test('a payment whose terminal left the configuration: unknown, a case, and a person settles it', async () => {
  const payment = await ask();
  world.kill();
  await world.start(['front']);
  await world.clock.advance(1_000);
  expect(get(payment)).toMatchObject({ status: 'unknown', statusReason: 'terminal_removed', final: false });
  expect(cases()).toEqual(['terminal_removed']);
  const request = { outcome: 'not_paid' as const, by: 'Айгүл', reason: 'taken away before the customer paid' };
  await world.core.payments.resolve(payment.paymentId, request);
  expect(get(payment)).toMatchObject({ status: 'failed', final: true, evidence: 'person' });
  expect(cases()).toEqual([]);
  world.kill();
  await world.start();
  await world.clock.advance(1_000);
  expect(terminal()?.state).toBe('ready');
});

test('a word in no document changes nothing but opens a case, and the payment goes on', async () => {
  const payment = await ask();
  front.misbehave({ on: 'status', kind: 'word', word: 'thinking', times: 3 });
  await world.clock.advance(2_500);
  expect(get(payment)).toMatchObject({ status: 'awaiting_scan', statusReason: 'status_unlisted' });
  expect(cases()).toEqual(['status_unlisted']);
  front.pay({ method: 'qr' });
  await world.clock.advance(3_000);
  expect(get(payment).status).toBe('paid');
  expect(cases()).toEqual([]);
});

test('a word in no document for ever: the terminal waits for a person, whose word frees it', async () => {
  const payment = await ask();
  front.misbehave({ on: 'status', kind: 'word', word: 'cancelled', times: 1e6 });
  await world.clock.advance(HOUR_MS);
  expect(get(payment)).toMatchObject({ status: 'awaiting_scan', statusReason: 'status_unlisted' });
  expect(terminal()?.state).toBe('unresolved');
  expect(await refusalOf()).toMatchObject({ code: 'terminal_unresolved', paymentId: payment.paymentId });
  const request = { outcome: 'not_paid' as const, by: 'Айгүл', reason: 'the screen says cancelled' };
  expect(await world.core.payments.resolve(payment.paymentId, request)).toMatchObject({
    status: 'failed',
    final: true,
  });
  expect(cases()).toEqual([]);
  expect(terminal()?.state).toBe('ready');
});

test('faults of the connection never end the watch', async () => {
  const payment = await ask();
  front.misbehave({ on: 'status', kind: 'request_lost', times: 40 });
  front.pay({ method: 'card' });
  await world.clock.advance(30_000);
  expect(get(payment).status).toBe('awaiting_scan');
  await world.clock.advance(15_000);
  expect(get(payment).status).toBe('paid');
});

test('a terminal unpaired in the middle does not fail the payment', async () => {
  const payment = await ask();
  front.unpair();
  await world.clock.advance(5_000);
  expect(get(payment).status).toBe('awaiting_scan');
  expect(world.core.health().find((layer) => layer.layer === 'pairing')).toMatchObject({ cause: 'pairing_needed' });
  front.pay({ method: 'card' });
  await world.core.terminals.pair('front');
  await world.clock.advance(2_000);
  expect(get(payment).status).toBe('paid');
});

describe('the amount charged', () => {
  test('differs on the first payment of a terminal: unknown, a case, and the terminal is blocked until released', async () => {
    const payment = await ask(1500);
    front.pay({ method: 'card', amount: Money.fromTenge(15) });
    await world.clock.advance(2_000);
    expect(get(payment)).toMatchObject({ status: 'unknown', statusReason: 'amount_mismatch' });
    expect(get(payment).amountPaid?.toString()).toBe('15.00');
    expect(cases()).toEqual(['amount_mismatch']);
    expect(await refusalOf()).toMatchObject({ code: 'terminal_blocked' });
    world.kill();
    await world.start();
    await world.clock.advance(2_000);
    expect(get(payment).status).toBe('unknown');
    await world.core.terminals.release('front', { by: 'Ержан', reason: 'the terminal was set right' });
    expect(terminal()?.state).toBe('ready');
    await world.core.payments.resolve(payment.paymentId, { outcome: 'paid', by: 'Ержан', reason: 'seen' });
    expect(cases()).toEqual([]);
    await world.clock.advance(1_000);
    const facts = world.intake.facts().filter((fact) => fact.kind === 'terminal');
    expect(facts.map(({ fact }) => fact.state)).toEqual(['blocked', 'ready']);
  });

  test('differs later: unknown and a case, but the terminal goes on', async () => {
    await paid();
    const payment = await ask(1600);
    front.pay({ method: 'card', amount: Money.fromTenge(1599) });
    await world.clock.advance(2_000);
    expect(get(payment)).toMatchObject({ status: 'unknown', statusReason: 'amount_mismatch' });
    expect(terminal()?.state).toBe('ready');
  });
});

test('an amount that differs cannot be settled as not paid: money has moved', async () => {
  await paid();
  const payment = await ask(1600);
  front.pay({ method: 'card', amount: Money.fromTenge(16) });
  await world.clock.advance(2_000);
  const settle = (outcome: 'paid' | 'not_paid') =>
    world.core.payments.resolve(payment.paymentId, { outcome, by: 'Айгүл', reason: 'looked' });
  await expect(settle('not_paid')).rejects.toMatchObject({
    problem: { status: 409, code: 'money_has_moved', money: 'moved' },
  });
  expect(get(payment).status).toBe('unknown');
  expect(await settle('paid')).toMatchObject({ status: 'paid', final: true });
  expect(get(payment).amountPaid?.toString()).toBe('16.00');
});

describe('settled by a person', () => {
  const settle = async (outcome: 'paid' | 'not_paid') => {
    const payment = await ask();
    front.becomeUnknown(outcome === 'paid' ? 'fail' : 'success');
    front.misbehave({ on: 'actualize', kind: 'refuse', peerCode: 103, times: 3 });
    await world.clock.advance(2_000);
    expect(get(payment).status).toBe('unknown');
    await world.core.payments.resolve(payment.paymentId, { outcome, by: 'Айгүл', reason: 'looked' });
    return payment;
  };

  test('and the terminal later says otherwise: a case, never overwritten', async () => {
    const payment = await settle('not_paid');
    await world.clock.advance(60_000);
    expect(get(payment)).toMatchObject({ status: 'failed', evidence: 'person' });
    expect(cases()).toEqual(['contradicted']);
    expect(front.truth().charges).toHaveLength(1);
  });

  test('as paid, and the terminal later says another amount: kept, a case, and an unchecked terminal is blocked', async () => {
    const payment = await ask(1500);
    front.pay({ method: 'card', amount: Money.fromTenge(15) });
    front.misbehave({ on: 'status', kind: 'refuse', peerCode: 101, times: 1 });
    await world.clock.advance(1_000);
    expect(get(payment)).toMatchObject({ status: 'unknown', statusReason: 'process_not_found' });
    await world.core.payments.resolve(payment.paymentId, { outcome: 'paid', by: 'Айгүл', reason: 'receipt' });
    await world.clock.advance(2_000);
    expect(get(payment)).toMatchObject({ status: 'paid', evidence: 'person' });
    expect(get(payment).amountPaid?.toString()).toBe('15.00');
    expect(cases()).toEqual(['amount_mismatch']);
    expect(terminal()).toMatchObject({ state: 'blocked', reason: 'first_amount_mismatch' });
  });

  test('only an unknown payment of a terminal is', async () => {
    const payment = await paid();
    const request = { outcome: 'not_paid' as const, by: 'x', reason: 'y' };
    await expect(world.core.payments.resolve(payment.paymentId, request)).rejects.toMatchObject({
      problem: { code: 'not_unknown' },
    });
    const open = await ask();
    await expect(world.core.payments.cancel(open.paymentId)).rejects.toMatchObject({
      problem: { code: 'cancel_at_terminal' },
    });
  });
});

test('the hub away for a day: terminal payments go on and their facts arrive in order afterwards', async () => {
  world.setHubReachable(false);
  for (let count = 0; count < 5; count++) await paid();
  await world.clock.advance(24 * HOUR_MS);
  expect(world.core.outbox().acknowledged).toBeLessThan(world.core.outbox().lastSeq);
  world.setHubReachable(true);
  await world.clock.advance(20_000);
  expect(world.core.outbox().acknowledged).toBe(world.core.outbox().lastSeq);
  const paidFacts = world.intake.facts().filter(({ fact }) => fact.status === 'paid');
  expect(paidFacts).toHaveLength(5);
  expect(front.truth().charges).toHaveLength(5);
});
