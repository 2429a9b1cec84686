/**
 * The whole product for one person on one machine: simulators, hub and agent on loopback.
 * `--smoke` performs the main job once for each way of paying on free ports and a throw-away folder, then stops.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../support/program.ts';
import type { Scheme } from './configurations.ts';
import { type Product, startProduct } from './product.ts';
import { runSmoke } from './smoke.ts';

const HELP = `npm start                 runs the simulators, the hub and the agent, and prints the address of every page
npm start -- --smoke      the same on free ports, then pays and refunds once in every way, and stops
npm start -- --scheme 2   the same under scheme 2 (refunds with the customer) or 1 (no refunds), in data/product-scheme-2 or -1
npm start -- --fresh      forgets what the last run left in data/product
`;

const say = (line: string) => process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    scheme: { type: 'string', default: '3' },
    fresh: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

try {
  if (values.help) say(HELP);
  else if (values.smoke) process.exitCode = await smoke();
  else await runUntilStopped(values.fresh, schemeOf(values.scheme));
} catch (error) {
  say(`\nCould not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function smoke(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-smoke-'));
  let product: Product | undefined;
  try {
    product = await startProduct({ folder, fixedPorts: false, say });
    return (await runSmoke(product, say)) ? 0 : 1;
  } finally {
    await product?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function schemeOf(text: string): Scheme {
  const scheme = ([1, 2, 3] as const).find((one) => String(one) === text);
  if (!scheme) throw new Error(`--scheme is 1, 2 or 3, not ${text}`);
  return scheme;
}

async function runUntilStopped(fresh: boolean, scheme: Scheme): Promise<void> {
  // Devices are registered with the bank of one scheme: each has a folder of its own.
  const name = scheme === 3 ? 'product' : `product-scheme-${scheme}`;
  const folder = join(ROOT, 'data', name);
  if (fresh) rmSync(folder, { recursive: true, force: true });
  // From the first moment on: a start that is interrupted is ended, then stopped, so that nothing is left running.
  const wish = toldToStop();
  const product = await startProduct({ folder, fixedPorts: true, scheme, say });
  try {
    say(product.welcome());
    await wish;
    say('\nStopping …');
  } finally {
    await product.stop();
  }
  say(`Stopped. Everything is kept in data/${name}; the same command goes on from there.`);
}

/** Resolves at the first request to stop. The handlers stay: the same wish may come twice, and stopping takes its time. */
function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}
