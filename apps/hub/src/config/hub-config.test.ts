import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BaseError } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { completeSettings, DEFAULT_INTERVALS } from '../hub-settings.ts';
import { formatAddress, hubConfigSchema, loadHubConfig, parseAddress } from './hub-config.ts';

const EXAMPLE = join(import.meta.dirname, '../../config.example.yaml');
const minimal = {
  kaspi: {
    baseUrl: 'https://bank.example:8545/r3/v01',
    certificate: { pfx: 'a.pfx', passphraseFile: 'p' },
    ca: ['ca.crt'],
  },
  organizations: [{ bin: '180340021791', name: 'Test' }],
};
type Draft = typeof minimal & Record<string, unknown>;
const faultOf = (change: (draft: Draft) => unknown): string => {
  const document: Draft = structuredClone(minimal);
  change(document);
  const result = hubConfigSchema.safeParse(document);
  return result.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n') ?? 'taken';
};

describe('the example', () => {
  const example = loadHubConfig({ file: EXAMPLE, env: {}, cwd: '/' });

  it('loads, with paths relative to itself', () => {
    expect(example.dataDir).toBe(join(EXAMPLE, '../data'));
    expect(example.kaspi.certificate).toEqual({
      pfx: join(EXAMPLE, '../client.pfx'),
      passphraseFile: join(EXAMPLE, '../passphrase'),
    });
  });

  it('names every key of the schema', () => {
    const text = readFileSync(EXAMPLE, 'utf8');
    const given = parse(text) as Record<string, object>;
    for (const [name, section] of Object.entries(hubConfigSchema.shape)) {
      if (name === 'organizations') continue;
      expect(given, name).toHaveProperty(name);
      const inner = 'unwrap' in section ? (section.unwrap() as { shape?: object }) : (section as { shape?: object });
      for (const key of Object.keys(inner.shape ?? {})) {
        // Only one of the two credentials can be there; the other stands beside it as a comment.
        if (key === 'apiKeyFile') expect(text).toMatch(/# apiKeyFile: /);
        else expect(given[name], `${name}.${key}`).toHaveProperty(key);
      }
    }
    for (const key of Object.keys(DEFAULT_INTERVALS)) expect(given.intervals, key).toHaveProperty(key);
  });

  it('shows the defaults of the intervals as they are', () => {
    const { certificateWatchMs: _ofTheDoors, ...intervals } = example.intervals;
    expect(completeSettings({ organizations: [], intervals }).intervals).toEqual(DEFAULT_INTERVALS);
  });
});

describe('what stops the start', () => {
  it.each([
    ['an unknown key', (d: Draft) => Object.assign(d, { databse: {} }), 'Unrecognized key'],
    ['an unknown interval', (d: Draft) => Object.assign(d, { intervals: { leseMs: 5 } }), 'Unrecognized key'],
    ['plain http to the bank', (d: Draft) => Object.assign(d.kaspi, { baseUrl: 'http://bank/r3/v01' }), 'https://'],
    ['another scheme', (d: Draft) => Object.assign(d.kaspi, { scheme: 4 }), 'scheme 1, 2 or 3'],
    ['an address of another scheme', (d: Draft) => Object.assign(d.kaspi, { scheme: 2 }), 'address of scheme 3'],
    ['an Api-Key under scheme 3', (d: Draft) => Object.assign(d.kaspi, { apiKeyFile: 'k' }), 'has no Api-Key'],
    [
      'scheme 1 without an Api-Key',
      (d: Draft) => Object.assign(d, { kaspi: { scheme: 1, baseUrl: 'https://bank:8543/r1/v01', ca: ['ca.crt'] } }),
      "kaspi.apiKeyFile: scheme 1 needs a file with the bank's Api-Key",
    ],
    [
      'scheme 1 with a certificate',
      (d: Draft) => Object.assign(d.kaspi, { scheme: 1, baseUrl: 'https://bank:8543/r1/v01', apiKeyFile: 'k' }),
      'scheme 1 has no client certificate',
    ],
    [
      'two organisations under scheme 2',
      (d: Draft) => {
        Object.assign(d.kaspi, { scheme: 2, baseUrl: 'https://bank:8544/r2/v01' });
        d.organizations.push({ bin: '180340021792', name: 'Second' });
      },
      "under scheme 2 the bank's credentials belong to exactly one organisation",
    ],
    [
      'a BIN of eleven digits',
      (d: Draft) => Object.assign(d, { organizations: [{ bin: '18034002179', name: 'x' }] }),
      '12 digits',
    ],
    [
      'a BIN that YAML read as a number',
      (d: Draft) => Object.assign(d, { organizations: [{ bin: 180340021791, name: 'x' }] }),
      'expected string',
    ],
    ['one BIN twice', (d: Draft) => d.organizations.push(...d.organizations), 'each BIN once'],
    [
      'a password in the URL',
      (d: Draft) => Object.assign(d, { database: { url: 'postgres://u:secret@h/db' } }),
      'passwordFile',
    ],
    ['an external broker', (d: Draft) => Object.assign(d, { mqtt: { broker: 'mqtts://b:8883' } }), 'only "embedded"'],
    ['an address without a port', (d: Draft) => Object.assign(d, { grpc: { listen: '127.0.0.1' } }), '127.0.0.1:8443'],
    ['a port above 65535', (d: Draft) => Object.assign(d, { grpc: { listen: 'h:70000' } }), '65535'],
    [
      'a key without its certificate',
      (d: Draft) => Object.assign(d.kaspi, { certificate: { key: 'k' } }),
      'either {pfx',
    ],
  ])('%s', (_what, change, said) => {
    expect(faultOf(change)).toContain(said);
  });

  it('is told with the file and every path at once', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tolem-config-')), 'hub.yaml');
    writeFileSync(file, 'kaspi: { ca: [] }\norganizations: []\n');
    const load = () => loadHubConfig({ file, env: {}, cwd: '/' });
    expect(load).toThrow(BaseError);
    expect(load).toThrow(/hub\.yaml/);
    expect(load).toThrow(/kaspi\.baseUrl/);
    expect(load).toThrow(/organizations/);
  });
});

