import { describe, expect, it } from 'vitest';
import type { Delivery, NewDelivery, Replay } from '../../webhook/webhook.ts';
import type { Fence, StoreTransaction } from '../store.ts';
import { sampleDelivery } from './sample-rows.ts';
import type { InOwnTransaction, StoreWorld } from './store-world.ts';

const TYPES = ['payment.paid', 'payment.late'];

function adoptAndClaim(
  tx: StoreTransaction,
  fence: Fence,
  due: { nowMs: number; limit: number; heldPositions?: number[] },
): Promise<Delivery[]> {
  return tx.webhooks
    .adoptLapsed(fence, 100)
    .then(() => tx.webhooks.claimDue(fence, { endpointId: 'shop', heldPositions: [], ...due }));
}

export function describeWebhooks(world: () => StoreWorld): void {
  const inTx: InOwnTransaction = (run) => world().store.transaction(run);
  const fenceOf = (instance: string): Promise<Fence> => inTx((tx) => tx.leases.acquire(instance, 60_000));
  const add = (...events: Array<Partial<NewDelivery> & { eventId: string }>) =>
    inTx((tx) => tx.webhooks.add(events.map(sampleDelivery)));
  const claim = (fence: Fence, more: { nowMs?: number; limit?: number; heldPositions?: number[] } = {}) =>
    inTx((tx) => adoptAndClaim(tx, fence, { nowMs: 5000, limit: 10, ...more }));
  const idsOf = (deliveries: Delivery[]) => deliveries.map((one) => one.eventId);
  const settle = (delivery: Delivery, fence: Fence, state: Delivery['state'], members: Partial<Delivery> = {}) =>
    inTx((tx) => tx.webhooks.settle({ ...delivery, state, attempts: 1, triedAtMs: 5000, ...members }, fence));
  const list = async (filter: object = {}) =>
    (await inTx((tx) => tx.webhooks.list({ limit: 10, ...filter }))).deliveries;

  describe('webhooks waiting', () => {
    it('come back as they were given, numbered in their order', async () => {
      await add({ eventId: 'e1' }, { eventId: 'e2', endpointId: 'crm' });
      const [second, first] = await list();
      expect(first).toEqual({ ...sampleDelivery({ eventId: 'e1' }), position: first?.position });
      expect(second?.endpointId).toBe('crm');
      expect(second?.position).toBeGreaterThan(first?.position ?? Number.NaN);
    });
    it('hold an event once for each endpoint', async () => {
      await add({ eventId: 'e1' }, { eventId: 'e1', endpointId: 'crm' });
      await expect(add({ eventId: 'e1' })).rejects.toMatchObject({ code: 'store_conflict' });
    });
    it('are claimed when due, the first of each subject only, and by one', async () => {
      const fence = await fenceOf('a');
      await add(
        { eventId: 'e1' },
        { eventId: 'e2' },
        { eventId: 'e3', subject: 'p2' },
        { eventId: 'e4', subject: 'p3', nextAtMs: 9000 },
        { eventId: 'e5', subject: 'p4', endpointId: 'crm' },
      );
      expect(idsOf(await claim(fence, { limit: 1 }))).toEqual(['e1']);
      expect(idsOf(await claim(fence))).toEqual(['e1', 'e3']);
      expect(await claim(await fenceOf('b'))).toEqual([]);
    });
    it('free the next of their subject when they are delivered or given up, not while they wait on', async () => {
      const fence = await fenceOf('a');
      await add({ eventId: 'e1' }, { eventId: 'e2' }, { eventId: 'e3' });
      for (const [eventId, state] of [
        ['e1', 'delivered'],
        ['e2', 'given_up'],
      ] as const) {
        const [head] = await claim(fence);
        expect(head?.eventId).toBe(eventId);
        expect(await settle(head as Delivery, fence, 'waiting', { nextAtMs: 9000, lastAnswer: '500' })).toBe(true);
        expect(await claim(fence)).toEqual([]);
        const [again] = await claim(fence, { nowMs: 9000 });
        expect(again).toMatchObject({ eventId, attempts: 1, lastAnswer: '500' });
        await settle(again as Delivery, fence, state);
      }
      expect(idsOf(await claim(fence))).toEqual(['e3']);
    });
    it('claimed by an owner that has died, or that has forgotten them, are claimed again', async () => {
      const dead = await fenceOf('a');
      await add({ eventId: 'e1' }, { eventId: 'e2', subject: 'p2' });
      const [one, two] = await claim(dead);
      expect(idsOf(await claim(dead, { heldPositions: [two?.position ?? 0] }))).toEqual(['e1']);
      await inTx((tx) => tx.leases.release(dead));
      const heir = await fenceOf('b');
      expect(idsOf(await claim(heir))).toEqual(['e1', 'e2']);
      expect(await settle(one as Delivery, dead, 'delivered')).toBe(false);
      expect((await list({ state: 'waiting' })).length).toBe(2);
    });
    it('are taken over from dead owners only, a batch at a time', async () => {
      const [dead, alive, heir] = [await fenceOf('a'), await fenceOf('b'), await fenceOf('c')];
      await add(
        { eventId: 'e1', owner: dead },
        { eventId: 'e2', subject: 'p2', owner: dead, nextAtMs: 9000 },
        { eventId: 'e3', subject: 'p3', owner: alive },
        { eventId: 'e4', subject: 'p4', owner: dead, state: 'delivered' },
      );
      await inTx((tx) => tx.leases.release(dead));
      const adopt = (limit: number) => inTx((tx) => tx.webhooks.adoptLapsed(heir, limit));
      expect([await adopt(1), await adopt(10), await adopt(10)]).toEqual([1, 1, 0]);
      expect(idsOf(await claim(heir, { nowMs: 9000 }))).toEqual(['e1', 'e2']);
      expect(idsOf(await claim(alive))).toEqual(['e3']);
    });
    it('claimed by two hubs at once are claimed by one', async () => {
      const { store, other } = world();
      const [a, b] = [await fenceOf('a'), await fenceOf('b')];
      await add(...Array.from({ length: 20 }, (_, at) => ({ eventId: `e${at}`, subject: `p${at}` })));
      const due = { nowMs: 5000, limit: 20 };
      const both = await Promise.all([
        store.transaction((tx) => adoptAndClaim(tx, a, due)),
        other.transaction((tx) => adoptAndClaim(tx, b, due)),
      ]);
      expect(new Set(both.flat().map((one) => one.eventId)).size).toBe(20);
      expect(both.flat()).toHaveLength(20);
    });
    it('move with the one before them, and all become due when their endpoint is back', async () => {
      const fence = await fenceOf('a');
      await add({ eventId: 'e1' }, { eventId: 'e2' }, { eventId: 'e3', subject: 'p2', nextAtMs: 8000 });
      const [head] = await claim(fence);
      await inTx((tx) => tx.webhooks.moveFollowers(head as Delivery, 7000));
      const nextOf = async () => new Map((await list()).map((one) => [one.eventId, one.nextAtMs]));
      expect(await nextOf()).toEqual(
        new Map([
          ['e3', 8000],
          ['e2', 7000],
          ['e1', 1000],
        ]),
      );
      const hasten = () => inTx((tx) => tx.webhooks.hasten('shop', 5000, 1));
      expect([await hasten(), await hasten(), await hasten()]).toEqual([1, 1, 0]);
      expect(await nextOf()).toEqual(
        new Map([
          ['e3', 5000],
          ['e2', 5000],
          ['e1', 1000],
        ]),
      );
    });
  });

  describe('webhooks sent', () => {
    const replay = (given: Partial<Replay>, types = TYPES) =>
      inTx((tx) => tx.webhooks.replay({ endpointId: 'shop', ...given }, types, 6000));
    const count = (given: Partial<Replay>) =>
      inTx((tx) => tx.webhooks.countReplay({ endpointId: 'shop', ...given }, TYPES));
    const deliverAll = async () => {
      const fence = await fenceOf('a');
      for (let due = await claim(fence); due.length > 0; due = await claim(fence)) {
        for (const one of due) await settle(one, fence, 'delivered', { deliveredAtMs: 5000, lastAnswer: '200' });
      }
      return fence;
    };

    it('wait again when they are replayed, by their id or a span of time, unattempted', async () => {
      await add({ eventId: 'e1', atMs: 1000 }, { eventId: 'e2', atMs: 2000 }, { eventId: 'e3', atMs: 3000 });
      const fence = await deliverAll();
      expect(await count({ fromMs: 1000, untilMs: 2000 })).toBe(1);
      expect(await replay({ fromMs: 1000, untilMs: 2000 })).toBe(1);
      expect(await replay({ eventId: 'e3' })).toBe(1);
      expect(await replay({ eventId: 'other' })).toBe(0);
      const [again] = await claim(fence, { nowMs: 6000 });
      expect(again).toMatchObject({ eventId: 'e1', attempts: 0, sinceMs: 6000, nextAtMs: 6000 });
      expect(again?.deliveredAtMs).toBeUndefined();
      expect(idsOf(await list({ state: 'waiting' }))).toEqual(['e3', 'e1']);
      expect(idsOf(await list({ state: 'delivered' }))).toEqual(['e2']);
    });
    it('are replayed from what another endpoint had, once each, of the types that are wanted', async () => {
      await add(
        { eventId: 'e1', endpointId: 'crm' },
        { eventId: 'e1', endpointId: 'erp' },
        { eventId: 'e2', endpointId: 'crm', type: 'payment.created' },
        { eventId: 'e3' },
        { eventId: 'e3', endpointId: 'crm' },
        { eventId: 'e4', endpointId: 'crm' },
      );
      expect(await count({ fromMs: 0 })).toBe(3);
      expect(await replay({ fromMs: 0 })).toBe(3);
      const mine = await list({ endpointId: 'shop' });
      expect(idsOf(mine)).toEqual(['e4', 'e1', 'e3']);
      expect(mine[0]).toMatchObject({ body: '{"text":"чек"}', atMs: 1000, sinceMs: 6000, state: 'waiting' });
      expect(await replay({ state: 'given_up' })).toBe(0);
    });
    it('are listed newest first, page by page, by endpoint, state and subject', async () => {
      await add({ eventId: 'e1' }, { eventId: 'e2', subject: 'p2' }, { eventId: 'e3', endpointId: 'crm' });
      const first = await inTx((tx) => tx.webhooks.list({ limit: 2 }));
      expect(idsOf(first.deliveries)).toEqual(['e3', 'e2']);
      const second = await inTx((tx) => tx.webhooks.list({ limit: 2, cursor: first.nextCursor ?? '' }));
      expect(idsOf(second.deliveries)).toEqual(['e1']);
      expect(second.nextCursor).toBeUndefined();
      expect(idsOf(await list({ subject: 'p2' }))).toEqual(['e2']);
      expect(idsOf(await list({ endpointId: 'crm' }))).toEqual(['e3']);
    });
    it('are counted by endpoint, and forgotten when they are old', async () => {
      const fence = await fenceOf('a');
      await add({ eventId: 'e1' }, { eventId: 'e2', atMs: 700 }, { eventId: 'e3', subject: 'p2', sinceMs: 9000 });
      const [head] = await claim(fence, { limit: 1 });
      await settle(head as Delivery, fence, 'given_up');
      expect(await inTx((tx) => tx.webhooks.figures())).toEqual([
        { endpointId: 'shop', waiting: 2, givenUp: 1, oldestWaitingAtMs: 700 },
      ]);
      expect(await inTx((tx) => tx.webhooks.prune(9000, 1))).toBe(1);
      expect(await inTx((tx) => tx.webhooks.prune(9000, 10))).toBe(1);
      expect(idsOf(await list())).toEqual(['e3']);
    });
  });
}
