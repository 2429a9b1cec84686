import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemClock } from '@tolem/base';
import { ENTRIES } from '../product/configurations.ts';
import { eventually, startProgram } from '../support/program.ts';
import type { World } from '../support/world.ts';
import { withBundledAgent } from './bundled-agent.ts';
import { type Figure, figure, percentile, type Report } from './figure.ts';

/** The agent as a process, started from its bundle, with the whole product around it; beside it a Node that does nothing. */
export async function measureAgent(report: Report): Promise<void> {
  await withBundledAgent({}, async (world, bundle) => {
    report(await measureStart(world, bundle));
    report(await measureDisk(world));
    report(await measureIdle(world));
  });
}

const STARTS = 7;
const STARTS_FROM_SOURCES = 2;
const IDLE_MS = 4_000;
const PAYMENTS = 15;
const clock = createSystemClock();

async function measureStart(world: World, bundle: string): Promise<Figure[]> {
  const { paths, folder } = world;
  const files = ['--bundle', paths.bundle, '--config', paths.agentConfig, '--data', paths.agentData];
  const args = ['run', ...files, '--ready-json'];
  const start = async (entry: string): Promise<number> => {
    const startedMono = clock.monoMs();
    const agent = await startProgram({ name: 'agent', entry, args, logFile: join(folder, 'agent-starts.log') });
    const took = clock.monoMs() - startedMono;
    await agent.stop();
    return took;
  };
  await world.program('agent').stop();
  const [readyMs, nodeMs, sourcesMs]: number[][] = [[], [], []];
  for (let turn = 0; turn < STARTS; turn++) {
    nodeMs?.push(await startNode());
    readyMs?.push(await start(bundle));
  }
  for (let turn = 0; turn < STARTS_FROM_SOURCES; turn++) sourcesMs?.push(await start(ENTRIES.agent));
  await world.restart('agent');
  const [ready, node, sources] = [readyMs, nodeMs, sourcesMs].map((one) => percentile(one ?? [], 0.5));
  const range = `${Math.min(...(readyMs ?? [])).toFixed(0)} to ${Math.max(...(readyMs ?? [])).toFixed(0)} ms`;
  return [
    figure('agent from its bundle, start to ready', ready ?? 0, 'ms', {
      atMost: 300,
      beside: { value: node ?? 0, what: 'an empty Node' },
      note: `median of ${STARTS}, ${range}`,
    }),
    figure('agent from its sources, start to ready', sources ?? 0, 'ms', {
      beside: { value: node ?? 0, what: 'an empty Node' },
    }),
  ];
}

/** From the spawn to the first word of a program that does nothing else. */
async function startNode(): Promise<number> {
  const startedMono = clock.monoMs();
  const child = spawnNode('process.stdout.write("ready\\n")');
  await once(child.stdout, 'data');
  const took = clock.monoMs() - startedMono;
  await once(child, 'exit');
  return took;
}

function spawnNode(program: string) {
  return spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function measureIdle(world: World): Promise<Figure[]> {
  const { pid } = world.program('agent');
  const empty = spawnNode('setInterval(() => {}, 1000); process.stdout.write("ready\\n")');
  await clock.sleep(IDLE_MS);
  const before = readCpuTicks(pid);
  await clock.sleep(IDLE_MS);
  const ticks = readCpuTicks(pid) - before;
  const [rssMb, emptyMb] = [readRssMb(pid), readRssMb(empty.pid ?? 0)];
  empty.kill();
  return [
    figure('agent from its bundle, idle memory (RSS)', rssMb, 'MB', {
      atMost: 110,
      beside: { value: emptyMb, what: 'an empty Node' },
      note: `linked to the hub, after ${PAYMENTS} payments`,
    }),
    figure('agent, idle CPU', (ticks * 10 * 100) / IDLE_MS, '% of a core'),
  ];
}

function readRssMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
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
    figure('agent, written to disk per QR payment', perPayment, 'KB', {
      atMost: 120,
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
