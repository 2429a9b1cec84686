import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createControlClient } from '../control-client.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'kaspi-sim-'));
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  rmSync(dir, { recursive: true, force: true });
});

function start(args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [main, 'run', ...args], { env: { ...process.env, ...env } });
  children.push(child);
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no output');
  const [line] = await once(createInterface(child.stdout), 'line');
  return String(line);
}

const ports = { KASPI_SIM__BANK__LISTEN: '127.0.0.1:0', KASPI_SIM__PAGES__LISTEN: '127.0.0.1:0' };
const oldTerminal = { KASPI_SIM__TERMINALS: '[{id: old, listen: "127.0.0.1:0", api: v1, stepS: 0}]' };
const terminals = { KASPI_SIM__TERMINALS: '[{id: front, listen: "127.0.0.1:0"}]' };

describe('kaspi-sim run', () => {
  it('says in one line of JSON where everything is, and stops tidily', async () => {
    const child = start(['--data', dir, '--ready-json'], { ...ports, ...terminals });
    const ready = JSON.parse(await firstLine(child));
    expect(ready).toEqual({
      ready: true,
      bank: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      scheme: 3,
      banks: { 3: ready.bank },
      pages: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      terminals: { front: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
      pki: join(dir, 'pki'),
    });
    expect(existsSync(join(ready.pki, 'client.pfx'))).toBe(true);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('says under scheme 1 which key it takes', async () => {
    const env = { ...ports, ...terminals, KASPI_SIM__BANK__SCHEME: '1' };
    const ready = JSON.parse(await firstLine(start(['--data', dir, '--ready-json'], env)));
    expect(ready).toMatchObject({ scheme: 1, banks: { 1: ready.bank } });
    expect(ready.apiKey).toBe(readFileSync(join(dir, 'api-key'), 'utf8').trim());
  });

  it('remembers after a kill what was charged', async () => {
    const run = async () => {
      const child = start(['--data', dir, '--ready-json'], { ...ports, ...oldTerminal });
      const { terminals: at, pages } = JSON.parse(await firstLine(child));
      return { child, terminal: `http://${at.old}`, control: createControlClient(`http://${pages}`) };
    };
    const first = await run();
    await fetch(`${first.terminal}/payment?amount=700`);
    await first.control.terminalAct('old', 'pay', { method: 'card' });
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const second = await run();
    expect((await second.control.truth()).charges).toMatchObject([{ terminalId: 'old', amount: '700.00' }]);
  });

  it('names the key whose address another program holds', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const child = start(['--data', dir], { ...ports, ...terminals, KASPI_SIM__BANK__LISTEN: `127.0.0.1:${port}` });
    let text = '';
    child.stderr?.on('data', (chunk) => {
      text += chunk;
    });
    const [code] = await once(child, 'exit');
    other.close();
    expect([code, text.trim()]).toEqual([
      1,
      `kaspi-sim: can't listen on 127.0.0.1:${port} (bank.listen): another program listens there; stop it, or give another address here (port 0 takes a free one)`,
    ]);
  });

  it('names every wrong key of its configuration', async () => {
    const file = `${dir}.yaml`;
    writeFileSync(file, 'banc: {}\nbank: {pollIntervalS: soon}\n');
    const child = start(['--config', file]);
    let text = '';
    child.stderr?.on('data', (chunk) => {
      text += chunk;
    });
    const [code] = await once(child, 'exit');
    rmSync(file);
    expect(code).toBe(1);
    expect(text).toMatch(/bank\.pollIntervalS[\s\S]*banc/);
  });
});
