import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Context,
  createIds,
  createSeededRandom,
  createVirtualClock,
  type LogFields,
  type Logger,
  type VirtualClock,
} from '@tolem/base';
import type { TlsOptions } from '@tolem/kaspi-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type HubConfig, hubConfigSchema } from '../config/hub-config.ts';
import { readBankCertificate } from './bank-certificate.ts';
import { type CertificateKeeper, createCertificateKeeper } from './certificate-keeper.ts';
import { importCertificate } from './import-certificate.ts';
import { createTestBankPki, type TestBankPki } from './test-bank-pki.ts';

const folder = mkdtempSync(join(tmpdir(), 'tolem-keeper-'));
const at = (name: string) => join(folder, name);
const WATCH_MS = 5_000;
const DAY_MS = 86_400_000;
let pki: TestBankPki;
let clock: VirtualClock;
let lines: Array<{ level: string; fields: LogFields; message: string }>;
let swaps: TlsOptions[];
let answer: () => Promise<void>;
let config: HubConfig;
let keeper: CertificateKeeper;
let touched = 0;

beforeAll(async () => {
  pki = await createTestBankPki(folder, createVirtualClock());
  for (const name of ['first', 'second']) await pki.issue(name);
  await pki.issue('short', { days: 90 });
  await pki.issue('expired', { days: -1 });
  await pki.issue('server', { purpose: 'server' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  clock = createVirtualClock();
  lines = [];
  swaps = [];
  answer = async () => {};
  rmSync(at('data'), { recursive: true, force: true });
  mkdirSync(at('data'));
  put('first');
});

/** Puts a certificate's file in the place that the configuration names, with a moment of its own. */
function put(name: string): void {
  copyFileSync(at(`${name}.pfx`), at('client.pfx'));
  touch();
}
function touch(): void {
  touched += 1;
  utimesSync(at('client.pfx'), touched, touched);
}

function start(): CertificateKeeper {
  const log = (level: string) => (fields: LogFields, message: string) => void lines.push({ level, fields, message });
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: () => logger,
  };
  const random = createSeededRandom(1);
  const context: Context = { clock, random, ids: createIds(clock, random), log: logger };
  config = hubConfigSchema.parse({
    dataDir: at('data'),
    kaspi: {
      baseUrl: 'https://bank.example/r3/v01',
      certificate: { pfx: at('client.pfx'), passphraseFile: at('passphrase') },
      ca: [at('ca.crt')],
    },
    organizations: [{ bin: '180340021791', name: 'Test' }],
  });
  keeper = createCertificateKeeper({
    config,
    context,
    first: readBankCertificate(config),
    async replace(tls) {
      await answer();
      swaps.push(tls);
    },
  });
  keeper.start();
  return keeper;
}

it('puts a changed file into service after two equal looks', async () => {
  start();
  const before = keeper.status().serial;
  await clock.advance(WATCH_MS * 3);
  expect(swaps).toHaveLength(0);
  put('second');
  await clock.advance(WATCH_MS);
  expect(swaps).toHaveLength(0);
  await clock.advance(WATCH_MS);
  expect(swaps).toHaveLength(1);
  expect(keeper.status()).toMatchObject({ subject: 'second.example', origin: 'configured' });
  expect(keeper.status().serial).not.toBe(before);
  await clock.advance(WATCH_MS * 5);
  expect(swaps).toHaveLength(1);
  keeper.stop();
});

it('does not read a file that is still being written', async () => {
  start();
  put('second');
  await clock.advance(WATCH_MS);
  touch();
  await clock.advance(WATCH_MS);
  expect(swaps).toHaveLength(0);
  await clock.advance(WATCH_MS);
  expect(swaps).toHaveLength(1);
  keeper.stop();
});

it.each([
  ['garbage', () => writeFileSync(at('client.pfx'), 'not a PFX'), /not a PFX/],
  ['an expired certificate', () => put('expired'), /expired/],
  ['a certificate for servers', () => put('server'), /wrong_purpose/],
  ['no file at all', () => rmSync(at('client.pfx')), /ENOENT/],
])('keeps the old certificate when the new one is %s, and says why loudly', async (_what, replace, said) => {
  start();
  replace();
  expect(await keeper.reload(config)).toBe(false);
  expect(swaps).toHaveLength(0);
  expect(keeper.status()).toMatchObject({ subject: 'first.example', refused: expect.stringMatching(said) });
  const loud = lines.filter(({ level }) => level === 'error');
  expect(loud).toMatchObject([{ message: expect.stringContaining('NOT used') }]);
  keeper.stop();
});

it('keeps the old certificate when the bank does not answer through the new one, and takes it at the next try', async () => {
  start();
  put('second');
  answer = () => Promise.reject(new Error('the bank closed the connection'));
  expect(await keeper.reload(config)).toBe(false);
  expect(keeper.status()).toMatchObject({ subject: 'first.example', refused: 'the bank closed the connection' });
  answer = async () => {};
  expect(await keeper.reload(config)).toBe(true);
  expect(keeper.status().subject).toBe('second.example');
  expect(keeper.status().refused).toBeUndefined();
  keeper.stop();
});

it('takes an imported certificate before the configured one', async () => {
  start();
  importCertificate({
    dataDir: at('data'),
    files: { pfx: at('second.pfx'), passphraseFile: at('passphrase') },
    trustedPem: [pki.rootPem],
    atMs: clock.nowMs(),
    randomBytes: (count) => new Uint8Array(count),
  });
  await clock.advance(WATCH_MS * 2);
  expect(keeper.status()).toMatchObject({ subject: 'second.example', origin: 'imported' });
  keeper.stop();
});

it('warns once a day from 60 days before the end, and alarms from 14', async () => {
  put('short');
  start();
  const told = () => lines.filter(({ message }) => /expire/.test(message)).map(({ level }) => level);
  expect(told()).toEqual([]);
  const toDay = async (day: number) => {
    lines = [];
    clock.jumpWall(day * DAY_MS);
    await clock.advance(WATCH_MS * 3);
  };
  await toDay(31);
  expect(told()).toEqual(['warn']);
  await toDay(1);
  expect(told()).toEqual(['warn']);
  await toDay(45);
  expect(told()).toEqual(['error']);
  await toDay(20);
  expect(told()).toEqual(['error']);
  expect(keeper.status().daysLeft).toBeLessThan(0);
  keeper.stop();
});
