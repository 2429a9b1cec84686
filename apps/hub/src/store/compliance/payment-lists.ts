import { describe, expect, it } from 'vitest';
import type { PaymentFilter } from '../../payment/payment-service.ts';
import { sampleCase, samplePayment, sampleRefund } from './sample-rows.ts';
import type { InOwnTransaction, StoreWorld } from './store-world.ts';

export function describePaymentLists(world: () => StoreWorld): void {
  const inTx: InOwnTransaction = (run) => world().store.transaction(run);
  const idsOf = (payments: ReadonlyArray<{ paymentId: string }>) => payments.map((one) => one.paymentId);

  it('payments that are not final are counted by status', async () => {
    await inTx(async (tx) => {
      const open = { final: false };
      await tx.payments.insert(samplePayment({ paymentId: 'a', status: 'unknown', ...open }));
      await tx.payments.insert(samplePayment({ paymentId: 'b', status: 'awaiting_scan', ...open }));
      await tx.payments.insert(samplePayment({ paymentId: 'c', status: 'unknown', ...open }));
      await tx.payments.insert(samplePayment({ paymentId: 'd' }));
    });
    expect(await inTx((tx) => tx.payments.openByStatus())).toEqual([
      { status: 'awaiting_scan', count: 1 },
      { status: 'unknown', count: 2 },
    ]);
  });

  describe('searching payments', () => {
    const fill = () =>
      inTx(async (tx) => {
        const rows = [
          { paymentId: 'a', createdAtMs: 100, agentId: 'till-1', orderId: 'order-9' },
          { paymentId: 'b', createdAtMs: 200, agentId: 'till-2', bankPaymentId: '77' },
          { paymentId: 'd', createdAtMs: 200, agentId: 'till-1', status: 'unknown' as const },
          { paymentId: 'c', createdAtMs: 200, agentId: 'till-1', method: 'link' as const },
          { paymentId: 'e', createdAtMs: 300, agentId: 'till-1', orderId: 'order-9' },
        ];
        for (const row of rows) await tx.payments.insert(samplePayment(row));
      });
    const search = async (filter: Partial<PaymentFilter>) =>
      idsOf((await inTx((tx) => tx.payments.search({ limit: 100, ...filter }))).payments);

    it('gives the newest first and those of one moment by their ids', async () => {
      await fill();
      expect(await search({})).toEqual(['e', 'd', 'c', 'b', 'a']);
    });
    it('filters by agent, status, method, moment and any of the ids', async () => {
      await fill();
      expect(await search({ agentId: 'till-2' })).toEqual(['b']);
      expect(await search({ status: ['unknown', 'failed'] })).toEqual(['d']);
      expect(await search({ status: [] })).toEqual([]);
      expect(await search({ method: ['link'] })).toEqual(['c']);
      expect(await search({ fromMs: 200, untilMs: 300 })).toEqual(['d', 'c', 'b']);
      expect(await search({ text: 'order-9' })).toEqual(['e', 'a']);
      expect(await search({ text: '77' })).toEqual(['b']);
      expect(await search({ text: 'c' })).toEqual(['c']);
      expect(await search({ text: 'order-9', agentId: 'till-1', untilMs: 300 })).toEqual(['a']);
    });
    it('goes through all pages without losing or repeating any, also within one moment', async () => {
      await fill();
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < 10; page++) {
        const more = cursor === undefined ? {} : { cursor };
        const found = await inTx((tx) => tx.payments.search({ limit: 2, ...more }));
        seen.push(...idsOf(found.payments));
        cursor = found.nextCursor;
        if (cursor === undefined) break;
      }
      expect(seen).toEqual(['e', 'd', 'c', 'b', 'a']);
    });
    it('has no next page after the last row, and begins anew for text that is no cursor', async () => {
      await fill();
      expect(await inTx((tx) => tx.payments.search({ limit: 5 }))).not.toHaveProperty('nextCursor');
      expect(await search({ cursor: "' or true --" })).toHaveLength(5);
    });
    it('takes text from outside as text', async () => {
      await fill();
      expect(await search({ text: "a' or '1'='1" })).toEqual([]);
      expect(await search({ agentId: '%' })).toEqual([]);
      expect(await search({ text: 'a\0' })).toEqual([]);
      const odd = samplePayment({ paymentId: 'odd', orderId: 'a\0b', createdAtMs: -9_007_199_254_740_991 });
      expect(await inTx((tx) => tx.payments.insert(odd))).toBe(true);
      const first = await inTx((tx) => tx.payments.search({ limit: 6 }));
      expect(idsOf(first.payments)).toEqual(['e', 'd', 'c', 'b', 'a', 'odd']);
    });
  });

  describe('lists of payments', () => {
    it('tell the versions of those that exist', async () => {
      await inTx((tx) => tx.payments.insert(samplePayment({ paymentId: 'p1', version: 3 })));
      const known = await inTx((tx) => tx.payments.versionsOf(['p1', 'p2']));
      expect(known).toEqual([{ paymentId: 'p1', agentId: 'till-1', version: 3 }]);
      expect(await inTx((tx) => tx.payments.versionsOf([]))).toEqual([]);
    });
    it('give an agent its open and its recent payments, page by page', async () => {
      await inTx(async (tx) => {
        await tx.payments.insert(samplePayment({ paymentId: '1-old-open', createdAtMs: 10, final: false }));
        await tx.payments.insert(samplePayment({ paymentId: '2-old-final', createdAtMs: 20 }));
        await tx.payments.insert(samplePayment({ paymentId: '3-recent', createdAtMs: 100 }));
        await tx.payments.insert(samplePayment({ paymentId: '4-recent-open', createdAtMs: 200, final: false }));
        await tx.payments.insert(samplePayment({ paymentId: '5-other', createdAtMs: 200, agentId: 'till-2' }));
      });
      const all = await inTx((tx) => tx.payments.resumable('till-1', 100, 10));
      expect(idsOf(all)).toEqual(['1-old-open', '3-recent', '4-recent-open']);
      const first = await inTx((tx) => tx.payments.resumable('till-1', 100, 2));
      expect(idsOf(first)).toEqual(['1-old-open', '3-recent']);
      const rest = await inTx((tx) => tx.payments.resumable('till-1', 100, 2, '3-recent'));
      expect(idsOf(rest)).toEqual(['4-recent-open']);
      await inTx(async (tx) => {
        const refund = { paymentId: '2-old-final', status: 'confirmed' } as const;
        await tx.refunds.insert(sampleRefund({ ...refund, refundId: 'without-key', createdAtMs: 100 }));
        await tx.refunds.insert(sampleRefund({ ...refund, refundId: 'of-old', createdAtMs: 99, keyHash: 'k' }));
      });
      expect(await inTx((tx) => tx.payments.resumable('till-1', 100, 10))).toHaveLength(3);
      const keyed = { refundId: 'keyed', paymentId: '2-old-final', createdAtMs: 100, keyHash: 'k' };
      await inTx((tx) => tx.refunds.insert(sampleRefund(keyed)));
      const given = await inTx((tx) => tx.payments.resumable('till-1', 100, 2, '1-old-open'));
      expect(idsOf(given)).toEqual(['2-old-final', '3-recent']);
    });
    it('name what was paid and not collected, until there has been a case about it', async () => {
      await inTx(async (tx) => {
        const insert = (paymentId: string, members: object) =>
          tx.payments.insert({ ...samplePayment({ paymentId, paidAtMs: 100 }), ...members });
        await insert('waiting', {});
        await insert('too-new', { paidAtMs: 500 });
        await insert('collected', { collectedAtMs: 110 });
        await insert('of-edge', { source: 'edge' });
        await insert('not-paid', { status: 'expired' });
        await insert('had-a-case', {});
        await insert('has-another-case', {});
        const about = { kind: 'not_collected', paymentId: 'had-a-case' };
        await tx.cases.open(sampleCase({ caseId: 'c1', ...about }), 'had-a-case');
        await tx.cases.closeOf({ kind: about.kind, subject: 'had-a-case' }, { atMs: 300, by: 'anna', reason: 'found' });
        await tx.cases.open(sampleCase({ caseId: 'c2', paymentId: 'has-another-case' }), 'has-another-case');
      });
      const found = await inTx((tx) => tx.payments.uncollected({ sinceMs: 0, beforeMs: 400 }, 10));
      expect(idsOf(found).sort()).toEqual(['has-another-case', 'waiting']);
      const within = (sinceMs: number, limit: number) =>
        inTx((tx) => tx.payments.uncollected({ sinceMs, beforeMs: 400 }, limit));
      expect(await within(0, 1)).toHaveLength(1);
      expect(await within(400, 10)).toEqual([]);
    });
  });
}
