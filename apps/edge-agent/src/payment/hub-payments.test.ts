import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Money } from '@tolem/base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEdgeWorld, type EdgeWorld, type WorldJournal } from '../core/edge-world.ts';
import { EdgeError } from '../edge-error.ts';
import { worldJournal } from '../journal/world-journal.ts';

let folder: string;
let isFull = false;
/** The real journal, whose disk can be filled. */
const journal: WorldJournal = {
  ...worldJournal,
  open(...parts) {
    const store = worldJournal.open(...parts);
    const { transact } = store;
    return Object.assign(store, {
      transact: (work: Parameters<typeof transact>[0]) => {
        if (isFull) throw new EdgeError('disk_full', 'the disk is full');
        return transact(work);
      },
    });
  },
};
let world: EdgeWorld;
beforeEach(async () => {
  isFull = false;
  folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
  world = createEdgeWorld({ journal, folder });
  await world.start();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const get = (paymentId: string) => world.core.payments.get(paymentId);
const cancels = () => world.hub.cancelReasons.map(({ reason }) => reason);

test('a creation that the hub refuses after it may have been written down is taken down there', async () => {
  world.hub.payments.holdCodes = true;
  world.hub.misbehave('createPayment', 'answer_lost');
  world.hub.refuse('createPayment', 'bank_unavailable');
  const asking = world.core.payments.create(world.request());
  await world.clock.advance(3_000);
  const { payment } = await asking;
  expect(payment).toMatchObject({ status: 'failed', statusReason: 'bank_unavailable', toldNone: true });
  expect(cancels()).toEqual(['abandoned']);
  expect(world.hub.payments.find(payment.paymentId)?.status).toBe('cancelled');
});

test('what the hub said while the disk was full is not overwritten by giving up', async () => {
  world.hub.payments.holdCodes = true;
  const asking = world.core.payments.create(world.request());
  asking.catch(() => undefined);
  await world.clock.advance(9_900);
  const { paymentId } = world.hub.payments.all()[0] ?? { paymentId: '' };
  isFull = true;
  world.hub.payments.change(paymentId, { status: 'awaiting_scan', qr: { token: 'shown', methods: [] } });
  world.hub.payments.pay(paymentId);
  await world.clock.advance(600);
  isFull = false;
  await world.clock.advance(10_000);
  expect(get(paymentId)).toMatchObject({ status: 'paid', final: true });
  expect(get(paymentId).toldNone).toBeUndefined();
});

test('a payment that turns out to be paid when it is taken down is a case, and the hub is asked no more', async () => {
  world.hub.misbehave('createPayment', 'answer_lost', 100);
  for (let count = 0; count < 3; count += 1) world.hub.refuse('cancelPayment', 'already_paid');
  const asking = world.core.payments.create(world.request());
  await world.clock.advance(120_000);
  const { payment } = await asking;
  expect(world.store.openCase('paid_after_none', payment.paymentId)).toBeDefined();
  expect(world.hub.calls.filter((call) => call === 'cancelPayment')).toHaveLength(1);
});

test('a stop while the hub is being told of an abandoned payment leaves nothing behind', async () => {
  world.hub.misbehave('createPayment', 'request_lost', 100);
  const asking = world.core.payments.create(world.request());
  world.hub.misbehave('cancelPayment', 'hang');
  await world.clock.advance(11_000);
  const { payment } = await asking;
  await world.stop();
  await world.clock.advance(10_000);
  await world.start();
  await world.clock.advance(200_000);
  expect(world.store.payment(payment.paymentId)).toMatchObject({ status: 'failed', abandon: 'done' });
});

const paidAndCollected = async () => {
  const { payment } = await world.core.payments.create(world.request());
  world.hub.payments.scan(payment.paymentId);
  world.hub.payments.pay(payment.paymentId);
  await world.clock.advance(100);
  world.core.payments.recordCollected(payment.paymentId);
  await world.clock.advance(1_000);
  return payment.paymentId;
};

test('a version of the hub that tells nothing new of a paid payment costs no commit and no fact', async () => {
  const paymentId = await paidAndCollected();
  const before = { payment: get(paymentId), lastSeq: world.core.outbox().lastSeq };
  world.hub.payments.change(paymentId, {});
  world.hub.payments.change(paymentId, { expiresInMs: 77 });
  await world.clock.advance(1_000);
  expect({ payment: get(paymentId), lastSeq: world.core.outbox().lastSeq }).toEqual(before);
});

test('after such a version a refund by headquarters is still told, and after a new connection as well', async () => {
  const paymentId = await paidAndCollected();
  world.hub.payments.change(paymentId, {});
  await world.clock.advance(100);
  const refunded = (tenge: string) => world.hub.payments.change(paymentId, { refunded: Money.parse(tenge) });
  refunded('10.00');
  await world.clock.advance(100);
  expect(get(paymentId).refunded.toString()).toBe('10.00');
  world.hub.payments.change(paymentId, {});
  await world.clock.advance(100);
  world.setHubReachable(false);
  await world.clock.advance(100);
  refunded('25.00');
  world.setHubReachable(true);
  await world.clock.advance(30_000);
  expect(get(paymentId).refunded.toString()).toBe('25.00');
});
