import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The README's walk, run by bash block for block in one shell against a simulator that was started as it says. */
interface Block {
  heading: string;
  script: string;
  expected: string;
}

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const BOUNDARY = '@@@ block';
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kaspi-sim-readme-'));
const free = '127.0.0.1:0';
const ENVIRONMENT = {
  KASPI_SIM__BANK__LISTEN: free,
  KASPI_SIM__BANK__LISTENERS: `[{scheme: 1, listen: "${free}"}, {scheme: 2, listen: "${free}"}]`,
  KASPI_SIM__PAGES__LISTEN: free,
  KASPI_SIM__TERMINALS: `[{id: front, listen: "${free}", stepS: 0.1}, {id: old, listen: "${free}", api: v1, stepS: 0.1}]`,
};

const blocks = readBlocks();
let simulator: ChildProcess;
let outputs: string[] = [];

beforeAll(async () => {
  simulator = spawn(process.execPath, [main, 'run'], { cwd: folder, env: { ...process.env, ...ENVIRONMENT } });
  if (!simulator.stdout) throw new Error('no output');
  await once(createInterface(simulator.stdout), 'line');
  const script = blocks.map((block) => `echo '${BOUNDARY}'\n${block.script}`).join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: folder, timeout: 60_000 });
  outputs = stdout.split(`${BOUNDARY}\n`).slice(1);
}, 90_000);
afterAll(async () => {
  simulator.kill('SIGTERM');
  await once(simulator, 'exit');
  rmSync(folder, { recursive: true });
});

function readBlocks(): Block[] {
  const pattern = /^#+ (.*)$|^```sh\n([\s\S]*?)^```\n(?:```text\n([\s\S]*?)^```)?/gm;
  let heading = '';
  const found: Block[] = [];
  for (const [, title, script, expected = ''] of README.matchAll(pattern)) {
    if (title !== undefined) heading = title;
    else if (script !== undefined) found.push({ heading, script, expected });
  }
  return found;
}

/** `…` stands for anything within a line. */
function asPattern(expected: string): RegExp {
  const escaped = expected.trimEnd().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('…', '[^\\n]*')}$`);
}

describe('the walk of the README', () => {
  it('has a block for every way of paying and giving back, each with what it prints', () => {
    const headings = new Set(blocks.map((block) => block.heading));
    expect(headings.size).toBeGreaterThanOrEqual(8);
    for (const { heading, expected } of blocks) expect([heading, expected.length > 0]).toEqual([heading, true]);
    expect(README.match(/^```sh$/gm)?.length).toBe(blocks.length);
  });

  it.each(blocks.map((block, index) => [block.heading, index, block.expected] as const))(
    '%s, block %i, prints what it says',
    (_heading, index, expected) => {
      expect(outputs[index]?.trimEnd()).toMatch(asPattern(expected));
    },
  );
});
