import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { worldJournal } from '../journal/world-journal.ts';
import { createEdgeWorld, type EdgeWorld } from './edge-world.ts';

let folder: string;
let world: EdgeWorld;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
  world = createEdgeWorld({ journal: worldJournal, folder, terminals: { front: 'v2' } });
  await world.start();
  await world.clock.advance(2_000);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const layer = (name: string) => world.core.health().find((one) => one.layer === name);

test('every connection begins with a birth that says who we are and where the journal stands', async () => {
  const { epoch, lastSeq } = world.core.outbox();
  expect(world.bus.states.at(-1)).toMatchObject({ online: true, session: 1, epoch, lastSeq, version: '0.1.0' });
  const before = world.bus.states.length;
  world.setHubReachable(false);
  await world.clock.advance(1_000);
  world.setHubReachable(true);
  await world.clock.advance(10_000);
  const births = world.bus.states.slice(before);
  expect(births.length).toBeGreaterThan(0);
  expect(births.at(-1)).toMatchObject({ online: true, session: 2 });
});

test('a change of health is published within a second, once for several', async () => {
  const before = world.bus.states.length;
  world.terminals.front?.setAppRunning(false);
  await world.clock.advance(35_000);
  const news = world.bus.states.slice(before);
  expect(news).toHaveLength(1);
  expect(news[0]?.health).toContainEqual(
    expect.objectContaining({ layer: 'terminal_port', subject: 'front', state: 'fail', cause: 'connect_failed' }),
  );
});

test('health names what is wrong with hub, reports and clock, and since when', async () => {
  expect(layer('hub_link')).toMatchObject({ state: 'ok' });
  expect(layer('clock')).toMatchObject({ state: 'ok' });
  world.setHubReachable(false);
  await world.clock.advance(100);
  const atMs = world.clock.nowMs();
  expect(layer('hub_link')).toMatchObject({ state: 'fail', cause: 'hub_unreachable' });
  expect(layer('kaspi')).toMatchObject({ state: 'unknown', cause: 'hub_unreachable' });
  await world.clock.advance(60_000);
  expect(layer('hub_link')?.sinceMs).toBeLessThanOrEqual(atMs);
  world.setHubReachable(true);
  await world.clock.advance(10_000);
  world.clock.jumpWall(600_000);
  await world.clock.advance(61_000);
  expect(layer('clock')).toMatchObject({ state: 'ok' });
  world.setHubReachable(false);
  world.clock.jumpWall(-3 * 365 * 86_400_000);
  await world.clock.advance(61_000);
  expect(layer('clock')).toMatchObject({ state: 'fail', cause: 'clock_before_build' });
});

test('a wrong clock never blocks a terminal payment', async () => {
  world.clock.jumpWall(-20 * 365 * 86_400_000);
  const asking = world.core.payments.create(world.request({ method: 'terminal' }));
  await world.clock.advance(10);
  const { payment } = await asking;
  world.terminals.front?.pay({ method: 'card' });
  await world.clock.advance(2_000);
  expect(world.core.payments.get(payment.paymentId).status).toBe('paid');
});

test('an open payment outlives a clock that jumps a year ahead while it is watched', async () => {
  const asking = world.core.payments.create(world.request({ method: 'terminal' }));
  await world.clock.advance(10);
  const { payment } = await asking;
  world.clock.jumpWall(365 * 86_400_000);
  await world.clock.advance(2_000);
  world.terminals.front?.pay({ method: 'card' });
  await world.clock.advance(40_000);
  expect(world.core.payments.get(payment.paymentId).status).toBe('paid');
});
