import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemClock } from '@tolem/base';
import { ENTRIES } from '../product/configurations.ts';
import { eventually, startProgram } from '../support/program.ts';
import { startWorld, type World } from '../support/world.ts';
import { closedAtTheEnd } from './closing.ts';
import { type Figure, figure, percentile, type Report } from './figure.ts';

/**
 * The agent as a process, run from its sources: Node strips the types of every file at each start, which a bundle will not
 * have to. Beside it a Node that only says that it is there.
 */
export async function measureAgent(report: Report): Promise<void> {
  const world = await startWorld({ agentConfig: { log: { level: 'info' } }, hubConfig: { log: { level: 'info' } } });
  const stop = closedAtTheEnd(() => world.stop());
  try {
    for (const measure of [measureStart, measureDisk, measureIdle]) report(await measure(world));
  } finally {
    await stop();
  }
}

const STARTS = 3;
const IDLE_MS = 4_000;
const PAYMENTS = 15;
const clock = createSystemClock();

async function measureStart(world: World): Promise<Figure[]> {
  const readyMs: number[] = [];
  const nodeMs: number[] = [];
  const { paths, folder } = world;
  const args = [
    'run',
    '--bundle',
    paths.bundle,
    '--config',
    paths.agentConfig,
    '--data',
    paths.agentData,
    '--ready-json',
  ];
  const options = { name: 'agent', entry: ENTRIES.agent, args, logFile: join(folder, 'agent-starts.log') };
  await world.program('agent').stop();
  for (let turn = 0; turn < STARTS; turn++) {
    nodeMs.push(await startNode());
    const startedMono = clock.monoMs();
    const agent = await startProgram(options);
    readyMs.push(clock.monoMs() - startedMono);
    await agent.stop();
  }
  await world.restart('agent');
  const [ready, node] = [percentile(readyMs, 0.5), percentile(nodeMs, 0.5)];
  return [
    figure('agent: start to ready', ready, 'ms', { goal: '≤ 300 from a bundle', note: 'from sources, median' }),
    figure('agent: start to ready, against an empty Node', ready / node, '×', {
      note: `empty Node ${node.toFixed(0)} ms`,
    }),
  ];
}

/** From the spawn to the first word of a program that does nothing. */
async function startNode(): Promise<number> {
  const startedMono = clock.monoMs();
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("ready\\n")'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const took = clock.monoMs() - startedMono;
  await once(child, 'exit');
  return took;
}

async function measureIdle(world: World): Promise<Figure[]> {
  const { pid } = world.program('agent');
  await clock.sleep(IDLE_MS);
  const before = readCpuTicks(pid);
  await clock.sleep(IDLE_MS);
  const ticks = readCpuTicks(pid) - before;
  const rssMb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  return [
    figure('agent: idle memory (RSS)', rssMb, 'MB', {
      goal: '≤ 110 from a bundle',
      note: 'from sources, linked to the hub',
    }),
    figure('agent: idle CPU', (ticks * 10 * 100) / IDLE_MS, '% of a core'),
  ];
}

/** utime and stime in ticks of 10 ms. */
function readCpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

async function measureDisk(world: World): Promise<Figure[]> {
  const { pid } = world.program('agent');
  await payOnce(world);
  const before = readWriteBytes(pid);
  for (let turn = 0; turn < PAYMENTS; turn++) await payOnce(world);
  // The last acknowledgements of the hub are stored as well.
  await clock.sleep(1_500);
  const perPayment = (readWriteBytes(pid) - before) / PAYMENTS / 1024;
  return [
    figure('agent: written to disk per QR payment', perPayment, 'KB', {
      goal: '≤ 120',
      note: `${PAYMENTS} payments one after the other, so nothing is batched with a neighbour`,
    }),
  ];
}

async function payOnce({ till, bank }: World): Promise<void> {
  const asked = await till.pay({ method: 'qr', amount: '1500.00', orderId: 'bench' });
  const purchase = await eventually('the bank knows it', async () => (await bank.purchases(asked.id))[0]);
  await bank.act(purchase.bankPaymentId, 'scan');
  await bank.act(purchase.bankPaymentId, 'confirm');
  await till.waitFor(asked.id, 'paid');
}

function readWriteBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0);
}