it.each([
  [1, { scheme: 1, baseUrl: 'https://bank:8543/r1/v01', apiKeyFile: 'api-key', ca: ['ca.crt'] }],
  [2, { ...minimal.kaspi, scheme: 2, baseUrl: 'https://letter.example/pay' }],
])('takes scheme %i with its own credentials', (scheme, kaspi) => {
  const file = join(mkdtempSync(join(tmpdir(), 'tolem-config-')), 'hub.yaml');
  writeFileSync(file, JSON.stringify({ ...minimal, kaspi }));
  const config = loadHubConfig({ file, env: {}, cwd: '/' });
  expect(config.kaspi.scheme).toBe(scheme);
  expect(config.kaspi.apiKeyFile).toBe(scheme === 1 ? join(file, '../api-key') : undefined);
});

it('takes keys from the environment', () => {
  const env = { TOLEM_HUB__HTTP__LISTEN: '127.0.0.1:9999', TOLEM_HUB__LOG__LEVEL: 'debug' };
  const config = loadHubConfig({ file: EXAMPLE, env, cwd: '/' });
  expect(config.http.listen).toBe('127.0.0.1:9999');
  expect(config.log.level).toBe('debug');
});

it.each([
  ['127.0.0.1:8443', { host: '127.0.0.1', port: 8443 }],
  ['[::1]:0', { host: '::1', port: 0 }],
  ['hub.example.kz:1', { host: 'hub.example.kz', port: 1 }],
])('reads and writes the address %s', (text, address) => {
  expect(parseAddress(text)).toEqual(address);
  expect(formatAddress(address)).toBe(text);
});
