import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSilentLog, createSystemContext } from '@tolem/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KaspiSim, startKaspiSim } from '../start-kaspi-sim.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const children: ChildProcess[] = [];
let dataDir: string;
let sim: KaspiSim;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'kaspi-sim-record-'));
  const listen = '127.0.0.1:0';
  const terminals = [{ id: 'old', listen, stepS: 0, api: 'v1' as const }];
  const config = { dataDir, bank: { listen }, pages: { listen }, terminals };
  sim = await startKaspiSim(config, createSystemContext(createSilentLog()));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await sim.stop();
  rmSync(dataDir, { recursive: true });
});

async function start(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args, '--data', dataDir, '--listen', '127.0.0.1:0', '--ready-json']);
  children.push(child);
  if (!child.stdout) throw new Error('no output');
  const lines: string[] = [];
  const reader = createInterface(child.stdout);
  const [ready] = await once(reader, 'line');
  reader.on('line', (line) => lines.push(line));
  const { addresses } = JSON.parse(String(ready)) as { addresses: Record<string, string> };
  const end = async (signal?: 'SIGTERM') => {
    if (signal) child.kill(signal);
    const [code] = await once(child, 'close');
    return { code, lines };
  };
  return { url: `http://${addresses['terminal:old']}`, end };
}

async function pay(url: string, amount: number, act: () => unknown): Promise<string> {
  const { processId } = (await (await fetch(`${url}/payment?amount=${amount}`)).json()) as { processId: string };
  await act();
  return (await fetch(`${url}/status?processId=${processId}`)).text();
}

describe('kaspi-sim record and replay', () => {
  it('save a session and stand in for it, until it is done', async () => {
    const file = join(dataDir, 'shop.jsonl');
    const recorder = await start('record', '--to', file, '--terminal', `old=http://${sim.terminals.old}`);
    const said = await pay(recorder.url, 300, () => sim.sim.terminals.get('old')?.pay({ method: 'card' }));
    expect(said).toContain('"success"');
    expect(await recorder.end('SIGTERM')).toEqual({ code: 0, lines: [`2 exchanges are in ${file}`] });

    const same = await start('replay', file, '--until-done');
    expect(await pay(same.url, 300, () => undefined)).toContain('"300 ₸"');
    expect(await same.end()).toEqual({
      code: 0,
      lines: ['2 served, 0 reads repeated, 0 differences, 0 never asked for'],
    });

    const other = await start('replay', file);
    await fetch(`${other.url}/payment?amount=301`);
    expect(await other.end('SIGTERM')).toEqual({
      code: 1,
      lines: [
        'differs: terminal:old GET /payment: ?amount is 301, the recording has 300',
        '1 served, 0 reads repeated, 1 differences, 1 never asked for',
        'never asked for: terminal:old GET /status',
      ],
    });
  });

  it.each([
    [['record', '--to', 'x'], /--bank URL, --terminal ID=URL/],
    [['record', '--to', 'x', '--terminal', 'old'], /ID=URL, such as/],
    [['record', '--to', 'x', '--bank', 'here'], /no address such as/],
    [['record', '--to', 'x', '--bank', 'https://127.0.0.1:1/r3/v01', '--pfx', '/none'], /--pfx \/none can't be read/],
    [['replay', '/none'], /recording \/none can't be read/],
  ])('say what is wrong with %j', async (args, message) => {
    const child = spawn(process.execPath, [main, ...args, '--data', dataDir]);
    children.push(child);
    let text = '';
    child.stderr?.on('data', (chunk) => {
      text += chunk;
    });
    const [code] = await once(child, 'close');
    expect([code, text]).toEqual([1, expect.stringMatching(message)]);
  });
});
