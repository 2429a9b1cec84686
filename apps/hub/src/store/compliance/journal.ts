import { describe, expect, it } from 'vitest';
import type { JournalPosition } from '../journal-rows.ts';
import { sampleRow } from './sample-rows.ts';
import { type InOwnTransaction, type StoreWorld, whoWaits } from './store-world.ts';

export function describeJournal(world: () => StoreWorld): void {
  const inTx: InOwnTransaction = (run) => world().store.transaction(run);
  const position: JournalPosition = {
    agentId: 'till-1',
    epoch: '00ff',
    upto: 3,
    chain: Uint8Array.of(0, 1, 255),
    startedAtMs: 1000,
    closed: false,
  };

  describe("a journal's position", () => {
    it('is saved, replaced and found as the open one', async () => {
      expect(await inTx((tx) => tx.journal.current('till-1'))).toBeUndefined();
      await inTx((tx) => tx.journal.savePosition(position));
      expect(await inTx((tx) => tx.journal.current('till-1'))).toStrictEqual(position);
      const later = { ...position, upto: 9_007_199_254_740_991, chain: new Uint8Array(0) };
      await inTx((tx) => tx.journal.savePosition(later));
      expect(await inTx((tx) => tx.journal.positionOf('till-1', '00ff'))).toStrictEqual(later);
      expect(await inTx((tx) => tx.journal.positionOf('till-1', 'aa'))).toBeUndefined();
    });
    it('is open in one epoch of an agent', async () => {
      await inTx((tx) => tx.journal.savePosition(position));
      const next = { ...position, epoch: 'aa', upto: 0 };
      await expect(inTx((tx) => tx.journal.savePosition(next))).rejects.toMatchObject({
        code: 'store_conflict',
        ids: { constraint: 'journal_position_open' },
      });
      await inTx(async (tx) => {
        await tx.journal.savePosition({ ...position, closed: true });
        await tx.journal.savePosition(next);
        await tx.journal.savePosition({ ...position, agentId: 'till-2' });
      });
      expect(await inTx((tx) => tx.journal.current('till-1'))).toStrictEqual(next);
      const all = await inTx((tx) => tx.journal.positions());
      expect(all.sort((a, b) => (a.agentId < b.agentId ? -1 : 1))).toEqual([
        { agentId: 'till-1', epoch: 'aa', upto: 0 },
        { agentId: 'till-2', epoch: '00ff', upto: 3 },
      ]);
    });
    it('that is locked makes the next one wait', async () => {
      await inTx((tx) => tx.journal.savePosition(position));
      const { order, seen } = await whoWaits(
        world(),
        (tx) => tx.journal.current('till-1', { lock: true }),
        (tx) => tx.journal.savePosition({ ...position, upto: 4 }),
        (tx) => tx.journal.current('till-1', { lock: true }),
      );
      expect(order).toEqual(['holder is done', 'waiter has it']);
      expect(seen?.upto).toBe(4);
    });
  });

  describe('journal rows', () => {
    it('are held by their numbers', async () => {
      await inTx((tx) => tx.journal.insert([1, 2, 3, 5].map((seq) => sampleRow({ seq }))));
      await inTx((tx) => tx.journal.insert([]));
      expect(await inTx((tx) => tx.journal.held('till-1', '00ff', 2, 5))).toStrictEqual([
        { seq: 2, eventId: 'event-2', hash: Uint8Array.of(0, 255, 2) },
        { seq: 3, eventId: 'event-3', hash: Uint8Array.of(0, 255, 3) },
        { seq: 5, eventId: 'event-5', hash: Uint8Array.of(0, 255, 5) },
      ]);
      expect(await inTx((tx) => tx.journal.held('till-1', 'aa', 1, 5))).toEqual([]);
      expect(await inTx((tx) => tx.journal.held('till-2', '00ff', 1, 5))).toEqual([]);
    });
    it('have a number of their own in their epoch; a batch with a taken one is not stored at all', async () => {
      await inTx((tx) => tx.journal.insert([sampleRow({ seq: 2 })]));
      const batch = [sampleRow({ seq: 1 }), sampleRow({ seq: 2, eventId: 'another' })];
      await expect(inTx((tx) => tx.journal.insert(batch))).rejects.toMatchObject({
        code: 'store_conflict',
        ids: { constraint: 'journal_row_pkey' },
      });
      expect(await inTx((tx) => tx.journal.held('till-1', '00ff', 1, 9))).toHaveLength(1);
      expect(await inTx((tx) => tx.journal.knownEvents('till-1', ['event-1', 'another']))).toEqual(new Set());
      await inTx((tx) => tx.journal.insert([sampleRow({ seq: 2, epoch: 'aa' })]));
    });
    it('have their events remembered for the agent in every epoch', async () => {
      await inTx((tx) => tx.journal.insert([sampleRow({ seq: 1 }), sampleRow({ seq: 2, applied: false })]));
      await inTx((tx) => tx.journal.insert([sampleRow({ seq: 9, epoch: 'aa', eventId: 'event-1', applied: false })]));
      const known = (agentId: string) =>
        inTx((tx) => tx.journal.knownEvents(agentId, ['event-1', 'event-2', 'event-3']));
      expect(await known('till-1')).toEqual(new Set(['event-1', 'event-2']));
      expect(await known('till-2')).toEqual(new Set());
    });
    it('of a full batch are taken in one call', async () => {
      const batch = Array.from({ length: 200 }, (_, at) => sampleRow({ seq: at + 1, payload: '{}'.padEnd(160) }));
      await inTx((tx) => tx.journal.insert(batch));
      expect(await inTx((tx) => tx.journal.held('till-1', '00ff', 1, 200))).toHaveLength(200);
    });
  });
}
