import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemClock } from '@tolem/base';
import type { World } from '../support/world.ts';
import { withBundledAgent } from './bundled-agent.ts';
import { type Figure, figure, percentile, type Report } from './figure.ts';
import { paced } from './paced.ts';

/**
 * What a till waits for a QR code through every real door: its own HTTP call, the agent, the call over gRPC, the hub, the call to
 * the simulated bank. The shares come from the hub's own metrics of the same calls. Each wire passes a proxy of the test.
 */
export async function measureDoors(report: Report): Promise<void> {
  const bank = { pollIntervalS: 5, scanWaitS: 60 };
  await withBundledAgent({ bank }, async (world) => report(await measure(world)));
}

/** A token may begin five payments a second. */
const PER_SECOND = 4;
const WARM_MS = 2_000;
const FOR_MS = 10_000;
const clock = createSystemClock();

async function measure(world: World): Promise<Figure[]> {
  const tookMs: number[] = [];
  const create = async (): Promise<void> => {
    const startedMono = clock.monoMs();
    await world.till.pay({ method: 'qr', amount: '1500.00' });
    tookMs.push(clock.monoMs() - startedMono);
  };
  await paced(clock, PER_SECOND, WARM_MS, create);
  tookMs.length = 0;
  const before = await readMeans(world);
  await paced(clock, PER_SECOND, FOR_MS, create);
  const after = await readMeans(world);
  const total = tookMs.reduce((sum, one) => sum + one, 0) / tookMs.length;
  const call = meanMs(before.call, after.call);
  const bank = meanMs(before.bank, after.bank);
  const share = (ms: number) => `${((ms * 100) / total).toFixed(0)} % of ${total.toFixed(1)} ms, the mean`;
  return [
    figure('a QR code, till to till, p50', percentile(tookMs, 0.5), 'ms', {
      note: `${PER_SECOND}/s, ${tookMs.length} payments`,
    }),
    figure('a QR code, till to till, p95', percentile(tookMs, 0.95), 'ms'),
    figure('of it the bank', bank, 'ms', { note: share(bank) }),
    figure("of it the hub's own, gRPC door and core", call - bank, 'ms', { note: share(call - bank) }),
    figure('of it agent, local API and wires', total - call, 'ms', { note: share(total - call) }),
  ];
}

interface Sum {
  seconds: number;
  count: number;
}

async function readMeans(world: World): Promise<{ call: Sum; bank: Sum }> {
  const token = readFileSync(join(world.paths.hubData, 'http-token'), 'utf8').trim();
  const answer = await fetch(`${world.hub.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const lines = (await answer.text()).split('\n');
  const sum = (name: string, ...labels: string[]): Sum => ({
    seconds: addUp(lines, `tolem_hub_${name}_seconds_sum{`, labels),
    count: addUp(lines, `tolem_hub_${name}_seconds_count{`, labels),
  });
  return { call: sum('call', 'door="grpc"', 'reatePayment"'), bank: sum('bank_call', 'method="createQr"') };
}

function addUp(lines: readonly string[], start: string, labels: readonly string[]): number {
  const mine = lines.filter((line) => line.startsWith(start) && labels.every((label) => line.includes(label)));
  return mine.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

function meanMs(before: Sum, after: Sum): number {
  return ((after.seconds - before.seconds) * 1000) / Math.max(1, after.count - before.count);
}
