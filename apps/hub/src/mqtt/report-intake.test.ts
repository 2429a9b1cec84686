import { createSilentLog, createVirtualClock } from '@tolem/base';
import { MAX_BATCH_ROWS, wire } from '@tolem/proto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFakeHubCore } from '../fake-hub-core.ts';
import type { JournalBatch, JournalVerdict } from '../journal/journal-intake.ts';
import { silentDoorMetrics } from '../metrics/door-metrics.ts';
import { createReportIntake, readBatch, readState } from './report-intake.ts';

function setUp() {
  const clock = createVirtualClock();
  const core = createFakeHubCore(() => clock.nowMs());
  const acks: Array<{ agentId: string; ack: wire.JournalAck }> = [];
  const outcomes: string[] = [];
  const intake = createReportIntake({
    core,
    log: createSilentLog(),
    metrics: { ...silentDoorMetrics, message: (kind, outcome) => void outcomes.push(`${kind} ${outcome}`) },
    sendAck: (agentId, ack) => void acks.push({ agentId, ack }),
  });
  return { core, intake, acks, outcomes };
}

const batch = (from: number, to = from): Uint8Array =>
  wire.JournalBatch.encode(
    wire.JournalBatch.fromPartial({
      epoch: 'e',
      from: BigInt(from),
      to: BigInt(to),
      rows: Array.from({ length: to - from + 1 }, (_, at) => ({ seq: BigInt(from + at) })),
    }),
  ).finish();

it('takes batches of one agent one after another, and of several side by side', async () => {
  const { core, intake } = setUp();
  const running: string[] = [];
  let most = 0;
  core.journal.take = async (agentId: string, taken: JournalBatch): Promise<JournalVerdict> => {
    expect(running).not.toContain(agentId);
    running.push(agentId);
    most = Math.max(most, running.length);
    await new Promise((resolve) => process.nextTick(resolve));
    running.splice(running.indexOf(agentId), 1);
    return { verdict: 'ok', epoch: taken.epoch, upto: taken.to, detail: '' };
  };
  for (let seq = 1; seq <= 4; seq++) for (const agentId of ['till-1', 'till-2']) intake.put(agentId, 'jrn', batch(seq));
  await intake.idle();
  expect(most).toBe(2);
});

it('acknowledges only after the core has committed', async () => {
  const { core, intake, acks } = setUp();
  let commit: (verdict: JournalVerdict) => void = () => {};
  core.journal.take = () =>
    new Promise((resolve) => {
      commit = resolve;
    });
  intake.put('till-1', 'jrn', batch(1, 3));
  await new Promise((resolve) => process.nextTick(resolve));
  expect(acks).toEqual([]);
  commit({ verdict: 'gap', epoch: 'e', upto: 0, detail: 'from 1' });
  await intake.idle();
  expect(acks).toMatchObject([{ agentId: 'till-1', ack: { epoch: 'e', upto: 0n, verdict: 'gap', detail: 'from 1' } }]);
});

it('drops what one agent sends beyond its queue and acknowledges nothing of it', async () => {
  const { intake, acks, outcomes } = setUp();
  for (let seq = 1; seq <= 30; seq++) intake.put('till-1', 'jrn', batch(seq));
  intake.put('till-2', 'jrn', batch(1));
  await intake.idle();
  expect(outcomes.filter((outcome) => outcome === 'journal dropped')).toHaveLength(14);
  expect(acks.filter(({ agentId }) => agentId === 'till-1')).toHaveLength(16);
  expect(acks.filter(({ agentId }) => agentId === 'till-2')).toHaveLength(1);
});

it('goes on with the next report after one that the core could not take', async () => {
  const { core, intake, acks, outcomes } = setUp();
  core.failNext(new Error('database away'));
  intake.put('till-1', 'jrn', batch(1));
  intake.put('till-1', 'jrn', batch(1));
  await intake.idle();
  expect(outcomes).toEqual(['journal error', 'ack ok', 'journal ok']);
  expect(acks).toHaveLength(1);
});

it('repeats the acknowledgement on a birth and not on a will', async () => {
  const { core, intake, acks } = setUp();
  await core.agents.add({ agentId: 'till-1', name: 'a', storeName: 's' });
  const encode = (online: boolean) =>
    wire.AgentState.encode(wire.AgentState.fromPartial({ online, boot: 'b', epoch: 'e', lastSeq: 9n })).finish();
  intake.put('till-1', 'state', encode(true));
  intake.put('till-1', 'state', encode(false));
  await intake.idle();
  expect(acks).toMatchObject([{ ack: { epoch: 'e', upto: 9n } }]);
  expect(core.states.map(({ state }) => state.online)).toEqual([true, false]);
});

it('reads any bytes without failing, and no batch of more rows than allowed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      readBatch(bytes);
      readState(bytes);
    }),
    { numRuns: 2_000 },
  );
  expect(readBatch(batch(1, MAX_BATCH_ROWS))?.rows).toHaveLength(MAX_BATCH_ROWS);
  expect(readBatch(batch(1, MAX_BATCH_ROWS + 1))).toBeUndefined();
});

it('shows a health state that it does not know as unknown, never as well', () => {
  const state = wire.AgentState.fromPartial({ boot: 'b', health: [{ layer: 'disk', state: 'splendid' }] });
  expect(readState(wire.AgentState.encode(state).finish())?.health).toMatchObject([
    { layer: 'disk', state: 'unknown' },
  ]);
});

it('keeps moments and words of an agent within what a page and a column can show', () => {
  const layer = { layer: 'd\0isk', subject: 's', state: 'ok', cause: '', detail: 'x'.repeat(900), sinceMs: 2n ** 62n };
  const state = wire.AgentState.fromPartial({ boot: 'b', health: [layer, { ...layer, sinceMs: -5n }] });
  const [late, early] = readState(wire.AgentState.encode(state).finish())?.health ?? [];
  expect(late).toMatchObject({ layer: 'disk', detail: 'x'.repeat(500) });
  expect([new Date(late?.sinceMs ?? Number.NaN).toISOString(), early?.sinceMs]).toEqual([
    '+275760-09-13T00:00:00.000Z',
    0,
  ]);
});

it.each<[string, Partial<wire.AgentState>]>([
  ['a row before the first', { lastSeq: -1n }],
  ['a row beyond counting', { lastSeq: 2n ** 60n }],
  ['a session beyond counting', { session: 2n ** 53n }],
  ['NUL in its epoch', { epoch: 'e\0' }],
  ['an endless epoch', { epoch: 'e'.repeat(101) }],
  ['an endless version', { version: 'v'.repeat(30_000) }],
  ['NUL in its boot', { boot: 'b\0' }],
])('takes no state with %s, which no agent of ours would send', (_, members) => {
  const state = wire.AgentState.fromPartial({ boot: 'b', ...members });
  expect(readState(wire.AgentState.encode(state).finish())).toBeUndefined();
});
