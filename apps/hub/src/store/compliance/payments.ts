import { describe, expect, it } from 'vitest';
import { fullPayment, samplePayment } from './sample-rows.ts';
import { type InOwnTransaction, type StoreWorld, whoWaits } from './store-world.ts';

export function describePayments(world: () => StoreWorld): void {
  const inTx: InOwnTransaction = (run) => world().store.transaction(run);

  describe('a payment', () => {
    it('comes back with every member as it was given', async () => {
      const full = fullPayment('p1');
      expect(await inTx((tx) => tx.payments.insert(full))).toBe(true);
      expect(await inTx((tx) => tx.payments.get('p1'))).toEqual(full);
      const plain = samplePayment({ paymentId: 'p2' });
      await inTx((tx) => tx.payments.insert(plain));
      expect(await inTx((tx) => tx.payments.get('p2'))).toStrictEqual(plain);
    });
    it('loses the members that a save leaves out', async () => {
      await inTx((tx) => tx.payments.insert(fullPayment('p1')));
      const plain = samplePayment({ paymentId: 'p1', version: 8 });
      expect(await inTx((tx) => tx.payments.save(plain, { version: 7 }))).toBe(true);
      expect(await inTx((tx) => tx.payments.get('p1'))).toStrictEqual(plain);
    });
    it('of the hub has its key for itself; those of the edge and of other agents keep theirs', async () => {
      const insert = (members: Parameters<typeof samplePayment>[0]) =>
        inTx((tx) => tx.payments.insert(samplePayment(members)));
      await insert({ paymentId: 'p1', keyHash: 'k' });
      expect(await insert({ paymentId: 'p1', keyHash: 'k' })).toBe(false);
      await expect(insert({ paymentId: 'p2', keyHash: 'k' })).rejects.toMatchObject({
        code: 'store_conflict',
        ids: { constraint: 'payment_key' },
      });
      expect(await insert({ paymentId: 'p3', keyHash: 'k', source: 'edge' })).toBe(true);
      expect(await insert({ paymentId: 'p4', keyHash: 'k', agentId: 'till-2' })).toBe(true);
      expect(await insert({ paymentId: 'p5' })).toBe(true);
      expect(await insert({ paymentId: 'p6' })).toBe(true);
      expect(await inTx((tx) => tx.payments.keyHolder('till-1', 'k'))).toBe('p1');
      expect(await inTx((tx) => tx.payments.keyHolder('till-1', 'other'))).toBeUndefined();
    });
    it('is not there before it was inserted', async () => {
      expect(await inTx((tx) => tx.payments.get('p1'))).toBeUndefined();
      expect(await inTx((tx) => tx.payments.get('p1', { lock: true }))).toBeUndefined();
      expect(await inTx((tx) => tx.payments.save(samplePayment({ paymentId: 'p1' }), { version: 1 }))).toBe(false);
    });
    it('is inserted once; a second insert changes nothing', async () => {
      await inTx((tx) => tx.payments.insert(samplePayment({ paymentId: 'p1', bankPaymentId: '5' })));
      const again = samplePayment({ paymentId: 'p1', bankPaymentId: '5', status: 'failed' });
      expect(await inTx((tx) => tx.payments.insert(again))).toBe(false);
      expect(await inTx((tx) => tx.payments.get('p1'))).toMatchObject({ status: 'paid' });
    });
    it('inserted by two hubs at once is inserted by one, and the other then sees it', async () => {
      const { store, other } = world();
      const begin = (hub: typeof store, status: 'paid' | 'failed') =>
        hub.transaction(async (tx) => {
          const isNew = await tx.payments.insert(samplePayment({ paymentId: 'p1', status }));
          return { isNew, seen: (await tx.payments.get('p1', { lock: true }))?.status };
        });
      const [one, two] = await Promise.all([begin(store, 'paid'), begin(other, 'failed')]);
      expect([one.isNew, two.isNew].sort()).toEqual([false, true]);
      expect(one.seen).toBe(two.seen);
    });
    it('is saved only over the version that was seen', async () => {
      await inTx((tx) => tx.payments.insert(samplePayment({ paymentId: 'p1', version: 4 })));
      const next = samplePayment({ paymentId: 'p1', version: 5, status: 'unknown' });
      expect(await inTx((tx) => tx.payments.save(next, { version: 3 }))).toBe(false);
      expect(await inTx((tx) => tx.payments.save(next, { version: 4 }))).toBe(true);
      expect(await inTx((tx) => tx.payments.save(next, { version: 4 }))).toBe(false);
      expect(await inTx((tx) => tx.payments.get('p1'))).toMatchObject({ version: 5, status: 'unknown' });
    });
    it('is saved under a fence only while the stored owner is the same', async () => {
      const owner = { instance: 'a', generation: 2 };
      await inTx((tx) => tx.payments.insert(samplePayment({ paymentId: 'p1', owner })));
      await inTx((tx) => tx.payments.insert(samplePayment({ paymentId: 'p2' })));
      const save = (paymentId: string, fence: typeof owner) =>
        inTx((tx) => tx.payments.save(samplePayment({ paymentId, version: 2, owner }), { version: 1, fence }));
      expect(await save('p1', { instance: 'a', generation: 1 })).toBe(false);
      expect(await save('p1', { instance: 'b', generation: 2 })).toBe(false);
      expect(await save('p2', owner)).toBe(false);
      expect(await save('p1', owner)).toBe(true);
    });
    it('has a bank id that no other payment has', async () => {
      await inTx((tx) => tx.payments.insert(samplePayment({ paymentId: 'p1', bankPaymentId: '5' })));
      await inTx((tx) => tx.payments.insert(samplePayment({ paymentId: 'p2' })));
      const twin = samplePayment({ paymentId: 'p2', version: 2, bankPaymentId: '5' });
      const refusal = { code: 'store_conflict', ids: { constraint: 'payment_bank_payment_id' } };
      await expect(inTx((tx) => tx.payments.save(twin, { version: 1 }))).rejects.toMatchObject(refusal);
      const third = samplePayment({ paymentId: 'p3', bankPaymentId: '5' });
      await expect(inTx((tx) => tx.payments.insert(third))).rejects.toMatchObject(refusal);
    });
    it('that is being saved makes the next writer wait and miss its version', async () => {
      await inTx((tx) => tx.payments.insert(samplePayment({ paymentId: 'p1' })));
      const { order, seen } = await whoWaits(
        world(),
        (tx) => tx.payments.save(samplePayment({ paymentId: 'p1', version: 2 }), { version: 1 }),
        async () => {},
        (tx) => tx.payments.save(samplePayment({ paymentId: 'p1', version: 2, status: 'failed' }), { version: 1 }),
      );
      expect(order).toEqual(['holder is done', 'waiter has it']);
      expect(seen).toBe(false);
    });
  });

  describe('the events of a payment', () => {
    it('come back oldest first, those of other payments left out', async () => {
      const event = (atMs: number, kind: string) => ({ atMs, kind, actor: 'hub', data: { note: 'чек', at: [atMs] } });
      await inTx((tx) => tx.payments.insert(samplePayment({ paymentId: 'p1' })));
      await inTx(async (tx) => {
        await tx.payments.addEvent('p1', event(5, 'created'));
        await tx.payments.addEvent('p2', event(5, 'created'));
        await tx.payments.addEvent('p1', event(5, 'token_made'));
      });
      await inTx((tx) => tx.payments.addEvent('p1', event(6, 'paid')));
      expect(await inTx((tx) => tx.payments.events('p1'))).toEqual([
        event(5, 'created'),
        event(5, 'token_made'),
        event(6, 'paid'),
      ]);
    });
  });
}
