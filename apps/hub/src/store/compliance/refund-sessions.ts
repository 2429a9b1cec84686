import { describe, expect, it } from 'vitest';
import type { RefundSession } from '../../refund-session/refund-session.ts';
import { samplePayment, sampleRefundSession } from './sample-rows.ts';
import { type InOwnTransaction, type StoreWorld, whoWaits } from './store-world.ts';

export function describeRefundSessions(world: () => StoreWorld): void {
  const inTx: InOwnTransaction = (run) => world().store.transaction(run);
  const about = { refundSessionId: 's1' };
  const insert = (members: Partial<RefundSession> & { refundSessionId: string }) =>
    inTx((tx) => tx.refundSessions.insert(sampleRefundSession(members)));

  describe('a refund session', () => {
    it('comes back with every member as it was given', async () => {
      const full: Required<RefundSession> = {
        ...sampleRefundSession(about),
        status: 'customer_known',
        statusReason: 'why',
        refundCodeId: '9223372036854775807',
        qrToken: 'https://qr.example/1?a="b"',
        pollIntervalMs: 5_000,
        purchaseIds: ['9223372036854775806', '1'],
        owner: { instance: 'a', generation: 1 },
      };
      expect(await inTx((tx) => tx.refundSessions.insert(full))).toBe(true);
      expect(await inTx((tx) => tx.refundSessions.get('s1'))).toEqual(full);
      const plain = sampleRefundSession({ ...about, version: 2 });
      expect(await inTx((tx) => tx.refundSessions.save(plain, { version: 1 }))).toBe(true);
      expect(await inTx((tx) => tx.refundSessions.get('s1', { lock: true }))).toStrictEqual(plain);
      expect(await inTx((tx) => tx.refundSessions.get('s2'))).toBeUndefined();
    });
    it('is inserted once, and saved only over the version and owner that were seen', async () => {
      const owner = { instance: 'a', generation: 2 };
      expect(await insert({ ...about, owner })).toBe(true);
      expect(await insert({ ...about, owner })).toBe(false);
      const next = sampleRefundSession({ ...about, version: 2, owner });
      const save = (guard: { version: number; fence?: typeof owner }) =>
        inTx((tx) => tx.refundSessions.save(next, guard));
      expect(await save({ version: 2 })).toBe(false);
      expect(await save({ version: 1, fence: { ...owner, generation: 1 } })).toBe(false);
      expect(await save({ version: 1, fence: owner })).toBe(true);
    });
    it('is one at a time for each device of an agent until it is over', async () => {
      await insert(about);
      const conflict = { code: 'store_conflict', ids: { constraint: 'refund_session_one_active' } };
      let version = 1;
      for (const status of ['awaiting_customer', 'customer_known'] as const) {
        const saved = sampleRefundSession({ ...about, status, version: version + 1 });
        await inTx((tx) => tx.refundSessions.save(saved, { version }));
        version += 1;
        await expect(insert({ refundSessionId: 's2' }), status).rejects.toMatchObject(conflict);
      }
      expect(await inTx((tx) => tx.refundSessions.activeOf('till-1', 'till-1'))).toMatchObject({ version });
      expect(await insert({ refundSessionId: 's3', deviceId: 'till-2' })).toBe(true);
      expect(await insert({ refundSessionId: 's4', agentId: 'other' })).toBe(true);
      const over = sampleRefundSession({ ...about, status: 'expired', version: version + 1 });
      await inTx((tx) => tx.refundSessions.save(over, { version }));
      expect(await inTx((tx) => tx.refundSessions.activeOf('till-1', 'till-1'))).toBeUndefined();
      expect(await insert({ refundSessionId: 's2' })).toBe(true);
    });
    it('ends and the next begins in one transaction', async () => {
      await insert(about);
      await inTx(async (tx) => {
        const before = await tx.refundSessions.activeOf('till-1', 'till-1');
        const over = sampleRefundSession({ ...about, status: 'expired', version: 2 });
        expect(before && (await tx.refundSessions.save(over, { version: before.version }))).toBe(true);
        expect(await tx.refundSessions.insert(sampleRefundSession({ refundSessionId: 's2' }))).toBe(true);
      });
      expect(await inTx((tx) => tx.refundSessions.activeOf('till-1', 'till-1'))).toMatchObject({
        refundSessionId: 's2',
      });
    });
    it('has a code of the bank that no other session has', async () => {
      const code = { status: 'failed', refundCodeId: '15' } as const;
      await insert({ ...about, ...code });
      await expect(insert({ refundSessionId: 's2', ...code })).rejects.toMatchObject({
        code: 'store_conflict',
        ids: { constraint: 'refund_session_code' },
      });
    });
    it('that is locked makes the next one wait', async () => {
      await insert(about);
      const { order, seen } = await whoWaits(
        world(),
        (tx) => tx.refundSessions.get('s1', { lock: true }),
        (tx) => tx.refundSessions.save(sampleRefundSession({ ...about, status: 'failed', version: 2 }), { version: 1 }),
        (tx) => tx.refundSessions.get('s1', { lock: true }),
      );
      expect(order).toEqual(['holder is done', 'waiter has it']);
      expect(seen?.status).toBe('failed');
    });
    it('of a lapsed owner is taken over while it is active', async () => {
      const dead = { instance: 'dead', generation: 1 };
      const { a, b } = await inTx(async (tx) => ({
        a: await tx.leases.acquire('a', 60_000),
        b: await tx.leases.acquire('b', 60_000),
      }));
      await insert({ refundSessionId: 's1', owner: dead });
      await insert({ refundSessionId: 's2', deviceId: 'd2', owner: dead, status: 'expired' });
      await insert({ refundSessionId: 's3', deviceId: 'd3', owner: b });
      await insert({ refundSessionId: 's4', deviceId: 'd4' });
      const taken = await inTx((tx) => tx.refundSessions.adoptLapsed(a, 10));
      expect(taken.map((one) => one.refundSessionId).sort()).toEqual(['s1', 's4']);
      expect(taken.every((one) => one.owner?.instance === 'a' && one.version === 1)).toBe(true);
      const own = (afterId?: string) => inTx((tx) => tx.refundSessions.activeOfOwner(a, 1, afterId));
      expect((await own()).map((one) => one.refundSessionId)).toEqual(['s1']);
      expect((await own('s1')).map((one) => one.refundSessionId)).toEqual(['s4']);
      expect(await own('s4')).toEqual([]);
    });
  });

  describe('payments of a list of purchases', () => {
    it('are those of the asking agent', async () => {
      await inTx(async (tx) => {
        await tx.payments.insert(samplePayment({ paymentId: 'p1', bankPaymentId: '11' }));
        await tx.payments.insert(samplePayment({ paymentId: 'p2', bankPaymentId: '12', agentId: 'other' }));
        await tx.payments.insert(samplePayment({ paymentId: 'p3', bankPaymentId: '13' }));
        await tx.payments.insert(samplePayment({ paymentId: 'p4' }));
      });
      const found = await inTx((tx) => tx.payments.ofBankPayments('till-1', ['11', '12', '14']));
      expect(found.map((one) => one.paymentId)).toEqual(['p1']);
      expect(await inTx((tx) => tx.payments.ofBankPayments('till-1', []))).toEqual([]);
    });
  });
}
