import { Money } from '@tolem/base';
import type { QrApi } from '@tolem/kaspi-core';
import { type BareLoop, createBareLoop } from './bare-loop.ts';
import { cpuMicros, type Figure, figure, percentile, type Report } from './figure.ts';
import { addTill, type HubStage, openHubStage, type RunningCore } from './hub-stage.ts';
import { atMost } from './paced.ts';

/**
 * What watching open payments costs: the hub's core on PostgreSQL asks a bare HTTPS server, in a process of its own, that
 * always answers "not scanned". The bare loop asks the same server, at the same pace, in the same process.
 */
export function measurePolling(report: Report): Promise<void> {
  return onStage((stage, bare) => measureCosts(stage, bare, report));
}

/** The same with ten thousand: how late polls are, what they write, and what a takeover does to them. */
export function measureManyOpen(report: Report): Promise<void> {
  return onStage(async (stage, bare) => {
    const { figures, latenessMs } = await measureTenThousand(stage, bare);
    report(figures);
    report(await measureTakeover(stage, percentile(latenessMs, 0.99)));
  });
}

async function onStage(measure: (stage: HubStage, bare: BareLoop) => Promise<void>): Promise<void> {
  const stage = await openHubStage();
  const bare = createBareLoop(stage);
  try {
    await measure(stage, bare);
  } finally {
    await bare.close();
    await stage.close();
  }
}

const TILL = 'bench-polling';
const CALLER = { kind: 'agent', agentId: TILL } as const;
/** Open payments, and the interval at which the bank wants to be asked. */
const SIZES = [
  { open: 1, everyMs: 500, forMs: 6_000 },
  { open: 100, everyMs: 500, forMs: 4_000 },
  { open: 1_000, everyMs: 500, forMs: 4_000 },
];
const MANY = { open: 10_000, everyMs: 5_000, forMs: 15_000 };
/** Idle connections tell the server's statistics what they wrote after 10 s. */
const STATISTICS_MS = 11_000;
const BARE_MS = 3_000;
const WARM_MS = 2_000;
const IDLE_MS = 4_000;
const CREATE_AT_ONCE = 16;
/** Let the last creations' work end. */
const SETTLE_MS = 1_000;

/** The bank as the hub knows it, but codes are made here: ten thousand creations are not what is measured. */
function mintingBank(pollIntervalMs: number): (bank: QrApi) => QrApi {
  return (bank) => ({
    ...bank,
    listTradePoints: async () => [{ tradePointId: '1', name: 'Bench' }],
    registerDevice: async () => '"bench"',
    ping: async () => {},
    createQr: async () => ({
      bankPaymentId: String(++minted),
      qrToken: `5${minted}`,
      paymentMethods: ['Gold'],
      pollIntervalMs,
      scanWaitMs: 3_600_000,
      confirmWaitMs: 65_000,
    }),
  });
}
let minted = 3_000_000_000;

async function open(stage: HubStage, { core }: RunningCore, payments: number): Promise<void> {
  const amount = Money.parse('1500.00');
  await stage.hurriedly(() =>
    atMost(CREATE_AT_ONCE, payments, () =>
      core.payments.create(CALLER, { paymentId: stage.context.ids.uuid(), method: 'qr', amount }),
    ),
  );
}

interface Window {
  polls: number;
  /** CPU of the whole window. */
  micros: number;
  latenessMs: number[];
}

async function watch(stage: HubStage, running: RunningCore, forMs: number): Promise<Window> {
  running.latenessMs.length = 0;
  const pollsBefore = running.calls('readStatus');
  const cpuBefore = cpuMicros();
  await stage.context.clock.sleep(forMs);
  const polls = running.calls('readStatus') - pollsBefore;
  return { polls, micros: cpuMicros() - cpuBefore, latenessMs: [...running.latenessMs] };
}

