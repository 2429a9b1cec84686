import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { DEFAULT_INTERVALS } from '../edge-settings.ts';
import { type AgentConfig, loadAgentConfig, posCompatTerminal } from './agent-config.ts';
import { compareConfigs } from './config-changes.ts';
import { parseListenAddress } from './listen-address.ts';

const folder = mkdtempSync(join(tmpdir(), 'tolem-config-'));
const example = join(import.meta.dirname, '../../config.example.yaml');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(document: unknown, env: Record<string, string> = {}): AgentConfig {
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, stringify(document));
  return loadAgentConfig({ file, env });
}

describe('the agent’s configuration', () => {
  it('needs nothing: every key has a default', () => {
    const config = loadAgentConfig({ env: {} });
    expect(config).toMatchObject({
      localApi: { listen: '127.0.0.1:8088', lan: false },
      terminals: [],
      journal: { keepDays: 35 },
    });
    expect(config.localApi.refunds).toMatchObject({ scope: 'own_payments', within: 86_400_000 });
    expect(config.localApi.refunds.max.toString()).toBe('50000.00');
    expect(config.hub).toBeUndefined();
  });

  it('has an example with every key, which loads and says the defaults', () => {
    const config = loadAgentConfig({ file: example, env: {} });
    const document = parse(readFileSync(example, 'utf8'));
    expect(Object.keys(document)).toEqual([
      'dataDir',
      'localApi',
      'hub',
      'terminals',
      'posCompat',
      'intervals',
      'journal',
      'log',
    ]);
    expect(config.posCompat).toEqual({ listen: '127.0.0.1:8080', terminal: 'front', allow: ['127.0.0.1'] });
    expect(Object.keys(document.localApi)).toEqual(['listen', 'lan', 'refunds', 'cashierPinFile']);
    expect(Object.keys(document.terminals[0])).toEqual([
      'id',
      'address',
      'api',
      'ca',
      'serverName',
      'verify',
      'name',
      'serial',
    ]);
    expect(config.intervals).toEqual(DEFAULT_INTERVALS);
    expect(config.journal).toEqual(loadAgentConfig({ env: {} }).journal);
    expect(config.localApi.refunds).toEqual(loadAgentConfig({ env: {} }).localApi.refunds);
  });

  it.each([
    [{ datadir: 'x' }, /datadir/],
    [{ localApi: { listen: '8088' } }, /localApi\.listen: expected an address and a port/],
    [{ localApi: { listen: '0.0.0.0:8088' } }, /localApi: listens beyond this machine/],
    [{ localApi: { refunds: { max: 50000 } } }, /localApi\.refunds\.max: expected an amount in tenge in quotes/],
    [{ localApi: { refunds: { within: '1 day' } } }, /localApi\.refunds\.within: expected a time such as/],
    [{ hub: { grpc: 'hub:8443', mqtt: 'mqtt://hub:1883' } }, /hub\.mqtt: expected mqtts/],
    [{ terminals: [{ id: 'front' }] }, /terminals\.0\.address/],
    [{ terminals: [{ id: 'A b', address: 'x:1' }] }, /terminals\.0\.id: expected 1–63/],
    [
      {
        terminals: [
          { id: 'a', address: 'x:1' },
          { id: 'a', address: 'x:2' },
        ],
      },
      /two terminals have the same id/,
    ],
    [
      {
        terminals: [
          { id: 'a', address: 'Front.local:1' },
          { id: 'b', address: 'front.LOCAL:1' },
        ],
      },
      /two terminals have the same address/,
    ],
    [{ posCompat: {} }, /posCompat\.terminal/],
    [{ posCompat: { terminal: 'b' }, terminals: [{ id: 'a', address: 'a:1' }] }, /posCompat\.terminal/],
    [{ posCompat: { allow: ['till.local'] }, terminals: [{ id: 'a', address: 'a:1' }] }, /posCompat\.allow\.0/],
    [{ intervals: { pollMs: 5 } }, /intervals: .*pollMs/],
    [{ intervals: { terminalPollMs: 0 } }, /intervals\.terminalPollMs/],
    [{ log: { level: 'loud' } }, /log\.level/],
  ])('refuses %j and says where', (document, message) => {
    expect(() => load(document)).toThrow(message);
  });

  it('listens beyond the machine only when that is said', () => {
    expect(load({ localApi: { listen: '0.0.0.0:8088', lan: true } }).localApi.listen).toBe('0.0.0.0:8088');
  });

  it('keeps the cashiers in the data folder unless it says where', () => {
    expect(load({ dataDir: 'here' }).localApi.cashierPinFile).toBe(join(folder, 'here', 'cashiers.json'));
  });

  it('offers the LAN API of the only terminal, on the port and to the address that old tills expect', () => {
    const config = load({ posCompat: {}, terminals: [{ id: 'a', address: 'a:1' }] });
    expect(config.posCompat).toEqual({ listen: '127.0.0.1:8080', allow: ['127.0.0.1'] });
    expect(posCompatTerminal(config)).toBe('a');
    expect(load({}).posCompat).toBeUndefined();
  });

  it('takes any key from the environment', () => {
    const config = load({ localApi: { listen: '127.0.0.1:1' } }, { TOLEM_AGENT__LOCAL_API__LISTEN: '127.0.0.1:9' });
    expect(config.localApi.listen).toBe('127.0.0.1:9');
  });

  it('reads paths from where the file lies, and the data folder of the command line from where one stands', () => {
    const config = load({
      dataDir: 'data',
      localApi: { cashierPinFile: 'pins.json' },
      terminals: [{ id: 'a', address: 'x:1', ca: 'ca.crt' }],
    });
    expect(config.dataDir).toBe(join(folder, 'data'));
    expect(config.localApi.cashierPinFile).toBe(join(folder, 'pins.json'));
    expect(config.terminals[0]?.ca).toBe(join(folder, 'ca.crt'));
    expect(loadAgentConfig({ dataDir: 'here', env: {} }).dataDir).toBe(join(process.cwd(), 'here'));
  });

  it('knows which changes a running agent takes over and which need a restart', () => {
    const before = load({ log: { level: 'info' } });
    const after = load({
      log: { level: 'debug' },
      localApi: { refunds: { max: '100.00' } },
      terminals: [{ id: 'a', address: 'x:1' }],
    });
    expect(compareConfigs(before, after)).toEqual({ taken: ['localApi.refunds'], needRestart: ['terminals', 'log'] });
    expect(compareConfigs(before, before)).toEqual({ taken: [], needRestart: [] });
  });
});

describe('listen addresses', () => {
  it.each([
    ['127.0.0.1:8088', { host: '127.0.0.1', port: 8088 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['127.0.0.1', undefined],
    ['127.0.0.1:70000', undefined],
    ['::1:80', undefined],
    ['http://x:80', undefined],
  ])('%s', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected);
  });
});
