import { Money } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import type { StoreHint, StoreTransaction } from '../store.ts';
import { samplePayment, tenge } from './sample-rows.ts';
import { type StoreWorld, whoWaits } from './store-world.ts';

export function describeTransactions(world: () => StoreWorld): void {
  describe('a transaction', () => {
    it('shows what it wrote to others only after its commit', async () => {
      const { store, other } = world();
      await store.transaction(async (tx) => {
        await tx.payments.insert(samplePayment({ paymentId: 'p1' }));
        expect(await tx.payments.get('p1')).toBeDefined();
      });
      expect(await other.transaction((tx) => tx.payments.get('p1'))).toEqual(samplePayment({ paymentId: 'p1' }));
    });
    it('leaves nothing behind when it is rejected, and rejects with the same error', async () => {
      const { store, other } = world();
      const reason = new Error('changed my mind');
      const rejected = store.transaction(async (tx) => {
        await tx.payments.insert(samplePayment({ paymentId: 'p1' }));
        await tx.payments.addEvent('p1', { atMs: 1, kind: 'created', actor: 'hub', data: {} });
        throw reason;
      });
      await expect(rejected).rejects.toBe(reason);
      expect(await other.transaction((tx) => tx.payments.get('p1'))).toBeUndefined();
      expect(await other.transaction((tx) => tx.payments.events('p1'))).toEqual([]);
    });
    it('is dropped as a whole when a constraint refused a row of it, even if that was caught', async () => {
      const { store } = world();
      const swallowed = store.transaction(async (tx) => {
        await tx.payments.insert(samplePayment({ paymentId: 'p1', bankPaymentId: '5' }));
        await tx.payments.insert(samplePayment({ paymentId: 'p2', bankPaymentId: '5' })).catch(() => false);
      });
      await expect(swallowed).rejects.toMatchObject({ code: 'store_conflict' });
      expect(await store.transaction((tx) => tx.payments.get('p1'))).toBeUndefined();
    });
    it('that is committed stays so whatever a listener makes of its hints', async () => {
      const { store } = world();
      const heard: StoreHint[] = [];
      store.onHint(() => {
        throw new Error('a listener with a fault');
      });
      store.onHint((hint) => heard.push(hint));
      const change = { kind: 'case', caseId: 'c1' } as const;
      const result = await store.transaction(async (tx) => {
        tx.hint(change);
        return 7;
      });
      expect([result, heard]).toEqual([7, [change]]);
    });
    it('does nothing more after its end', async () => {
      const { store } = world();
      let escaped: StoreTransaction | undefined;
      await store.transaction(async (tx) => {
        escaped = tx;
      });
      await expect(escaped?.payments.get('p1')).rejects.toMatchObject({ code: 'store_unavailable' });
    });
    it('gives way when two wait for each other, and both are done in the end', async () => {
      const { store, other, passTime } = world();
      await store.transaction(async (tx) => {
        for (const paymentId of ['p1', 'p2']) await tx.payments.insert(samplePayment({ paymentId }));
      });
      const touch = async (tx: StoreTransaction, paymentId: string) => {
        const payment = await tx.payments.get(paymentId, { lock: true });
        if (!payment) throw new Error('gone');
        await tx.payments.save({ ...payment, version: payment.version + 1 }, { version: payment.version });
      };
      const both = (ids: string[]) => async (tx: StoreTransaction) => {
        for (const id of ids) {
          await touch(tx, id);
          await passTime(30);
        }
      };
      await Promise.all([store.transaction(both(['p1', 'p2'])), other.transaction(both(['p2', 'p1']))]);
      const versions = await store.transaction((tx) => tx.payments.versionsOf(['p1', 'p2']));
      expect(versions.map((one) => one.version)).toEqual([3, 3]);
    });
    it('that waits for a locked row sees what the holder committed', async () => {
      await world().store.transaction((tx) => tx.payments.insert(samplePayment({ paymentId: 'p1' })));
      const { order, seen } = await whoWaits(
        world(),
        (tx) => tx.payments.get('p1', { lock: true }),
        (tx) => tx.payments.save(samplePayment({ paymentId: 'p1', version: 2 }), { version: 1 }),
        (tx) => tx.payments.get('p1', { lock: true }),
      );
      expect(order).toEqual(['holder is done', 'waiter has it']);
      expect(seen?.version).toBe(2);
    });
  });

  describe('hints', () => {
    const change = { kind: 'payment', paymentId: 'p1', agentId: 'till-1', version: 1 } as const;
    const heardBy = async (run: (heard: StoreHint[]) => Promise<unknown>): Promise<StoreHint[]> => {
      const { store, other } = world();
      const heard: StoreHint[] = [];
      const drops = [store, other].map((one) => one.onHint((hint) => heard.push(hint)));
      await run(heard);
      for (const drop of drops) drop();
      return heard;
    };
    const settled = async (heard: StoreHint[], count: number) => {
      for (let look = 0; look < 100 && heard.length < count; look++) await world().passTime(10);
    };
    it('reach every instance after the commit', async () => {
      const { store } = world();
      const heard = await heardBy(async (list) => {
        await store.transaction(async (tx) => {
          tx.hint(change);
          await world().passTime(30);
          expect(list).toEqual([]);
        });
        await settled(list, 2);
      });
      expect(heard).toEqual([change, change]);
    });
    it('of a rejected transaction are never given', async () => {
      const { store } = world();
      const heard = await heardBy(async (list) => {
        const rejected = store.transaction(async (tx) => {
          tx.hint({ kind: 'case', caseId: 'never' });
          throw new Error('changed my mind');
        });
        await expect(rejected).rejects.toThrow('changed my mind');
        await store.transaction(async (tx) => tx.hint(change));
        await settled(list, 2);
      });
      expect(heard).toEqual([change, change]);
    });
    it('stop when the listener is taken away', async () => {
      const { store } = world();
      const heard: StoreHint[] = [];
      store.onHint((hint) => heard.push(hint))();
      await store.transaction(async (tx) => tx.hint(change));
      await world().passTime(30);
      expect(heard).toEqual([]);
    });
  });

  describe('the database', () => {
    it('has a clock that goes on', async () => {
      const { store, passTime } = world();
      const before = await store.nowMs();
      await passTime(20);
      const after = await store.nowMs();
      expect(Number.isInteger(before)).toBe(true);
      expect(after).toBeGreaterThanOrEqual(before + 15);
    });
    it('has one epoch, which saving the rest of its meta row leaves alone', async () => {
      const { store, other } = world();
      const meta = await store.transaction((tx) => tx.meta.get());
      expect(meta).toEqual({ hubEpoch: expect.stringMatching(/^\S{8,}$/), recovering: false });
      const released = { recovering: true, recoveringSinceMs: 5, releasedBy: 'anna', releaseReason: 'looked' };
      await store.transaction((tx) => tx.meta.save({ hubEpoch: 'another', ...released }));
      expect(await other.transaction((tx) => tx.meta.get())).toEqual({ hubEpoch: meta.hubEpoch, ...released });
    });
    it('refuses money columns that a constraint forbids', async () => {
      const { store } = world();
      const insert = (members: object) =>
        store.transaction((tx) => tx.payments.insert({ ...samplePayment({ paymentId: 'p1' }), ...members }));
      const refusals: Array<[object, string]> = [
        [{ amount: tenge(0) }, 'payment_amount_positive'],
        [{ refunded: tenge(1600) }, 'payment_refunds_within_paid'],
        [{ refunded: tenge(800), refundReserved: tenge(701) }, 'payment_refunds_within_paid'],
        [{ amountPaid: undefined, refundReserved: tenge(1) }, 'payment_refunds_within_paid'],
        [{ refunded: tenge(-1) }, 'payment_refunds_not_negative'],
        [{ refundReserved: tenge(-1), refunded: tenge(2) }, 'payment_refunds_not_negative'],
      ];
      for (const [members, constraint] of refusals) {
        await expect(insert(members), constraint).rejects.toMatchObject({
          code: 'store_constraint',
          ids: { constraint },
        });
      }
      expect(await insert({ amountPaid: Money.zero })).toBe(true);
      expect(await insert({ paymentId: 'p2', refunded: tenge(800), refundReserved: tenge(700) })).toBe(true);
    });
  });
}
