import { describe, expect, it } from 'vitest';
import { samplePayment, sampleRefund } from './sample-rows.ts';
import type { StoreWorld } from './store-world.ts';

const LEASE_MS = 200;
const LONG_MS = 60_000;

export function describeLeases(world: () => StoreWorld): void {
  describe('a lease', () => {
    const acquire = (instance: string, leaseMs = LONG_MS) =>
      world().store.transaction((tx) => tx.leases.acquire(instance, leaseMs));

    it('is live from its acquisition to its end on the clock of the database', async () => {
      const { other, passTime } = world();
      const fence = await acquire('a', LEASE_MS);
      expect(fence).toEqual({ instance: 'a', generation: 1 });
      expect(await other.transaction((tx) => tx.leases.isLive(fence))).toBe(true);
      await passTime(LEASE_MS + 50);
      expect(await other.transaction((tx) => tx.leases.isLive(fence))).toBe(false);
      expect(await other.transaction((tx) => tx.leases.live())).toEqual([]);
      expect(await other.transaction((tx) => tx.leases.renew(fence, LEASE_MS))).toBe(false);
      await expect(other.transaction((tx) => tx.leases.check(fence))).rejects.toMatchObject({ code: 'lease_lost' });
    });
    it('ends within a transaction that lasts longer than it', async () => {
      const { store, passTime } = world();
      const fence = await acquire('a', LEASE_MS);
      await store.transaction(async (tx) => {
        await tx.leases.check(fence);
        await passTime(LEASE_MS + 50);
        await expect(tx.leases.check(fence)).rejects.toMatchObject({ code: 'lease_lost' });
      });
    });
    it('lives on while it is renewed', async () => {
      const { store, passTime } = world();
      const fence = await acquire('a', LEASE_MS);
      expect(await store.transaction((tx) => tx.leases.renew(fence, LONG_MS))).toBe(true);
      await passTime(LEASE_MS + 50);
      await store.transaction((tx) => tx.leases.check(fence));
    });
    it('of an earlier generation is dead as soon as the next one is taken', async () => {
      const { other } = world();
      const first = await acquire('a');
      const second = await acquire('a');
      expect(second).toEqual({ instance: 'a', generation: 2 });
      expect(await other.transaction((tx) => tx.leases.isLive(first))).toBe(false);
      expect(await other.transaction((tx) => tx.leases.renew(first, LONG_MS))).toBe(false);
      await other.transaction((tx) => tx.leases.release(first));
      expect(await other.transaction((tx) => tx.leases.live())).toEqual([second]);
    });
    it('that was given up is not live', async () => {
      const { store } = world();
      const fence = await acquire('a');
      const kept = await acquire('b');
      await store.transaction((tx) => tx.leases.release(fence));
      expect(await store.transaction((tx) => tx.leases.live())).toEqual([kept]);
      expect(await acquire('a')).toEqual({ instance: 'a', generation: 2 });
    });
  });

  describe('taking over', () => {
    const prepare = async () => {
      const { store } = world();
      return store.transaction(async (tx) => {
        const live = await tx.leases.acquire('live', LONG_MS);
        const mine = await tx.leases.acquire('mine', LONG_MS);
        const lapsed = { instance: 'gone', generation: 4 };
        const earlier = { ...live, generation: 0 };
        const watched = { watched: true, final: false, status: 'awaiting_scan' } as const;
        await tx.payments.insert(samplePayment({ paymentId: 'of-live', ...watched, owner: live }));
        await tx.payments.insert(samplePayment({ paymentId: 'of-lapsed', ...watched, owner: lapsed }));
        await tx.payments.insert(samplePayment({ paymentId: 'of-earlier', ...watched, owner: earlier }));
        await tx.payments.insert(samplePayment({ paymentId: 'of-nobody', ...watched }));
        await tx.payments.insert(samplePayment({ paymentId: 'unwatched', owner: lapsed }));
        await tx.payments.insert(samplePayment({ paymentId: 'of-edge', ...watched, source: 'edge', owner: lapsed }));
        return { live, mine, lapsed };
      });
    };
    it('finds watched payments without a live owner and leaves their version', async () => {
      const { store } = world();
      const { mine, live } = await prepare();
      const adopted = await store.transaction((tx) => tx.payments.adoptLapsed(mine, 100));
      expect(adopted.map((one) => one.paymentId).sort()).toEqual(['of-earlier', 'of-lapsed', 'of-nobody']);
      for (const one of adopted) expect(one).toMatchObject({ owner: mine, version: 1 });
      expect(await store.transaction((tx) => tx.payments.get('of-lapsed'))).toMatchObject({ owner: mine });
      expect(await store.transaction((tx) => tx.payments.get('of-live'))).toMatchObject({ owner: live });
      expect(await store.transaction((tx) => tx.payments.adoptLapsed(mine, 100))).toEqual([]);
    });
    it('takes no more than it was asked for', async () => {
      const { store } = world();
      const { mine } = await prepare();
      expect(await store.transaction((tx) => tx.payments.adoptLapsed(mine, 2))).toHaveLength(2);
      expect(await store.transaction((tx) => tx.payments.adoptLapsed(mine, 2))).toHaveLength(1);
    });
    it('by two hubs at once gives each payment to one of them', async () => {
      const { store, other } = world();
      const { mine, live } = await prepare();
      const [one, two] = await Promise.all([
        store.transaction((tx) => tx.payments.adoptLapsed(mine, 100)),
        other.transaction((tx) => tx.payments.adoptLapsed(live, 100)),
      ]);
      const ids = [...(one ?? []), ...(two ?? [])].map((each) => each.paymentId);
      expect(ids.sort()).toEqual(['of-earlier', 'of-lapsed', 'of-nobody']);
    });
    it('leaves an owner its own work to be found again, in pages', async () => {
      const { store } = world();
      const { mine, live } = await prepare();
      await store.transaction((tx) => tx.payments.adoptLapsed(mine, 100));
      await store.transaction(async (tx) => {
        const about = (paymentId: string) => ({ refundId: `refund-${paymentId}`, paymentId, owner: mine });
        await tx.refunds.insert(sampleRefund(about('of-lapsed')));
        await tx.refunds.insert(sampleRefund(about('of-nobody')));
        const { nextReadAtMs: _, ...held } = sampleRefund({ ...about('of-earlier'), status: 'unknown' });
        await tx.refunds.insert(held);
      });
      const pages = (owner: typeof mine, limit: number, afterId?: string) =>
        store.transaction(async (tx) => ({
          payments: await tx.payments.watchedBy(owner, limit, afterId),
          refunds: (await tx.refunds.atWorkOf(owner, limit, afterId)).map((one) => one.refundId),
        }));
      expect(await pages(mine, 100)).toEqual({
        payments: ['of-earlier', 'of-lapsed', 'of-nobody'].map((paymentId) => ({ paymentId, version: 1 })),
        refunds: ['refund-of-lapsed', 'refund-of-nobody'],
      });
      expect(await pages(mine, 1, 'of-lapsed')).toMatchObject({ payments: [{ paymentId: 'of-nobody' }] });
      expect(await pages(mine, 1, 'refund-of-lapsed')).toMatchObject({ refunds: ['refund-of-nobody'] });
      expect(await pages(live, 100)).toMatchObject({ payments: [{ paymentId: 'of-live' }], refunds: [] });
      expect(await pages({ ...mine, generation: 99 }, 100)).toEqual({ payments: [], refunds: [] });
    });
    it('of a refund that may have been sent marks it, so that it is only read', async () => {
      const { store } = world();
      const { mine, live, lapsed } = await prepare();
      const about = (paymentId: string) => ({ refundId: `refund-${paymentId}`, paymentId });
      await store.transaction(async (tx) => {
        await tx.refunds.insert(sampleRefund({ ...about('of-lapsed'), status: 'sent', owner: lapsed }));
        await tx.refunds.insert(sampleRefund({ ...about('of-nobody'), status: 'approved' }));
        await tx.refunds.insert(sampleRefund({ ...about('of-live'), status: 'sent', owner: live }));
        const { nextReadAtMs: _, ...held } = sampleRefund({ ...about('of-earlier'), status: 'unknown', owner: lapsed });
        await tx.refunds.insert(held);
      });
      const adopted = await store.transaction((tx) => tx.refunds.adoptLapsed(mine, 100));
      const brief = adopted.map((one) => ({ id: one.refundId, adopted: one.adopted, version: one.version }));
      expect(brief.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
        { id: 'refund-of-lapsed', adopted: true, version: 1 },
        { id: 'refund-of-nobody', adopted: undefined, version: 1 },
      ]);
      expect(await store.transaction((tx) => tx.refunds.adoptLapsed(mine, 100))).toEqual([]);
    });
  });
}
