import { Money } from '@tolem/base';
import { cpuMicros, type Figure, figure, percentile, type Report } from './figure.ts';
import { addTill, type HubStage, openHubStage, type RunningCore } from './hub-stage.ts';

/**
 * How many payments a second go through: created at the core, scanned and confirmed at the simulator, found out by polls
 * and stored as paid. The load is in the hub's process, simulator and customers in another, PostgreSQL in its own; all on
 * the machine's cores together. The doors (gRPC, MQTT) are not in it.
 */
export async function measureSettling(report: Report): Promise<void> {
  const stage = await openHubStage();
  try {
    report(await measure(stage));
  } finally {
    await stage.close();
  }
}

/** Payments between creation and `paid` at a time: enough to keep every core busy, few enough to settle within seconds. */
const OPEN_AT_ONCE = 400;
const WARM_MS = 3_000;
const FOR_MS = 12_000;
const TILLS = 20;

async function measure(stage: HubStage): Promise<Figure[]> {
  const { clock } = stage.context;
  const running = await stage.startCore({ door: 'sim' });
  const tills = Array.from({ length: TILLS }, (_, index) => `bench-${index}`);
  for (const till of tills) await addTill(running.core, till);
  const before = await stage.rowWrites();
  const load = startLoad(stage, running, tills);
  await clock.sleep(WARM_MS);
  const [settledBefore, cpuBefore] = [load.settled(), cpuMicros()];
  await clock.sleep(FOR_MS);
  const settled = load.settled() - settledBefore;
  const cpu = cpuMicros() - cpuBefore;
  await load.stop();
  await running.stop();
  const after = await stage.rowWrites();
  const writes = writesPer(before, after, load.settled());
  const perSecond = (settled * 1000) / FOR_MS;
  return [
    figure('payments created, polled and settled', perSecond, '/s', {
      atLeast: 200,
      note: `${settled} in the window`,
    }),
    figure("hub's CPU per settled payment", cpu / settled / 1000, 'ms', {
      note: `with the load; ${(cpu / FOR_MS / 10).toFixed(0)} % of a core`,
    }),
    figure('row writes per settled payment', writes.total, 'rows', { atMost: 8, note: writes.note }),
    figure('p50 from creation to paid', percentile(load.tookMs, 0.5), 'ms', { note: 'the bank is asked every 500 ms' }),
  ];
}

function startLoad(stage: HubStage, { core }: RunningCore, tills: readonly string[]) {
  const { clock, ids } = stage.context;
  const tookMs: number[] = [];
  const startedMono = new Map<string, number>();
  let begun = 0;
  let failed = 0;
  let isRunning = true;
  let onEmpty: (() => void) | undefined;
  const amount = Money.parse('1500.00');
  const begin = async (): Promise<void> => {
    const paymentId = ids.uuid();
    startedMono.set(paymentId, clock.monoMs());
    const agentId = tills[begun++ % tills.length] ?? '';
    try {
      const payment = await core.payments.create({ kind: 'agent', agentId }, { paymentId, method: 'qr', amount });
      watch.add([{ paymentId, version: payment.version }]);
      stage.customers([payment.bankPaymentId ?? '']);
    } catch {
      failed++;
      end(paymentId);
    }
  };
  const end = (paymentId: string): void => {
    startedMono.delete(paymentId);
    if (isRunning) void begin();
    else if (startedMono.size === 0) onEmpty?.();
  };
  const watch = core.payments.watch({ kind: 'system' }, (change) => {
    if (change.kind !== 'payment' || change.payment.status !== 'paid') return;
    const { paymentId } = change.payment;
    tookMs.push(clock.monoMs() - (startedMono.get(paymentId) ?? 0));
    watch.remove([paymentId]);
    end(paymentId);
  });
  for (let index = 0; index < OPEN_AT_ONCE; index++) void begin();
  return {
    tookMs,
    settled: () => tookMs.length,
    async stop() {
      const empty = new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
      isRunning = false;
      await empty;
      watch.close();
      if (failed > 0) throw new Error(`${failed} payments could not be created`);
    },
  };
}

/** The lease is written for the instance, not for payments. */
function writesPer(before: Record<string, number>, after: Record<string, number>, settled: number) {
  const tables = Object.entries(after)
    .filter(([name]) => name === 'payment' || name === 'payment_event' || name === 'case_file')
    .map(([name, writes]) => [name, (writes - (before[name] ?? 0)) / settled] as const);
  const total = tables.reduce((sum, [, writes]) => sum + writes, 0);
  return { total, note: tables.map(([name, writes]) => `${name} ${writes.toFixed(2)}`).join(', ') };
}
