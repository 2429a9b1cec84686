import { Money } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { createCoreBench, PERSON, TILL } from '../core-bench.ts';
import type { WatchedChange } from '../payment/payment-service.ts';

const twoHubs = async () => {
  const bench = await createCoreBench({ exclusive: false });
  const second = await bench.startSecond();
  return { bench, first: { hub: bench.hub, connection: bench.connection }, second };
};
const ask = (paymentId: string) => ({ paymentId, method: 'qr', amount: Money.parse('1500.00') }) as const;

describe('two hubs on one database', () => {
  it('do not poll each other’s payments while both live', async () => {
    const { bench } = await twoHubs();
    await bench.pay();
    const before = bench.bank.calls.length;
    await bench.clock.advance(60_000);
    expect(bench.bank.calls.length - before).toBeLessThanOrEqual(13);
  });

  it('take over from one that died, once its lease has ended, and finish its payments', async () => {
    const { bench, first, second } = await twoHubs();
    const payment = await bench.pay();
    first.connection.crash();
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(10_000);
    expect((await second.hub.payments.get(PERSON, payment.paymentId)).status).toBe('awaiting_scan');
    await bench.clock.advance(40_000);
    expect((await second.hub.payments.get(PERSON, payment.paymentId)).status).toBe('paid');
  });

  it('give one token where the same creation reaches both at once', async () => {
    const { bench, first, second } = await twoHubs();
    const paymentId = bench.ids.uuid();
    bench.bank.faults.always('createQr', { kind: 'slow', ms: 2_000 });
    const both = [first.hub.payments.create(TILL, ask(paymentId)), second.hub.payments.create(TILL, ask(paymentId))];
    await bench.clock.advance(5_000);
    const [one, two] = await Promise.all(both);
    expect(one?.qrToken).toBeDefined();
    expect(two?.qrToken).toBe(one?.qrToken);
    expect(bench.bank.purchases()).toHaveLength(1);
  });

  it('cancel through either, and the former owner stops watching', async () => {
    const { bench, first, second } = await twoHubs();
    const payment = await bench.pay();
    const cancelled = await second.hub.payments.cancel(TILL, payment.paymentId, 'till');
    expect(cancelled).toMatchObject({ status: 'cancelled', owner: { instance: second.hub.instance } });
    await bench.clock.advance(60_000);
    expect(await first.hub.payments.get(PERSON, payment.paymentId)).toEqual(cancelled);
  });

  it('tell watchers of one about changes made by the other', async () => {
    const { bench, first, second } = await twoHubs();
    const payment = await bench.pay();
    const changes: WatchedChange[] = [];
    const watch = second.hub.payments.watch(TILL, (change) => changes.push(change));
    watch.add([{ paymentId: payment.paymentId, version: payment.version }]);
    await bench.clock.advance(1);
    expect(changes).toEqual([]);
    await first.hub.payments.cancel(TILL, payment.paymentId, 'till');
    await bench.clock.advance(1);
    expect(changes).toMatchObject([{ kind: 'payment', payment: { status: 'cancelled' } }]);
    watch.close();
  });
});

describe('an instance', () => {
  it('whose lease was taken by a newer start of itself writes nothing more', async () => {
    const bench = await createCoreBench();
    const old = bench.hub;
    const payment = await bench.pay();
    const second = await bench.startSecond();
    await expect(old.payments.cancel(TILL, payment.paymentId, 'till')).rejects.toMatchObject({
      problem: { code: 'hub_unavailable', retry: 'same_key' },
    });
    expect((await second.hub.payments.get(PERSON, payment.paymentId)).status).toBe('awaiting_scan');
  });

  it('that gives up its lease at a stop is followed at once', async () => {
    const { bench, first, second } = await twoHubs();
    const payment = await bench.pay();
    await first.hub.stop();
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(16_000 + 6_000);
    expect((await second.hub.payments.get(PERSON, payment.paymentId)).status).toBe('paid');
  });
});

describe('a watcher', () => {
  it('is told at once what is newer, what is not its own, and what is not there', async () => {
    const bench = await createCoreBench();
    const mine = await bench.pay();
    const changes: WatchedChange[] = [];
    const stranger = bench.hub.payments.watch({ kind: 'agent', agentId: 'till-2' }, (change) => changes.push(change));
    const missing = bench.ids.uuid();
    stranger.add([
      { paymentId: mine.paymentId, version: 0 },
      { paymentId: missing, version: 3 },
    ]);
    const own = bench.hub.payments.watch(TILL, (change) => changes.push(change));
    own.add([{ paymentId: mine.paymentId, version: 1 }]);
    await bench.clock.advance(1);
    expect(changes).toEqual([
      { kind: 'not_found', paymentId: mine.paymentId },
      { kind: 'not_found', paymentId: missing },
      { kind: 'payment', payment: mine },
    ]);
  });
});
