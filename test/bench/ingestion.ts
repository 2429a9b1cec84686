import { type Context, canonicalJson } from '@tolem/base';
import type { JournalBatch, JournalRow } from '@tolem/hub/bench';
import { chainHash, chainStart } from '@tolem/proto';
import { cpuMicros, type Figure, figure, type Report } from './figure.ts';
import { type HubStage, openHubStage, type RunningCore } from './hub-stage.ts';

/**
 * How fast journals are taken: batches of terminal payments (three facts each) as agents send them after a night offline,
 * from the decoded batch to its commit, rows and effects in one transaction. MQTT is not in it.
 */
export async function measureIngestion(report: Report): Promise<void> {
  const stage = await openHubStage();
  try {
    report(await measure(stage));
  } finally {
    await stage.close();
  }
}

const AGENTS = 12;
/** As the outbox sends: at most 200 rows or 32 KB. */
const BATCH_BYTES = 31_000;
const BATCH_ROWS = 200;
const WARM_MS = 1_000;
const FOR_MS = 6_000;
const BATCHES_MADE = 50;

async function measure(stage: HubStage): Promise<Figure[]> {
  const running = await stage.startCore({ door: 'sim' });
  const applied = await take(stage, running, 'payment');
  // A kind that the hub does not know is kept like any other row and has no effect.
  const kept = await take(stage, running, 'unheard-of');
  await running.stop();
  const { perSecond, micros } = applied;
  return [
    figure('journal events committed', perSecond, '/s', {
      atLeast: 5_000,
      beside: { value: kept.perSecond, what: 'such as have no effect' },
      note: applied.note,
    }),
    figure("hub's CPU per journal event", micros, 'µs', { beside: { value: kept.micros, what: 'one without effect' } }),
  ];
}

async function take(stage: HubStage, { core }: RunningCore, kind: string) {
  const { clock } = stage.context;
  let taken = 0;
  let batches = 0;
  let isRunning = true;
  const send = async (agentId: string, queue: JournalBatch[]): Promise<void> => {
    for (const batch of queue) {
      if (!isRunning) return;
      const { verdict, detail } = await core.journal.take(agentId, batch);
      if (verdict !== 'ok') throw new Error(`a batch was not taken: ${verdict} ${detail}`);
      taken += batch.rows.length;
      batches++;
    }
  };
  const agents = Array.from({ length: AGENTS }, (_, index) => `${kind}-${index}`);
  const queues = agents.map((agentId) => makeBatches(stage.context, agentId, kind));
  for (const agentId of agents) await core.agents.add({ agentId, name: agentId, storeName: 'Bench' });
  const senders = Promise.all(agents.map((agentId, index) => send(agentId, queues[index] ?? [])));
  await Promise.race([clock.sleep(WARM_MS), senders]);
  const [takenBefore, batchesBefore, cpuBefore, startedMono] = [taken, batches, cpuMicros(), clock.monoMs()];
  await Promise.race([clock.sleep(FOR_MS), senders]);
  const [events, sent, cpu, ms] = [
    taken - takenBefore,
    batches - batchesBefore,
    cpuMicros() - cpuBefore,
    clock.monoMs() - startedMono,
  ];
  isRunning = false;
  await senders;
  const rows = Math.round(events / Math.max(1, sent));
  const note = `${AGENTS} agents, ${rows} rows a batch; ${(cpu / ms / 10).toFixed(0)} % of a core in the hub`;
  return { perSecond: (events * 1000) / ms, micros: cpu / events, note };
}

const STEPS = ['created', 'awaiting_confirmation', 'paid'] as const;

function makeBatches(context: Context, agentId: string, kind: string): JournalBatch[] {
  const epoch = context.ids.uuid().slice(0, 16);
  const batches: JournalBatch[] = [];
  let hash = chainStart(epoch);
  let seq = 0;
  let open: JournalRow[] = [];
  let bytes = 0;
  const flush = (): void => {
    const [first, last] = [open[0], open.at(-1)];
    if (first && last) batches.push({ epoch, from: first.seq, to: last.seq, rows: open });
    open = [];
    bytes = 0;
  };
  while (batches.length < BATCHES_MADE) {
    const paymentId = context.ids.uuid();
    for (const [index, status] of STEPS.entries()) {
      const payload = new TextEncoder().encode(
        canonicalJson(paymentFact(context, agentId, paymentId, index + 1, status)),
      );
      if (open.length === BATCH_ROWS || bytes + payload.length + 120 > BATCH_BYTES) flush();
      const at = { atMs: context.clock.nowMs(), monoMs: context.clock.monoMs(), boot: agentId };
      const row = { seq: ++seq, eventId: context.ids.uuid(), kind, payload, ...at };
      hash = chainHash(hash, row);
      open.push({ ...row, hash });
      bytes += payload.length + 120;
    }
  }
  return batches;
}

function paymentFact(context: Context, agentId: string, paymentId: string, version: number, status: string) {
  const nowMs = context.clock.nowMs();
  const isPaid = status === 'paid';
  return {
    paymentId,
    version,
    method: 'terminal',
    amount: '1500.00',
    status,
    final: isPaid,
    orderId: `receipt-${paymentId.slice(0, 8)}`,
    keyHash: paymentId.replaceAll('-', ''),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    ...(isPaid ? { paidAtMs: nowMs, amountPaid: '1500.00' } : {}),
    terminal: { terminalId: agentId, ...(version > 1 ? { processId: String(nowMs) } : {}) },
  };
}
