import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '@tolem/base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateFiles } from '../config/hub-config.ts';
import { importedFiles } from './bank-certificate.ts';
import { faultOf, readCertificates, readClientCredentials } from './client-credentials.ts';
import { importCertificate } from './import-certificate.ts';
import { createTestBankPki, type TestBankPki } from './test-bank-pki.ts';

const clock = createSystemClock();
const folder = mkdtempSync(join(tmpdir(), 'tolem-cert-'));
const at = (name: string) => join(folder, name);
const LEGACY = join(import.meta.dirname, '../../../../packages/pki/fixtures/rc2-40.pfx');
let pki: TestBankPki;

beforeAll(async () => {
  pki = await createTestBankPki(folder, clock);
  await pki.issue('good');
  await pki.issue('expired', { days: -10 });
  await pki.issue('server', { purpose: 'server' });
  await pki.issue('foreign', { foreign: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pfx = (name: string): CertificateFiles => ({ pfx: at(`${name}.pfx`), passphraseFile: at('passphrase') });
const pem = (cert: string, key = cert): CertificateFiles => ({
  cert: at(`${cert}.crt`),
  key: at(`${key}.key`),
  passphraseFile: at('passphrase'),
});
const importIt = (files: CertificateFiles, more: { anyIssuer?: boolean; dataDir?: string } = {}) =>
  importCertificate({
    dataDir: more.dataDir ?? at('data'),
    files,
    trustedPem: readCertificates(at('ca.crt')),
    atMs: clock.nowMs(),
    randomBytes: (count) => new Uint8Array(count).fill(7),
    anyIssuer: more.anyIssuer ?? false,
  });

describe('what is imported', () => {
  it.each([
    ['a PFX', () => pfx('good')],
    ['PEM with an encrypted key', () => pem('good')],
  ])('%s is kept as PEM, its key encrypted and for the owner alone', (_what, files) => {
    const given = importIt(files());
    const kept = importedFiles(at('data'));
    expect(readFileSync(kept.key, 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    for (const file of [kept.key, kept.passphraseFile]) expect(statSync(file).mode & 0o777).toBe(0o600);
    const read = readClientCredentials(kept);
    expect(read.facts.serial).toBe(given.facts.serial);
    expect(read.privateKeyPem).toBe(given.privateKeyPem);
    expect(faultOf(read, { trustedPem: [pki.rootPem], atMs: clock.nowMs() })).toBeUndefined();
  });

  it('a certificate in DER, as banks send it, is taken as well', () => {
    const [leaf = '', issuing = ''] = readCertificates(at('good.crt'));
    writeFileSync(at('der.cer'), new X509Certificate(leaf).raw);
    const files = { cert: at('der.cer'), key: at('good.key'), passphraseFile: at('passphrase') };
    expect(importIt(files).facts.subject.commonName).toBe('good.example');
    expect(issuing).toContain('BEGIN CERTIFICATE');
  });

  it('an old PFX that OpenSSL 3 refuses is re-packed', () => {
    writeFileSync(at('legacy-passphrase'), 'old-secret');
    const files = { pfx: LEGACY, passphraseFile: at('legacy-passphrase') };
    const { facts } = readClientCredentials(files);
    const imported = importCertificate({
      dataDir: at('legacy'),
      files,
      trustedPem: [],
      atMs: facts.notBeforeMs + 1,
      randomBytes: (count) => new Uint8Array(count),
      anyIssuer: true,
    });
    expect(imported.wasLegacy).toBe(true);
    const kept = readClientCredentials(importedFiles(at('legacy')));
    expect(kept).toMatchObject({ wasLegacy: false, facts: { serial: facts.serial } });
  });

  it('a key without a passphrase gets one', () => {
    const plain = readClientCredentials(pem('good'));
    writeFileSync(at('plain.key'), plain.privateKeyPem);
    importIt({ cert: at('good.crt'), key: at('plain.key') }, { dataDir: at('plain') });
    const kept = importedFiles(at('plain'));
    expect(readFileSync(kept.key, 'utf8')).toContain('ENCRYPTED');
    expect(readClientCredentials(kept).privateKeyPem).toBe(plain.privateKeyPem);
  });
});

describe('what is refused', () => {
  it.each([
    ['an expired certificate', () => pfx('expired'), /expired/],
    ['a certificate for servers', () => pfx('server'), /wrong_purpose/],
    ['a certificate of another authority', () => pfx('foreign'), /wrong_issuer/],
    ['a key of another certificate', () => pem('good', 'foreign'), /key_mismatch/],
  ])('%s, by name, and nothing is stored', (_what, files, said) => {
    const dataDir = at('untouched');
    const run = () => importIt(files(), { dataDir });
    expect(run).toThrow(expect.objectContaining({ code: 'certificate_untrusted' }));
    expect(run).toThrow(said);
    expect(() => statSync(importedFiles(dataDir).cert)).toThrow();
  });

  it('an unknown issuer is taken only on purpose, and everything else is still checked', () => {
    expect(importIt(pfx('foreign'), { anyIssuer: true }).facts.subject.commonName).toBe('foreign.example');
    expect(() => importIt(pfx('expired'), { anyIssuer: true })).toThrow(/expired/);
  });

  it.each([
    [
      'a wrong passphrase',
      () => writeFileSync(at('wrong'), 'guess'),
      { pfx: 'good.pfx', passphraseFile: 'wrong' },
      /passphrase does not open/,
    ],
    [
      'what is no PFX',
      () => writeFileSync(at('text.pfx'), 'hello'),
      { pfx: 'text.pfx', passphraseFile: 'passphrase' },
      /not a PFX/,
    ],
    ['a key without its passphrase', () => {}, { cert: 'good.crt', key: 'good.key' }, /passphrase/],
    [
      'a key in place of the certificate',
      () => {},
      { cert: 'good.key', key: 'good.key', passphraseFile: 'passphrase' },
      /certificate/,
    ],
  ])('%s is told in a sentence', (_what, prepare, files, said) => {
    prepare();
    const absolute = Object.fromEntries(
      Object.entries(files).map(([key, file]) => [key, at(file)]),
    ) as CertificateFiles;
    const run = () => importIt(absolute);
    expect(run).toThrow(expect.objectContaining({ code: 'certificate_unusable' }));
    expect(run).toThrow(said);
  });

  it('a file that is not there is named', () => {
    expect(() => importIt({ pfx: at('nothing.pfx'), passphraseFile: at('passphrase') })).toThrow(
      /nothing\.pfx \(ENOENT\)/,
    );
  });
});
