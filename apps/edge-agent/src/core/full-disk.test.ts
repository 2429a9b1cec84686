import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EdgeError } from '../edge-error.ts';
import { worldJournal } from '../journal/world-journal.ts';
import { createEdgeWorld, type WorldJournal } from './edge-world.ts';

test('near a full disk new payments are refused with no money moved, and those under way go on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
  let hasRoom = true;
  const journal: WorldJournal = {
    ...worldJournal,
    open: (at, context, boot) => ({ ...worldJournal.open(at, context, boot), hasRoom: () => hasRoom }),
  };
  const world = createEdgeWorld({ journal, folder, terminals: { front: 'v2' } });
  await world.start();
  const { payment } = await world.core.payments.create(world.request());
  hasRoom = false;
  await world.clock.advance(61_000);
  expect(world.core.health().find((layer) => layer.layer === 'disk')).toMatchObject({
    state: 'fail',
    cause: 'disk_full',
  });
  for (const method of ['qr', 'terminal'] as const) {
    await expect(world.core.payments.create(world.request({ method }))).rejects.toMatchObject({
      problem: { status: 503, code: 'disk_full', money: 'none' },
    });
  }
  expect(world.terminals.front?.startCount).toBe(0);
  world.hub.payments.pay(payment.paymentId);
  await world.clock.advance(1_000);
  expect(world.core.payments.get(payment.paymentId).status).toBe('paid');
  hasRoom = true;
  expect((await world.core.payments.create(world.request())).payment.status).toBe('awaiting_scan');
  rmSync(folder, { recursive: true });
});

test('a command of headquarters that waited for the disk until its time was over is not performed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
  let isFull = false;
  const journal: WorldJournal = {
    ...worldJournal,
    open(at, context, boot) {
      const store = worldJournal.open(at, context, boot);
      const transact: typeof store.transact = (work) => {
        if (isFull) throw new EdgeError('disk_full', 'the disk is full');
        return store.transact(work);
      };
      return { ...store, transact };
    },
  };
  const world = createEdgeWorld({ journal, folder, terminals: { front: 'v2' } });
  await world.start();
  await world.clock.advance(1_000);
  const asking = world.core.payments.create(world.request({ method: 'terminal', terminalId: 'front', tenge: 1000 }));
  await world.clock.advance(10);
  world.terminals.front?.pay({ method: 'card' });
  await world.clock.advance(2_000);
  const { paymentId } = (await asking).payment;
  world.hub.misbehave('claimCommand', 'answer_lost', 1);
  const command = world.hub.commands.ask({ paymentId, tenge: 400, expiresInMs: 60_000 });
  world.bus.down.command();
  await world.clock.advance(100);
  isFull = true;
  await world.clock.advance(120_000);
  isFull = false;
  await world.clock.advance(10_000);
  expect(world.store.command(command.commandId)).toMatchObject({ state: 'declined', stateReason: 'claimed_too_late' });
  expect(world.terminals.front?.startCount).toBe(1);
  await world.stop();
  rmSync(folder, { recursive: true });
});
