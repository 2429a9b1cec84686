import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
