import { describe, expect, it } from 'vitest';
import { type InOwnTransaction, type StoreWorld, whoWaits } from './store-world.ts';

export function describeLookups(world: () => StoreWorld): void {
  const inTx: InOwnTransaction = (run) => world().store.transaction(run);
  const minute = { windowMs: 60_000, limit: 2 };
  const take = (device: string, nowMs: number) => inTx((tx) => tx.lookups.take(device, { ...minute, nowMs }));

  describe('the lookups of payers', () => {
    it('are counted for each device within a window that moves on', async () => {
      expect([await take('a', 1_000), await take('a', 2_000), await take('b', 2_000)]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(await take('a', 3_000)).toBe(58_000);
      expect(await take('a', 60_999)).toBe(1);
      expect(await take('a', 61_000)).toBeUndefined();
      expect(await take('a', 61_000)).toBe(1_000);
    });
    it('that were refused are not counted, nor those of a transaction that was dropped', async () => {
      await take('a', 1_000);
      const dropped = inTx(async (tx) => {
        await tx.lookups.take('a', { ...minute, nowMs: 1_500 });
        throw new Error('no');
      });
      await expect(dropped).rejects.toThrow('no');
      expect(await take('a', 2_000)).toBeUndefined();
      expect(await take('a', 30_000)).toBe(31_000);
      expect(await take('a', 61_000)).toBeUndefined();
    });
    it('of two hubs at once wait for each other', async () => {
      await take('a', 1_000);
      const { order, seen } = await whoWaits(
        world(),
        (tx) => tx.lookups.take('a', { ...minute, nowMs: 2_000 }),
        async () => {},
        (tx) => tx.lookups.take('a', { ...minute, nowMs: 3_000 }),
      );
      expect(order).toEqual(['holder is done', 'waiter has it']);
      expect(seen).toBe(58_000);
    });
  });
}
