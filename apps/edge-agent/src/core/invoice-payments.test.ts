import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProblemError } from '@tolem/base';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

const PHONE = '+7 707 123 45 67';
const ask = (key?: string) =>
  world.core.payments.create({
    ...world.request({ method: 'invoice', ...(key === undefined ? {} : { key }) }),
    phone: PHONE,
  });
const get = (paymentId: string) => world.core.payments.get(paymentId);
const problemOf = (run: Promise<unknown>) =>
  run.then(
    () => 'resolved',
    (error: unknown) => (error instanceof ProblemError ? error.problem : error),
  );
const calls = (call: string) => world.hub.calls.filter((one) => one === call).length;

/** Begins one whose hub does not answer, as the till sees it after its wait. */
async function askUnanswered(fault: 'request_lost' | 'answer_lost' | 'hang', times: number) {
  world.hub.misbehave('createPayment', fault, times);
  const asking = ask();
  await world.clock.advance(10_000);
  return (await asking).payment;
}

test('an invoice is with the customer, its payer is named, and it is paid when a person asks', async () => {
  const { payment } = await ask();
  expect(payment).toMatchObject({
    method: 'invoice',
    status: 'awaiting_confirmation',
    phone: PHONE,
    payerName: 'Айгерим Б.',
  });
  world.hub.payments.pay(payment.paymentId);
  await world.clock.advance(100);
  expect(get(payment.paymentId)).toMatchObject({ status: 'paid', final: true });
  const facts = world.intake.facts().filter((fact) => fact.kind === 'payment');
  expect(new Set(facts.map(({ fact }) => fact.method))).toEqual(new Set(['invoice']));
  expect(JSON.stringify(facts)).not.toMatch(/707|Айгерим/);
});

test('the bank is asked by a person only, and the till knows when it may be asked again', async () => {
  const { paymentId } = (await ask()).payment;
  await world.clock.advance(3_600_000);
  expect(calls('refreshPayment')).toBe(0);
  const asked = await world.core.payments.refresh(paymentId, 'cashier');
  expect(asked.refreshableAtMs).toBe(world.clock.nowMs() + 30_000);
  expect(calls('refreshPayment')).toBe(1);
  world.hub.refuse('refreshPayment', 'refresh_too_soon');
  expect(await problemOf(world.core.payments.refresh(paymentId, 'cashier'))).toMatchObject({
    code: 'refresh_too_soon',
  });
});

test('whose phone it is can be asked before, with the only device', async () => {
  expect(await world.core.payments.findPayer({ phone: PHONE })).toEqual({ clientName: 'Айгерим Б.' });
  const named = world.core.payments.findPayer({ phone: PHONE, deviceId: 'other' });
  expect(await problemOf(named)).toMatchObject({ code: 'device_unknown' });
});

test('a lost answer is never failed: the hub’s stream tells what became of it, and nothing is begun twice', async () => {
  const { paymentId } = await askUnanswered('answer_lost', 1_000);
  await world.clock.advance(1_000);
  expect(get(paymentId)).toMatchObject({ status: 'awaiting_confirmation', final: false });
  expect(world.hub.payments.all()).toHaveLength(1);
  const before = calls('createPayment');
  await world.clock.advance(120_000);
  expect(calls('createPayment') - before).toBeLessThanOrEqual(1);
  expect(world.hub.cancelReasons).toEqual([]);
});

test('one that the hub never answered for is unknown, and withdrawn after a minute', async () => {
  const { paymentId, ...shown } = await askUnanswered('request_lost', 1_000);
  expect(shown).toMatchObject({ status: 'unknown', statusReason: 'hub_unreachable', final: false });
  await world.clock.advance(40_000);
  expect(world.hub.cancelReasons).toEqual([]);
  await world.clock.advance(15_000);
  expect(world.hub.cancelReasons[0]).toEqual({ paymentId, reason: 'abandoned' });
});

test('one that never reached the hub has failed once that is certain, and no money moved', async () => {
  const { paymentId } = await askUnanswered('request_lost', 1_000);
  expect(get(paymentId).status).toBe('unknown');
  await world.clock.advance(90_000);
  expect(get(paymentId)).toMatchObject({ status: 'unknown', final: false });
  await world.clock.advance(60_000);
  expect(get(paymentId)).toMatchObject({ status: 'failed', statusReason: 'hub_unreachable', final: true });
  expect(world.hub.payments.all()).toEqual([]);
});

test('an agent that dies while it asks does not send one hours later', async () => {
  world.hub.misbehave('createPayment', 'request_lost', 1_000);
  const asking = ask().catch(() => undefined);
  await world.clock.advance(2_000);
  world.kill();
  await world.clock.advance(7_200_000);
  const before = calls('createPayment');
  await world.start();
  await world.clock.advance(60_000);
  expect(calls('createPayment')).toBe(before);
  expect(world.hub.payments.all()).toEqual([]);
  const [payment] = world.core.payments.search({ limit: 1 }).payments;
  expect(payment).toMatchObject({ status: 'failed', final: true });
  void asking;
});

