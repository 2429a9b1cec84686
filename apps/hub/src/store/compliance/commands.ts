import { describe, expect, it } from 'vitest';
import type { Command } from '../../command/command.ts';
import { sampleCommand, samplePayment, sampleRefund, tenge } from './sample-rows.ts';
import { type InOwnTransaction, type StoreWorld, whoWaits } from './store-world.ts';

export function describeCommands(world: () => StoreWorld): void {
  const inTx: InOwnTransaction = (run) => world().store.transaction(run);
  /** Each command with its own payment and refund `p-<id>`, `r-<id>`. */
  const insert = (commandId: string, members: Partial<Command> = {}) =>
    inTx(async (tx) => {
      const [paymentId, refundId] = [`p-${commandId}`, `r-${commandId}`];
      await tx.payments.insert(samplePayment({ paymentId, source: 'edge' }));
      await tx.refunds.insert(sampleRefund({ refundId, paymentId, source: 'edge' }));
      return tx.commands.insert(sampleCommand({ commandId, refundId, paymentId, ...members }));
    });

  describe('a command', () => {
    it('comes back with every member as it was given', async () => {
      const full: Required<Command> = {
        ...sampleCommand({ commandId: 'c1', refundId: 'r-c1', paymentId: 'p-c1' }),
        state: 'unknown',
        stateReason: 'not_answered',
        session: 7,
        claimedAtMs: 3,
        toldAtMs: 4,
        version: 2,
      };
      expect(await insert('c1')).toBe(true);
      const plain = sampleCommand({ commandId: 'c1', refundId: 'r-c1', paymentId: 'p-c1' });
      expect(await inTx((tx) => tx.commands.get('c1'))).toStrictEqual(plain);
      expect(await inTx((tx) => tx.commands.save(full, { version: 1 }))).toBe(true);
      expect(await inTx((tx) => tx.commands.save(full, { version: 1 }))).toBe(false);
      expect(await inTx((tx) => tx.commands.get('c1', { lock: true }))).toEqual(full);
      expect(await inTx((tx) => tx.commands.ofRefund('r-c1', { lock: true }))).toEqual(full);
      expect(await inTx((tx) => tx.commands.ofRefund('r-c2'))).toBeUndefined();
      expect(await inTx((tx) => tx.commands.listOf('p-c1'))).toEqual([full]);
    });
    it('is inserted once, for a refund that is there and has no other', async () => {
      await insert('c1');
      const of = (members: Partial<Command> & { commandId: string }) => {
        const command = sampleCommand({ refundId: 'r-c1', paymentId: 'p-c1', ...members });
        return inTx((tx) => tx.commands.insert(command));
      };
      expect(await of({ commandId: 'c1', amount: tenge(7) })).toBe(false);
      await expect(of({ commandId: 'c2' })).rejects.toMatchObject({
        code: 'store_conflict',
        ids: { constraint: 'command_of_refund' },
      });
      await expect(of({ commandId: 'c3', refundId: 'r9' })).rejects.toMatchObject({
        code: 'store_constraint',
        ids: { constraint: 'command_refund' },
      });
      await expect(insert('c4', { amount: tenge(0) })).rejects.toMatchObject({
        code: 'store_constraint',
        ids: { constraint: 'command_amount_positive' },
      });
    });
    it('that is locked makes the next one wait, so that one session claims it', async () => {
      await insert('c1');
      const claimed = sampleCommand({ commandId: 'c1', refundId: 'r-c1', paymentId: 'p-c1', state: 'claimed' });
      const { order, seen } = await whoWaits(
        world(),
        (tx) => tx.commands.get('c1', { lock: true }),
        (tx) => tx.commands.save({ ...claimed, session: 7, version: 2 }, { version: 1 }),
        (tx) => tx.commands.get('c1', { lock: true }),
      );
      expect(order).toEqual(['holder is done', 'waiter has it']);
      expect(seen).toMatchObject({ state: 'claimed', session: 7 });
    });
    it('waits for its own agent until it expires, the oldest first', async () => {
      await insert('c1', { createdAtMs: 20 });
      await insert('c2', { createdAtMs: 10 });
      await insert('c3', { agentId: 'till-2' });
      await insert('c4', { state: 'claimed' });
      await insert('c5', { expiresAtMs: 100 });
      const waiting = await inTx((tx) => tx.commands.pendingOf('till-1', 100, 10));
      expect(waiting.map((one) => one.commandId)).toEqual(['c2', 'c1']);
      expect(await inTx((tx) => tx.commands.pendingOf('till-1', 100, 1))).toHaveLength(1);
    });
    it('is open until it is over or its agent has told of it', async () => {
      await insert('c1', { createdAtMs: 20 });
      await insert('c2', { createdAtMs: 10, state: 'claimed' });
      await insert('c3', { state: 'claimed', toldAtMs: 5 });
      for (const state of ['done', 'declined', 'expired', 'cancelled', 'unknown'] as const)
        await insert(state, { state });
      const open = await inTx((tx) => tx.commands.open(10));
      expect(open.map((one) => one.commandId)).toEqual(['c2', 'c1']);
      expect(await inTx((tx) => tx.commands.open(1))).toHaveLength(1);
    });
  });
}
