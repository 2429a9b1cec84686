import { describe, expect, it } from 'vitest';
import type { Case } from '../../case/case.ts';
import type { CaseFilter } from '../case-rows.ts';
import { sampleCase, tenge } from './sample-rows.ts';
import { type InOwnTransaction, type StoreWorld, whoWaits } from './store-world.ts';

export function describeCases(world: () => StoreWorld): void {
  const inTx: InOwnTransaction = (run) => world().store.transaction(run);
  const closing = { atMs: 5000, by: 'anna', reason: 'found' };

  describe('a case', () => {
    it('comes back with every member as it was given', async () => {
      const full: Required<Case> = {
        ...sampleCase({ caseId: 'c1' }),
        agentId: 'till-1',
        paymentId: 'p1',
        refundId: 'r1',
        amount: tenge(1500),
        detail: { expected: '1500.00', list: [1, null], text: '\u0000 чек' },
        owner: 'anna',
        closedAtMs: 2000,
        closedBy: 'anna',
        closeReason: 'found',
      };
      const plain = sampleCase({ caseId: 'c1' });
      expect(await inTx((tx) => tx.cases.open(plain, 's1'))).toStrictEqual(plain);
      expect(await inTx((tx) => tx.cases.get('c1'))).toStrictEqual(plain);
      await inTx((tx) => tx.cases.save(full));
      expect(await inTx((tx) => tx.cases.get('c1', { lock: true }))).toEqual(full);
      expect(await inTx((tx) => tx.cases.get('c2'))).toBeUndefined();
    });
    it('is open once for each kind and subject, and may be opened again after it was closed', async () => {
      const open = (caseId: string, kind: string, subject: string) =>
        inTx((tx) => tx.cases.open(sampleCase({ caseId, kind }), subject));
      expect(await open('c1', 'late_money', 's1')).toBeDefined();
      expect(await open('c2', 'late_money', 's1')).toBeUndefined();
      expect(await open('c1', 'late_money', 's9')).toBeUndefined();
      expect(await open('c3', 'late_money', 's2')).toBeDefined();
      expect(await open('c4', 'not_collected', 's1')).toBeDefined();
      await inTx((tx) => tx.cases.save(sampleCase({ caseId: 'c1', closedAtMs: 2000 })));
      expect(await open('c2', 'late_money', 's1')).toBeDefined();
    });
    it('opened by two hubs at once is opened by one', async () => {
      const { store, other } = world();
      const opened = await Promise.all([
        store.transaction((tx) => tx.cases.open(sampleCase({ caseId: 'c1' }), 's1')),
        other.transaction((tx) => tx.cases.open(sampleCase({ caseId: 'c2' }), 's1')),
      ]);
      expect(opened.filter((one) => one !== undefined)).toHaveLength(1);
    });
    it('is closed by its kind and subject, once', async () => {
      const key = { kind: 'late_money', subject: 's1' };
      await inTx((tx) => tx.cases.open(sampleCase({ caseId: 'c1' }), 's1'));
      const expected = { ...sampleCase({ caseId: 'c1' }), closedAtMs: 5000, closedBy: 'anna', closeReason: 'found' };
      expect(await inTx((tx) => tx.cases.closeOf(key, closing))).toStrictEqual(expected);
      expect(await inTx((tx) => tx.cases.closeOf(key, closing))).toBeUndefined();
      expect(await inTx((tx) => tx.cases.get('c1'))).toStrictEqual(expected);
    });
    it('that is locked makes the next one wait', async () => {
      await inTx((tx) => tx.cases.open(sampleCase({ caseId: 'c1' }), 's1'));
      const { order, seen } = await whoWaits(
        world(),
        (tx) => tx.cases.get('c1', { lock: true }),
        (tx) => tx.cases.save(sampleCase({ caseId: 'c1', owner: 'anna' })),
        (tx) => tx.cases.get('c1', { lock: true }),
      );
      expect(order).toEqual(['holder is done', 'waiter has it']);
      expect(seen?.owner).toBe('anna');
    });
  });

  it('open cases are summed up by kind, with their money', async () => {
    await inTx(async (tx) => {
      await tx.cases.open(sampleCase({ caseId: 'c1', amount: tenge(1500) }), 's1');
      await tx.cases.open(sampleCase({ caseId: 'c2', amount: tenge(500) }), 's2');
      await tx.cases.open(sampleCase({ caseId: 'c3', kind: 'journal_fork' }), 's3');
      await tx.cases.open(sampleCase({ caseId: 'c4', kind: 'closed_already' }), 's4');
      await tx.cases.closeOf({ kind: 'closed_already', subject: 's4' }, closing);
    });
    expect(await inTx((tx) => tx.cases.openSums())).toEqual([
      { kind: 'journal_fork', count: 1, amount: tenge(0) },
      { kind: 'late_money', count: 2, amount: tenge(2000) },
    ]);
  });

  describe('listing cases', () => {
    const fill = () =>
      inTx(async (tx) => {
        await tx.cases.open(sampleCase({ caseId: 'a', openedAtMs: 100, paymentId: 'p1' }), 'a');
        await tx.cases.open(sampleCase({ caseId: 'c', openedAtMs: 200 }), 'c');
        await tx.cases.open(sampleCase({ caseId: 'b', openedAtMs: 200, paymentId: 'p1' }), 'b');
        await tx.cases.open(sampleCase({ caseId: 'd', openedAtMs: 300 }), 'd');
        await tx.cases.closeOf({ kind: 'late_money', subject: 'd' }, closing);
      });
    const list = async (filter: Partial<CaseFilter>) =>
      (await inTx((tx) => tx.cases.list({ limit: 10, ...filter }))).cases.map((one) => one.caseId);

    it('gives the newest first, open, closed, of one payment, or all', async () => {
      await fill();
      expect(await list({})).toEqual(['d', 'c', 'b', 'a']);
      expect(await list({ open: true })).toEqual(['c', 'b', 'a']);
      expect(await list({ open: false })).toEqual(['d']);
      expect(await list({ paymentId: 'p1' })).toEqual(['b', 'a']);
      expect(await list({ open: true, paymentId: 'p2' })).toEqual([]);
    });
    it('goes through all pages, also within one moment', async () => {
      await fill();
      const first = await inTx((tx) => tx.cases.list({ limit: 2 }));
      const rest = await list({ limit: 2, cursor: first.nextCursor ?? '' });
      expect([...first.cases.map((one) => one.caseId), ...rest]).toEqual(['d', 'c', 'b', 'a']);
    });
  });
}