test('an agent that dies and comes back at once goes on asking', async () => {
  world.hub.misbehave('createPayment', 'answer_lost', 4);
  void ask('key-of-one-receipt').catch(() => undefined);
  await world.clock.advance(1_000);
  world.kill();
  await world.start();
  await world.clock.advance(10_000);
  const [payment] = world.core.payments.search({ limit: 1 }).payments;
  expect(payment).toMatchObject({ status: 'awaiting_confirmation', payerName: 'Айгерим Б.' });
  expect(world.hub.payments.all()).toHaveLength(1);
});

test('what the hub refuses has failed, in its words', async () => {
  world.hub.refuse('createPayment', 'payer_not_found');
  const { payment } = await ask();
  expect(payment).toMatchObject({ status: 'failed', statusReason: 'payer_not_found', final: true });
});

test('it is cancelled at the hub; a cancel that the bank did not confirm may be asked for again', async () => {
  const { paymentId } = (await ask()).payment;
  world.hub.payments.change(paymentId, { status: 'cancelled', statusReason: 'cancel_unconfirmed', final: false });
  await world.clock.advance(100);
  expect(await world.core.payments.cancel(paymentId)).toMatchObject({ status: 'cancelled', final: true });
  expect(world.hub.cancelReasons).toEqual([{ paymentId, reason: 'till' }]);
  await world.core.payments.cancel(paymentId);
  expect(calls('cancelPayment')).toBe(1);
});

test('one that nobody has heard of yet is withdrawn, not asked for any more', async () => {
  const { paymentId } = await askUnanswered('request_lost', 1_000);
  const before = calls('createPayment');
  await world.core.payments.cancel(paymentId);
  await world.clock.advance(30_000);
  expect(calls('createPayment') - before).toBeLessThanOrEqual(1);
  expect(world.hub.cancelReasons.length).toBeGreaterThan(0);
  await world.clock.advance(120_000);
  expect(get(paymentId)).toMatchObject({ status: 'failed', final: true });
});

describe('a refusal after an attempt that stayed without an answer', () => {
  test('is not told as failed: the invoice may be out, so it is withdrawn', async () => {
    world.hub.misbehave('createPayment', 'hang', 1);
    world.hub.refuse('createPayment', 'not_welcome');
    world.hub.refuse('cancelPayment', 'not_welcome');
    const asking = ask();
    const watched = world.core.payments.onChange(({ status }) => expect(status).not.toBe('failed'));
    await world.clock.advance(10_000);
    const { paymentId } = (await asking).payment;
    await world.clock.advance(60_000);
    expect(get(paymentId)).toMatchObject({ status: 'cancelled' });
    expect(world.hub.cancelReasons).toEqual([{ paymentId, reason: 'abandoned' }]);
    watched();
  });

  test('nor by the process that takes it up', async () => {
    world.hub.misbehave('createPayment', 'hang', 1);
    void ask().catch(() => undefined);
    await world.clock.advance(0);
    const [sent] = world.hub.payments.all();
    if (sent) world.hub.payments.forget(sent.paymentId);
    world.kill();
    world.hub.refuse('createPayment', 'not_welcome');
    await world.start();
    await world.clock.advance(1_000);
    const [payment] = world.core.payments.search({ limit: 1 }).payments;
    expect(payment).toMatchObject({ status: 'unknown', statusReason: 'hub_unreachable', final: false });
  });
});

test('a hub that could not reach its database is asked again', async () => {
  world.hub.refuse('createPayment', 'hub_unavailable', { money: 'maybe', retry: 'same_key' });
  const asking = ask();
  await world.clock.advance(5_000);
  expect((await asking).payment).toMatchObject({ status: 'awaiting_confirmation' });
  expect(calls('createPayment')).toBe(2);
});

test('a withdrawal that the hub could not look at is asked for again: nothing stays unknown for ever', async () => {
  const { paymentId } = await askUnanswered('request_lost', 1_000);
  for (let times = 0; times < 3; times += 1) {
    world.hub.refuse('cancelPayment', 'hub_unavailable', { money: 'maybe', retry: 'same_key' });
  }
  await world.clock.advance(300_000);
  expect(get(paymentId)).toMatchObject({ status: 'failed', final: true });
});

test('one that the hub had told of and holds no more is not failed', async () => {
  world.hub.misbehave('createPayment', 'request_lost', 1);
  world.hub.refuse('createPayment', 'not_welcome');
  for (let times = 0; times < 100; times += 1) world.hub.misbehave('cancelPayment', 'request_lost');
  const asking = ask();
  await world.clock.advance(10_000);
  const { paymentId } = (await asking).payment;
  world.hub.payments.create({ ...world.request({ method: 'invoice' }), paymentId, lateAcceptMs: 0, keyHash: '' });
  await world.clock.advance(20_000);
  expect(get(paymentId)).toMatchObject({ status: 'awaiting_confirmation' });
  world.hub.payments.forget(paymentId);
  await world.clock.advance(3_600_000);
  expect(get(paymentId).final).toBe(false);
});