/** One core after the other, each with so many payments and no others. What it does without any is measured first. */
async function measureCosts(stage: HubStage, bare: BareLoop, report: Report): Promise<void> {
  const first = await stage.startCore({ door: 'bare', wrapBank: mintingBank(500) });
  await addTill(first.core, TILL);
  await stage.context.clock.sleep(WARM_MS);
  const idle = await watch(stage, first, IDLE_MS);
  await first.stop();
  const idleMicros = (idle.micros * 1000) / IDLE_MS;
  report([figure('CPU of a hub with nothing open', idleMicros / 10_000, '% of a core', { note: 'taken off below' })]);
  for (const { open: wanted, everyMs, forMs } of SIZES) {
    await stage.forgetPayments();
    const running = await stage.startCore({ door: 'bare', wrapBank: mintingBank(everyMs) });
    await open(stage, running, wanted);
    await stage.context.clock.sleep(SETTLE_MS);
    const { polls, micros } = await watch(stage, running, forMs);
    await running.stop();
    const perSecond = (polls * 1000) / forMs;
    const { micros: bareMicros } = await bare.at(perSecond, BARE_MS);
    report(costFigures(wanted, perSecond, (micros - (idleMicros * forMs) / 1000) / polls, bareMicros));
  }
}

function costFigures(open: number, perSecond: number, micros: number, bareMicros: number): Figure[] {
  const name = `CPU per poll, ${open.toLocaleString('en')} open`;
  const note = `at ${Math.round(perSecond)} polls/s`;
  return [
    figure(name, micros, 'µs', { beside: { value: bareMicros, what: 'bare undici loop' }, note }),
    figure(`${name}, in bare calls`, micros / bareMicros, '×', open < 100 ? {} : { atMost: 2 }),
  ];
}

async function measureTenThousand(
  stage: HubStage,
  bare: BareLoop,
): Promise<{ figures: Figure[]; latenessMs: number[] }> {
  const running = await stage.startCore({ door: 'bare', wrapBank: mintingBank(MANY.everyMs) });
  await addTill(running.core, TILL);
  await open(stage, running, MANY.open);
  await stage.context.clock.sleep(STATISTICS_MS);
  const [writesBefore, walBefore] = [await stage.rowWrites(), await stage.walBytes()];
  const { polls, micros, latenessMs } = await watch(stage, running, MANY.forMs);
  const wal = (await stage.walBytes()) - walBefore;
  const rssMb = process.memoryUsage.rss() / 1e6;
  await running.stop();
  const writes = changes(writesBefore, await stage.rowWrites());
  const { instance_lease: leaseWrites = 0, ...others } = writes;
  const otherWrites = Object.values(others).reduce((sum, one) => sum + one, 0);
  const alone = await bare.at((polls * 1000) / MANY.forMs, MANY.forMs / 2);
  const flatOut = await bare.microsFlatOut(8_000);
  const seconds = MANY.forMs / 1000;
  const figures = [
    ...costFigures(MANY.open, polls / seconds, micros / polls, alone.micros),
    figure('bare undici loop, 32 at a time, flat out', flatOut, 'µs', { note: 'what pacing saves when nothing waits' }),
    figure('p50 lateness of a poll, 10,000 open', percentile(latenessMs, 0.5), 'ms'),
    figure('p99 lateness of a poll, 10,000 open', percentile(latenessMs, 0.99), 'ms', {
      atMost: 50,
      beside: { value: percentile(alone.latenessMs, 0.99), what: "the bare loop's timers" },
    }),
    figure('row writes of polls that change nothing', otherWrites, 'rows', {
      atMost: 0,
      note: `${polls} polls; the lease wrote ${leaseWrites} rows meanwhile`,
    }),
    figure('write-ahead log meanwhile', Number(wal) / 1024 / seconds, 'KB/s', {
      note: 'the lease and the server itself',
    }),
    figure('memory of the process, 10,000 open', rssMb, 'MB'),
  ];
  return { figures, latenessMs };
}

/** The same database, a new hub: all ten thousand are taken over at once. */
async function measureTakeover(stage: HubStage, steadyMs: number): Promise<Figure[]> {
  const running = await stage.startCore({ door: 'bare', wrapBank: mintingBank(MANY.everyMs) });
  const first = await watch(stage, running, MANY.everyMs * 1.5 + SETTLE_MS);
  const second = await watch(stage, running, MANY.everyMs);
  await running.stop();
  const also = {
    beside: { value: steadyMs, what: 'before the restart' },
    note: 'a restart with 10,000 open',
  };
  return [
    figure('p99 lateness, first polls after a takeover', percentile(first.latenessMs, 0.99), 'ms', also),
    figure('p99 lateness, the next round', percentile(second.latenessMs, 0.99), 'ms', also),
  ];
}

function changes(before: Record<string, number>, after: Record<string, number>): Record<string, number> {
  const changed = Object.entries(after).map(([name, writes]) => [name, writes - (before[name] ?? 0)] as const);
  return Object.fromEntries(changed.filter(([, writes]) => writes !== 0));
}
