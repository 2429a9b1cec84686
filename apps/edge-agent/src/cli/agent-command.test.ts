import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTokens } from '../tokens/token-store.ts';
import { runAgentCommand } from './agent-command.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command line as a process would, and returns what it printed. */
async function run(argv: string[], answers: string[] = []) {
  const printed = { out: [] as string[], err: [] as string[], code: 0 };
  await runAgentCommand(
    {
      env: {},
      print: (line) => printed.out.push(line),
      printError: (line) => printed.err.push(line),
      readLine: async () => answers.shift() ?? '',
      onStop: () => undefined,
      onReload: () => undefined,
      abort: () => undefined,
      setExitCode: (code) => {
        printed.code = code;
      },
    },
    argv,
  );
  return { ...printed, text: [...printed.out, ...printed.err].join('\n') };
}

describe('tolem-agent', () => {
  it('explains itself', async () => {
    const help = await run(['--help']);
    for (const word of ['run', 'status', 'link', 'token', 'pin']) expect(help.text).toContain(word);
    expect(help.code).toBe(0);
    expect((await run(['--version'])).text).toMatch(/^\d+\.\d+\.\d+$/);
    expect((await run(['run', '--help'])).text).toContain('--bundle');
    expect((await run(['pin', 'set', '--help'])).text).toMatch(/--scope <scopes>.*\(required\)/);
  });

  it('refuses wrong usage with code 2', async () => {
    expect(await run(['sing'])).toMatchObject({ code: 2 });
    expect((await run(['token', 'add', '--name', 'x', '--scope', 'everything'])).text).toContain('pay,refund,settle');
    expect((await run(['token', 'add', '--name', 'x'])).code).toBe(2);
  });

  it('does not run without an identity, and says what to do', async () => {
    const started = await run(['run', '--data', folder]);
    expect(started).toMatchObject({ code: 1 });
    expect(started.text).toContain('tolem-hub agent add');
  });

  it('says every mistake of the configuration at once', async () => {
    const file = join(folder, 'agent.yaml');
    writeFileSync(file, 'dataDirectory: x\nlog: { level: loud }\n');
    const started = await run(['run', '--config', file]);
    expect(started.code).toBe(1);
    expect(started.text).toMatch(/dataDirectory/);
    expect(started.text).toMatch(/log\.level/);
  });

  it('adds, lists and removes tokens', async () => {
    const added = await run(['token', 'add', '--data', folder, '--name', '1C', '--scope', 'pay,refund']);
    expect(added.out[0]).toMatch(/^tolem_/);
    expect(added.out).toHaveLength(1);
    expect(added.err.join()).toContain(join(folder, 'tokens.json'));
    expect((await run(['token', 'list', '--data', folder])).out[0]).toMatch(/^1C\tpay,refund\t2/);
    expect((await run(['token', 'add', '--data', folder, '--name', '1C', '--scope', 'pay'])).code).toBe(1);
    expect((await run(['token', 'remove', '--data', folder, '--name', '1C'])).code).toBe(0);
    expect((await run(['token', 'remove', '--data', folder, '--name', '1C'])).code).toBe(1);
    expect(readTokens(folder)).toEqual([]);
    const empty = await run(['token', 'list', '--data', folder]);
    expect(empty).toMatchObject({ code: 0, out: [], err: [expect.stringContaining('no further tokens')] });
  });

  it('sets a cashier’s PIN from standard input', async () => {
    const config = join(folder, 'agent.yaml');
    const args = ['pin', 'set', '--config', config, '--name', 'Aigerim', '--scope', 'refund'];
    writeFileSync(config, 'dataDir: own\n');
    expect(await run(args, ['4711'])).toMatchObject({ code: 0, err: [expect.stringContaining('own/cashiers.json')] });
    expect(readFileSync(join(folder, 'own/cashiers.json'), 'utf8')).toContain('Aigerim');
    writeFileSync(config, 'localApi: { cashierPinFile: pins.json }\n');
    expect((await run(args, ['47'])).text).toContain('4 to 8 digits');
    expect(await run(args, ['4711'])).toMatchObject({ code: 0 });
    const listed = await run(['pin', 'list', '--config', config]);
    expect(listed).toMatchObject({ code: 0, out: ['Aigerim\trefund'], err: [] });
    const remove = ['pin', 'remove', '--config', config, '--name', 'Aigerim'];
    expect(await run(remove)).toMatchObject({ code: 0 });
    expect(await run(remove)).toMatchObject({ code: 1 });
    const nobody = await run(['pin', 'list', '--config', config]);
    expect(nobody).toMatchObject({ code: 0, out: [], err: [expect.stringContaining('nobody has a PIN')] });
  });

  it('tells by code 2 that no agent answers', async () => {
    const config = join(folder, 'agent.yaml');
    writeFileSync(config, 'localApi: { listen: "127.0.0.1:1" }\n');
    const status = await run(['status', '--json', '--config', config, '--data', folder]);
    expect(status.code).toBe(2);
    expect(JSON.parse(status.out[0] ?? '')).toMatchObject({ running: false, address: '127.0.0.1:1' });
    expect((await run(['link', '--data', folder])).code).toBe(1);
  });

  it('tells an agent that runs with another data folder from one that does not run', async () => {
    const other = createServer((_request, response) => response.writeHead(401).end('{}'));
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const config = join(folder, 'agent.yaml');
    writeFileSync(config, `localApi: { listen: "127.0.0.1:${port}" }\n`);
    const status = await run(['status', '--config', config, '--data', folder]);
    expect(status).toMatchObject({ code: 2, text: expect.stringContaining(`an agent runs at 127.0.0.1:${port}, but`) });
    expect(status.text).toContain(folder);
    expect(status.text).not.toMatch(/no answer|401/);
    const asJson = await run(['status', '--json', '--config', config, '--data', folder]);
    expect(asJson.code).toBe(2);
    expect(JSON.parse(asJson.out[0] ?? '')).toMatchObject({ running: true });
    other.closeAllConnections();
    other.close();
  });
});
