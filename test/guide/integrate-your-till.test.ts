import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct } from '../product/product.ts';
import { eventually, ROOT } from '../support/program.ts';
import { codeBlocks } from './code-blocks.ts';

const GUIDE = 'docs/integrate-your-till.md';

/** Follows the guide to the letter; only addresses and the token's file are those of this run. */
describe('the guide for tills', () => {
  let folder: string;
  let product: Product;
  const here = (code: string) =>
    code
      .replaceAll('http://127.0.0.1:8088', product.till.url)
      .replaceAll('http://127.0.0.1:8180', product.bank.pages)
      .replaceAll('data/product/till-token', product.paths.tillToken);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tolem-guide-'));
    product = await startProduct({ folder: join(folder, 'shop'), fixedPorts: false, say: () => undefined });
    // A person needs longer than this to come to the first command.
    await eventually('all is connected', async () => (await product.till.health()).status === 'ok');
  });
  afterAll(async () => {
    await product?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes a payment, gives a part back and repeats a request, in the shell', async () => {
    const blocks = codeBlocks(GUIDE, 'sh');
    const script = blocks.map((block, index) => `echo; echo "=== ${index}"\n${here(block)}`).join('\n');
    const said = await run('bash', ['-euo', 'pipefail', '-c', script]);
    const answers = said.split(/^=== \d+$/m).slice(1);
    expect(answers).toHaveLength(blocks.length);
    const [health, asked, , , waited, refunded, repeated] = answers;
    expect(health).toContain('"status":"ok"');
    expect(asked).toContain('"status":"awaiting_scan"');
    expect(waited?.trim()).toBe('paid');
    expect(refunded?.trim()).toMatch(/confirmed$/);
    expect(repeated?.trim()).toBe('"repeated":true');
    const paid = await product.bank.truth();
    expect(paid.charges.map((one) => one.amount)).toEqual(['1500.00']);
    expect(paid.refunds.map((one) => one.amount)).toEqual(['400.50']);
  });

  it('takes a payment in TypeScript with the packed client', async () => {
    const [program = ''] = codeBlocks(GUIDE, 'ts');
    installClient(folder);
    writeFileSync(join(folder, 'till.mjs'), here(program));
    const env = { ...process.env, TOKEN: product.till.token };
    const child = spawn(process.execPath, ['till.mjs'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      const bankPaymentId = line.match(/play the customer for (\d+)$/)?.[1];
      if (!bankPaymentId) continue;
      await product.bank.act(bankPaymentId, 'scan');
      await product.bank.act(bankPaymentId, 'confirm');
    }
    expect(lines[0]).toMatch(/^show this code: \S+ and play the customer for \d+$/);
    expect(lines.at(-1)).toBe('hand over the goods');
  });

  it('asks for a payment by the bytes that 1C sends', async () => {
    const [request = ''] = codeBlocks(GUIDE, 'http');
    const address = new URL(product.till.url).host;
    const [head = '', body = ''] = here(request).split('\n\n');
    const bytes = [
      head.replace('127.0.0.1:8088', address).replace('TOKEN', product.till.token).replaceAll('\n', '\r\n'),
      body.trim(),
    ].join('\r\n\r\n');
    const answer = await exchange(address, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer).toContain('"amount":"320.00"');
    expect(answer).toContain('"comment":"касса"');
  });

  async function run(command: string, args: string[]): Promise<string> {
    const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const [said, complaints, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    if (code !== 0) throw new Error(`the guide's commands ended with ${code}:\n${said}\n${complaints}`);
    return said;
  }
});

/** `npm install` of the packed client, without a registry: its one dependency is the one of this repository. */
function installClient(folder: string): void {
  const packed = execFileSync(process.execPath, ['scripts/pack-till-client.ts'], { cwd: ROOT, encoding: 'utf8' });
  const home = join(folder, 'node_modules/@tolem/till-client');
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['-xzf', packed.trim(), '--strip-components=1', '-C', home]);
  const dependency = 'node_modules/openapi-fetch';
  symlinkSync(join(ROOT, 'packages/till-client', dependency), join(folder, dependency));
}

async function exchange(address: string, bytes: string): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  socket.write(bytes);
  return text(socket);
}
