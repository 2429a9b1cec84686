import { describe, expect, it } from 'vitest';
import type { Refund } from '../../refund/refund.ts';
import { sampleCase, samplePayment, sampleRefund, tenge } from './sample-rows.ts';
import { type InOwnTransaction, type StoreWorld, whoWaits } from './store-world.ts';

export function describeRefunds(world: () => StoreWorld): void {
  const inTx: InOwnTransaction = (run) => world().store.transaction(run);
  const about = { refundId: 'r1', paymentId: 'p1' };
  const prepare = (...ids: string[]) =>
    inTx(async (tx) => {
      for (const paymentId of ids) await tx.payments.insert(samplePayment({ paymentId }));
    });

  describe('a refund', () => {
    it('comes back with every member as it was given', async () => {
      await prepare('p1');
      const full: Required<Refund> = {
        ...sampleRefund(about),
        status: 'sent',
        statusReason: 'repeat_refused',
        availableBefore: tenge(1500),
        sendByMs: 3,
        sentAtMs: 4,
        sends: 2,
        waitingSinceMs: 5,
        nextReadAtMs: 6,
        adopted: true,
        bankRefundId: '9223372036854775807',
        refundSessionId: 's1',
        refundCodeId: '9223372036854775806',
        evidence: 'difference',
        owner: { instance: 'a', generation: 1 },
        source: 'edge',
        keyHash: 'key',
        bodyHash: 'body',
      };
      expect(await inTx((tx) => tx.refunds.insert(full))).toBe(true);
      expect(await inTx((tx) => tx.refunds.get('r1'))).toEqual(full);
      const plain = sampleRefund({ ...about, version: 2 });
      expect(await inTx((tx) => tx.refunds.save(plain, { version: 1 }))).toBe(true);
      expect(await inTx((tx) => tx.refunds.get('r1', { lock: true }))).toStrictEqual(plain);
    });
    it('is inserted once', async () => {
      await prepare('p1');
      await inTx((tx) => tx.refunds.insert(sampleRefund(about)));
      expect(await inTx((tx) => tx.refunds.insert(sampleRefund({ ...about, amount: tenge(200) })))).toBe(false);
      expect(await inTx((tx) => tx.refunds.get('r1'))).toMatchObject({ amount: tenge(100) });
    });
    it('is one at a time for each payment until it is confirmed or declined', async () => {
      await prepare('p1', 'p2');
      const refusal = { code: 'store_conflict', ids: { constraint: 'refund_one_active' } };
      const second = sampleRefund({ refundId: 'r2', paymentId: 'p1' });
      let version = 1;
      await inTx((tx) => tx.refunds.insert(sampleRefund(about)));
      for (const status of ['requested', 'sent', 'unknown'] as const) {
        await inTx((tx) => tx.refunds.save(sampleRefund({ ...about, status, version: version + 1 }), { version }));
        version += 1;
        await expect(
          inTx((tx) => tx.refunds.insert(second)),
          status,
        ).rejects.toMatchObject(refusal);
      }
      expect(await inTx((tx) => tx.refunds.activeOf('p1'))).toMatchObject({ refundId: 'r1', status: 'unknown' });
      await inTx((tx) => tx.refunds.insert(sampleRefund({ refundId: 'r3', paymentId: 'p2' })));
      const ended = sampleRefund({ ...about, status: 'declined', version: version + 1 });
      await inTx((tx) => tx.refunds.save(ended, { version }));
      expect(await inTx((tx) => tx.refunds.activeOf('p1'))).toBeUndefined();
      expect(await inTx((tx) => tx.refunds.insert(second))).toBe(true);
    });
    it('that an agent owns is never refused for another one', async () => {
      await prepare('p1');
      const edge = { paymentId: 'p1', source: 'edge', status: 'unknown' } as const;
      await inTx((tx) => tx.refunds.insert(sampleRefund({ ...edge, refundId: 'e2', createdAtMs: 2 })));
      expect(await inTx((tx) => tx.refunds.insert(sampleRefund({ ...edge, refundId: 'e1', createdAtMs: 1 })))).toBe(
        true,
      );
      expect(await inTx((tx) => tx.refunds.activeOf('p1'))).toMatchObject({ refundId: 'e1' });
    });
    it('that an agent has begun is silent until its case was opened', async () => {
      await prepare('p1', 'p2');
      const insert = (refundId: string, members: Partial<Refund>) =>
        inTx((tx) => tx.refunds.insert(sampleRefund({ refundId, paymentId: 'p1', source: 'edge', ...members })));
      await insert('r1', { status: 'sent', updatedAtMs: 200 });
      await insert('r2', { status: 'approved', updatedAtMs: 100 });
      await insert('r3', { status: 'sent', updatedAtMs: 300 });
      await insert('r4', { status: 'sent', updatedAtMs: 99 });
      await insert('r5', { status: 'unknown', updatedAtMs: 200 });
      await insert('r6', { status: 'sent', updatedAtMs: 200, source: 'hub', paymentId: 'p2' });
      const silent = async (limit = 10) => {
        const found = await inTx((tx) => tx.refunds.silentAtAgents({ sinceMs: 100, beforeMs: 300 }, limit));
        return found.map((one) => one.refundId);
      };
      expect(await silent()).toEqual(['r2', 'r1']);
      expect(await silent(1)).toEqual(['r2']);
      const told = sampleCase({ caseId: 'c1', kind: 'refund_not_told', paymentId: 'p1', refundId: 'r2' });
      await inTx((tx) => tx.cases.open(told, 'r2'));
      expect(await silent()).toEqual(['r1']);
    });
    it('inserted by two hubs at once for one payment is inserted by one', async () => {
      await prepare('p1');
      const { store, other } = world();
      const outcomes = await Promise.allSettled([
        store.transaction((tx) => tx.refunds.insert(sampleRefund(about))),
        other.transaction((tx) => tx.refunds.insert(sampleRefund({ refundId: 'r2', paymentId: 'p1' }))),
      ]);
      expect(outcomes.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await inTx((tx) => tx.refunds.listOf('p1'))).toHaveLength(1);
    });
    it('needs a payment and an amount above zero', async () => {
      await prepare('p1');
      await expect(inTx((tx) => tx.refunds.insert(sampleRefund({ ...about, paymentId: 'p9' })))).rejects.toMatchObject({
        code: 'store_constraint',
        ids: { constraint: 'refund_payment' },
      });
      await expect(inTx((tx) => tx.refunds.insert(sampleRefund({ ...about, amount: tenge(0) })))).rejects.toMatchObject(
        {
          code: 'store_constraint',
          ids: { constraint: 'refund_amount_positive' },
        },
      );
    });
    it('is saved only over the version and under the owner that were seen', async () => {
      await prepare('p1');
      const owner = { instance: 'a', generation: 2 };
      await inTx((tx) => tx.refunds.insert(sampleRefund({ ...about, owner })));
      const next = sampleRefund({ ...about, version: 2, owner });
      const save = (guard: { version: number; fence?: typeof owner }) => inTx((tx) => tx.refunds.save(next, guard));
      expect(await save({ version: 2 })).toBe(false);
      expect(await save({ version: 1, fence: { ...owner, generation: 1 } })).toBe(false);
      expect(await save({ version: 1, fence: owner })).toBe(true);
      expect(await save({ version: 1, fence: owner })).toBe(false);
    });
    it('that is locked makes the next one wait', async () => {
      await prepare('p1');
      await inTx((tx) => tx.refunds.insert(sampleRefund(about)));
      const { order, seen } = await whoWaits(
        world(),
        (tx) => tx.refunds.get('r1', { lock: true }),
        (tx) => tx.refunds.save(sampleRefund({ ...about, status: 'sent', version: 2 }), { version: 1 }),
        (tx) => tx.refunds.get('r1', { lock: true }),
      );
      expect(order).toEqual(['holder is done', 'waiter has it']);
      expect(seen?.status).toBe('sent');
    });
  });

  describe('refunds of a payment', () => {
    it('are listed oldest first', async () => {
      await prepare('p1', 'p2');
      await inTx(async (tx) => {
        const ended = { status: 'confirmed', paymentId: 'p1' } as const;
        await tx.refunds.insert(sampleRefund({ ...ended, refundId: 'second', createdAtMs: 2000 }));
        await tx.refunds.insert(sampleRefund({ ...ended, refundId: 'third', createdAtMs: 3000 }));
        await tx.refunds.insert(sampleRefund({ ...ended, refundId: 'first', createdAtMs: 1000 }));
        await tx.refunds.insert(sampleRefund({ refundId: 'other', paymentId: 'p2' }));
      });
      const listed = await inTx((tx) => tx.refunds.listOf('p1'));
      expect(listed.map((one) => one.refundId)).toEqual(['first', 'second', 'third']);
    });
    it('of late money are counted for each organisation', async () => {
      await inTx(async (tx) => {
        const make = async (paymentId: string, bin: string, members: Partial<Refund>) => {
          await tx.payments.insert(samplePayment({ paymentId, organizationBin: bin }));
          await tx.refunds.insert(sampleRefund({ refundId: `r-${paymentId}`, paymentId, ...members }));
        };
        const automatic = { actor: 'system:late' };
        await make('p1', '1', { ...automatic, amount: tenge(100), createdAtMs: 1000 });
        await make('p2', '1', { ...automatic, amount: tenge(50), createdAtMs: 2000, status: 'declined' });
        await make('p3', '1', { ...automatic, createdAtMs: 999 });
        await make('p4', '1', { actor: 'person:anna', createdAtMs: 2000 });
        await make('p5', '2', { ...automatic, createdAtMs: 2000 });
      });
      expect(await inTx((tx) => tx.refunds.automaticSince('1', 1000))).toEqual({ count: 2, tiyn: 15_000n });
      expect(await inTx((tx) => tx.refunds.automaticSince('3', 0))).toEqual({ count: 0, tiyn: 0n });
    });
    it('of late money are counted by one transaction at a time, so that the limit holds', async () => {
      await prepare('p1', 'p2');
      const automatic = { actor: 'system:late', createdAtMs: 5000 };
      const { order, seen } = await whoWaits(
        world(),
        (tx) => tx.refunds.automaticSince('180340021791', 0),
        (tx) => tx.refunds.insert(sampleRefund({ ...about, ...automatic })),
        (tx) => tx.refunds.automaticSince('180340021791', 0),
      );
      expect(order).toEqual(['holder is done', 'waiter has it']);
      expect(seen.count).toBe(1);
    });
  });
}
