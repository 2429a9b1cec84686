import { describe, expect, it } from 'vitest';
import { fullPayment, samplePayment } from './sample-rows.ts';
import { type InOwnTransaction, type StoreWorld, whoWaits } from './store-world.ts';

export function describePaymentBatches(world: () => StoreWorld): void {
  const inTx: InOwnTransaction = (run) => world().store.transaction(run);
  const insert = (...ids: string[]) =>
    inTx((tx) => tx.payments.insertMany(ids.map((paymentId) => samplePayment({ paymentId }))));
  const statusOf = async (paymentId: string) => (await inTx((tx) => tx.payments.get(paymentId)))?.status;

  describe('many payments', () => {
    it('come back with every member as they were given', async () => {
      const given = [fullPayment('p1'), samplePayment({ paymentId: 'p2', paymentMethods: ['"a", {b}', '\\'] })];
      await inTx((tx) => tx.payments.insertMany(given));
      expect(await inTx((tx) => tx.payments.lockMany(['p2', 'nowhere', 'p1']))).toStrictEqual(given);
      expect(await inTx((tx) => tx.payments.lockMany([]))).toEqual([]);
    });
    it('with text that no column can hold are stored with another sign in its place', async () => {
      const edge = { half: '\ud800', zero: '\u0000' };
      const odd = samplePayment({ paymentId: 'p1', orderId: 'a\u0000b\udfff', paymentMethods: ['\ud800'], edge });
      await inTx((tx) => tx.payments.insertMany([odd]));
      const stored = await inTx((tx) => tx.payments.get('p1'));
      expect(['a\ufffdb\ufffd', odd.orderId]).toContain(stored?.orderId);
      expect(stored?.edge).toEqual(edge);
    });
    it('are not inserted where one is there already', async () => {
      await insert('p1');
      const refusal = { code: 'store_conflict', ids: { constraint: 'payment_pkey' } };
      await expect(insert('p2', 'p1')).rejects.toMatchObject(refusal);
      expect(await statusOf('p2')).toBeUndefined();
    });
    it('are saved where their version is the one that was seen', async () => {
      await insert('p1', 'p2', 'p3');
      const next = (paymentId: string) => ({ ...fullPayment(paymentId), bankPaymentId: paymentId, version: 2 });
      const changes = [
        { payment: next('p1'), version: 1 },
        { payment: next('p2'), version: 7 },
        { payment: next('nowhere'), version: 1 },
      ];
      expect(await inTx((tx) => tx.payments.saveMany(changes))).toBe(1);
      expect(await inTx((tx) => tx.payments.get('p1'))).toStrictEqual(next('p1'));
      expect(await inTx((tx) => tx.payments.get('p2'))).toMatchObject({ version: 1 });
      expect(
        await inTx((tx) => tx.payments.saveMany([{ payment: samplePayment({ paymentId: 'p1' }), version: 2 }])),
      ).toBe(1);
      expect(await inTx((tx) => tx.payments.get('p1'))).toStrictEqual(samplePayment({ paymentId: 'p1' }));
    });
    it('that break a constraint are not stored at all', async () => {
      await insert('p1');
      const wrong = samplePayment({ paymentId: 'p2', refunded: fullPayment('p').amount });
      const refusal = { code: 'store_constraint', ids: { constraint: 'payment_refunds_within_paid' } };
      await expect(
        inTx((tx) => tx.payments.insertMany([samplePayment({ paymentId: 'p3' }), wrong])),
      ).rejects.toMatchObject(refusal);
      const change = { payment: { ...wrong, paymentId: 'p1', version: 2 }, version: 1 };
      await expect(inTx((tx) => tx.payments.saveMany([change]))).rejects.toMatchObject(refusal);
      expect(await inTx((tx) => tx.payments.lockMany(['p1', 'p2', 'p3']))).toMatchObject([{ version: 1 }]);
    });
    it('that are locked make the next writer wait', async () => {
      await insert('p1', 'p2');
      const { order, seen } = await whoWaits(
        world(),
        (tx) => tx.payments.lockMany(['p2', 'p1']),
        (tx) => tx.payments.save(samplePayment({ paymentId: 'p2', version: 2 }), { version: 1 }),
        (tx) => tx.payments.get('p2', { lock: true }),
      );
      expect(order).toEqual(['holder is done', 'waiter has it']);
      expect(seen?.version).toBe(2);
    });
    it('have their events in the order given', async () => {
      const event = (kind: string, note: string) => ({ atMs: 5, kind, actor: 'hub', data: { note } });
      await inTx((tx) =>
        tx.payments.addEvents([
          { paymentId: 'p1', event: event('created', '"чек"') },
          { paymentId: 'p2', event: event('created', '') },
          { paymentId: 'p1', event: event('paid', '\\ \u0000') },
        ]),
      );
      await inTx((tx) => tx.payments.addEvent('p1', event('collected', '')));
      expect(await inTx((tx) => tx.payments.events('p1'))).toEqual([
        event('created', '"чек"'),
        event('paid', '\\ \u0000'),
        event('collected', ''),
      ]);
    });
  });
}
