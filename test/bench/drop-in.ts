import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { createSystemClock } from '@tolem/base';
import type { AgentReady } from '../product/configurations.ts';
import { eventually } from '../support/program.ts';
import { terminalIsFree } from '../support/terminal-hand.ts';
import type { World } from '../support/world.ts';
import { withBundledAgent } from './bundled-agent.ts';
import { type Figure, figure, percentile, type Report } from './figure.ts';

/**
 * What a till written for a terminal waits longer when it asks the agent's drop-in door instead: the same payment at the same
 * simulated terminal, in turn directly and through the agent, with a fresh connection for each call as such software has.
 */
export async function measureDropIn(report: Report): Promise<void> {
  await withBundledAgent(
    {
      terminals: [{ id: 'front', api: 'v1' }],
      agentConfig: { posCompat: { listen: '127.0.0.1:0' } },
      // So that the end of a payment, which is not measured, is known soon.
      agentIntervals: { terminalPollMs: 200 },
    },
    async (world) => report(await measure(world)),
  );
}

const PAYMENTS = 40;
const WARM = 3;
const STATUS_CALLS = 5;
/** As much as one commit of the agent's journal writes. */
const COMMIT_BYTES = 4 * 4_120;
const clock = createSystemClock();

interface Took {
  start: number[];
  status: number[];
}

async function measure(world: World): Promise<Figure[]> {
  const agent = (world.program('agent').ready as AgentReady & { posCompat: string }).posCompat;
  const terminal = world.wires.terminals.front?.address ?? '';
  const direct: Took = { start: [], status: [] };
  const through: Took = { start: [], status: [] };
  const commits: number[] = [];
  for (let turn = 0; turn < PAYMENTS + WARM; turn++) {
    if (turn === WARM) for (const numbers of [...Object.values(direct), ...Object.values(through)]) numbers.length = 0;
    await payOnce(world, terminal, 100 + turn, direct);
    await payOnce(world, agent, 1_000 + turn, through);
    commits.push(commitOnce(world.folder));
  }
  const commit = percentile(commits, 0.5);
  return [
    ...figuresOf('start of a payment', direct.start, through.start, commit),
    ...figuresOf('status of a payment', direct.status, through.status, commit),
    figure('a commit beside it (16 KB and fsync), p50', commit, 'ms'),
  ];
}

function figuresOf(name: string, direct: number[], through: number[], commit: number): Figure[] {
  const [bare, own] = [percentile(direct, 0.5), percentile(through, 0.5)];
  const note = `directly ${bare.toFixed(2)}, through the agent ${own.toFixed(2)} ms`;
  const [bare95, own95] = [percentile(direct, 0.95), percentile(through, 0.95)];
  return [
    figure(`drop-in adds to the ${name}, p50`, own - bare, 'ms', { atMost: 3, note }),
    figure(`the same in commits of the journal, p50`, (own - bare) / commit, 'commits'),
    figure(`drop-in adds to the ${name}, p95`, own95 - bare95, 'ms', {
      note: `directly ${bare95.toFixed(2)}, through the agent ${own95.toFixed(2)} ms`,
    }),
  ];
}

async function payOnce(world: World, address: string, amount: number, took: Took): Promise<void> {
  const startedMono = clock.monoMs();
  const started = await ask(address, `/payment?amount=${amount}`);
  took.start.push(clock.monoMs() - startedMono);
  const { processId } = started;
  if (typeof processId !== 'string') throw new Error(`not started: ${JSON.stringify(started)}`);
  for (let call = 0; call < STATUS_CALLS; call++) {
    const askedMono = clock.monoMs();
    await ask(address, `/status?processId=${processId}`);
    took.status.push(clock.monoMs() - askedMono);
  }
  // A customer who goes away: a paid one would keep the terminal for two seconds.
  await world.bank.terminal('front', 'cancel');
  await eventually('the till is told', async () => {
    const { status } = await ask(address, `/status?processId=${processId}`);
    return status === 'fail';
  });
  await terminalIsFree(world, 'front');
}

function ask(address: string, path: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const asking = get(`http://${address}${path}`, { agent: false }, async (answer) => {
      const chunks: Buffer[] = await answer.toArray();
      resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>);
    });
    asking.on('error', reject);
  });
}

function commitOnce(folder: string): number {
  const file = openSync(join(folder, 'commits'), 'a');
  const startedMono = clock.monoMs();
  writeSync(file, Buffer.alloc(COMMIT_BYTES, 1));
  fsyncSync(file);
  const took = clock.monoMs() - startedMono;
  closeSync(file);
  return took;
}
