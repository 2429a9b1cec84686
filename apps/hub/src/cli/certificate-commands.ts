import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createBankSigningRequest, encryptPrivateKey, makeKeyPair } from '@tolem/pki';
import type { Command } from 'commander';
import { readBankCertificate } from '../certificate/bank-certificate.ts';
import { daysUntil } from '../certificate/certificate-keeper.ts';
import { faultOf, readCertificates, readPassphrase } from '../certificate/client-credentials.ts';
import { importCertificate, importedFolder } from '../certificate/import-certificate.ts';
import { checkSubject, SUBJECT_FIELDS, type SubjectField } from '../certificate/signing-subject.ts';
import type { CertificateFiles } from '../config/hub-config.ts';
import { callAdmin } from '../http/admin-client.ts';
import { isAdminSocketAlive } from '../http/admin-socket.ts';
import { HubError } from '../hub-error.ts';
import { PUBLIC_MODE, SECRET_MODE, writeWholeFile } from '../identity/secret-file.ts';
import { adminSocketFile } from '../main/start-hub.ts';
import { EXIT, type HubProcess } from './hub-process.ts';
import { type ConfigOptions, readConfig, withConfigOptions } from './run-command.ts';

type CsrOptions = Partial<Record<SubjectField, string>> & { key: string; out: string; passphraseFile?: string };

interface ImportOptions extends ConfigOptions {
  pfx?: string;
  cert?: string;
  key?: string;
  passphraseFile?: string;
  anyIssuer?: true;
}

/** `cert csr | import | status`: the bank's client certificate without openssl [QR 3.9, annexes 1 and 2]. */
export function addCertificateCommands(program: Command, outside: HubProcess): void {
  const cert = program.command('cert').description("The bank's client certificate");
  const csr = cert.command('csr').description('Make a key and the request that goes to cert.request@kaspi.kz');
  for (const { flag, question, example } of SUBJECT_FIELDS) csr.option(`${flag} <text>`, `${question} (${example})`);
  csr
    .option('--key <file>', 'where the encrypted key goes', 'private.key')
    .option('--out <file>', 'where the request goes', 'certrequest.csr')
    .option('--passphrase-file <file>', 'the passphrase for the key; asked for otherwise')
    .action((options: CsrOptions) => makeRequest(options, outside));
  withConfigOptions(cert.command('import'))
    .description('Check a certificate from the bank and give it to the hub, also while it runs')
    .option('--pfx <file>', 'PKCS#12, also of the old kind that OpenSSL 3 refuses')
    .option('--cert <file>', "the bank's certificate, PEM or DER (.cer), with --key")
    .option('--key <file>', 'the private key made with the request')
    .option('--passphrase-file <file>', 'the passphrase of the PFX or key')
    .option('--any-issuer', 'take it although kaspi.ca does not hold its issuer')
    .action((options: ImportOptions) => runImport(options, outside));
  withConfigOptions(cert.command('status'))
    .description('Tell which certificate is in use and how long it lasts; exit code 1 where it can not serve')
    .option('--json', 'as JSON')
    .action((options: ConfigOptions & { json?: true }) => showStatus(options, outside));
}

async function makeRequest(options: CsrOptions, outside: HubProcess): Promise<void> {
  const [keyFile, requestFile] = [resolve(outside.cwd, options.key), resolve(outside.cwd, options.out)];
  for (const file of [keyFile, requestFile]) {
    if (existsSync(file)) throw new HubError('file_exists', `${file} exists already; a key is never overwritten`);
  }
  const given: Partial<Record<SubjectField, string>> = {};
  for (const { name, question, example } of SUBJECT_FIELDS) {
    const value = options[name] ?? (await outside.ask(`${question} [such as ${example}]: `));
    if (value !== undefined) given[name] = value;
  }
  const subject = checkSubject(given);
  const passphrase = await newPassphrase(options.passphraseFile, outside);
  const { privateKeyPem } = await makeKeyPair('rsa2048');
  const request = await createBankSigningRequest(privateKeyPem, subject);
  writeWholeFile(keyFile, encryptPrivateKey(privateKeyPem, passphrase), SECRET_MODE);
  writeWholeFile(requestFile, request, PUBLIC_MODE);
  outside.print(`Key (encrypted, keep it): ${keyFile}`);
  outside.print(`Request: ${requestFile}`);
  outside.print('Send the request to cert.request@kaspi.kz from the e-mail address named in the contract.');
  outside.print('Then: tolem-hub cert import --cert FROM_THE_BANK.cer --key private.key');
}

const NO_CERTIFICATE =
  'Scheme 1 has no client certificate: the hub shows the bank the Api-Key in kaspi.apiKeyFile; SIGHUP reads it again.';

/** OpenSSL's own least for an encrypted key. */
const PASSPHRASE_MIN = 4;

async function newPassphrase(file: string | undefined, outside: HubProcess): Promise<string> {
  if (file !== undefined) return checkedPassphrase(readPassphrase(resolve(outside.cwd, file)));
  const passphrase = await outside.ask('Passphrase for the key: ', { hidden: true });
  if (passphrase === undefined) throw new HubError('usage', 'no terminal to ask on: use --passphrase-file');
  const again = await outside.ask('The same passphrase again: ', { hidden: true });
  if (passphrase !== again) throw new HubError('usage', 'the two passphrases differ');
  return checkedPassphrase(passphrase);
}

function checkedPassphrase(passphrase: string): string {
  if (passphrase.length >= PASSPHRASE_MIN) return passphrase;
  throw new HubError('usage', `the passphrase needs at least ${PASSPHRASE_MIN} characters`);
}

async function runImport(options: ImportOptions, outside: HubProcess): Promise<void> {
  const config = readConfig(options, outside);
  if (config.kaspi.scheme === 1) throw new HubError('usage', NO_CERTIFICATE);
  const { clock, random } = outside.createContext('warn');
  const credentials = importCertificate({
    dataDir: config.dataDir,
    files: filesOf(options, outside.cwd),
    trustedPem: config.kaspi.ca.flatMap((file) => readCertificates(file)),
    atMs: clock.nowMs(),
    randomBytes: (count) => random.bytes(count),
    anyIssuer: options.anyIssuer ?? false,
  });
  const { facts, wasLegacy } = credentials;
  if (wasLegacy) outside.print('The PFX was of the old kind (RC2 or 3DES); it was re-packed with AES-256.');
  outside.print(`Imported ${facts.subject.commonName ?? facts.serial} into ${importedFolder(config.dataDir)}`);
  outside.print(`It lasts ${daysUntil(facts.notAfterMs, clock.nowMs())} days. A running hub takes it within seconds.`);
}

function filesOf(options: ImportOptions, cwd: string): CertificateFiles {
  const { pfx, cert, key, passphraseFile } = options;
  const at = (file: string) => resolve(cwd, file);
  if (pfx !== undefined && cert === undefined && key === undefined) {
    if (passphraseFile === undefined) throw new HubError('usage', 'a PFX needs --passphrase-file');
    return { pfx: at(pfx), passphraseFile: at(passphraseFile) };
  }
  if (pfx === undefined && cert !== undefined && key !== undefined) {
    const files = { cert: at(cert), key: at(key) };
    return passphraseFile === undefined ? files : { ...files, passphraseFile: at(passphraseFile) };
  }
  throw new HubError('usage', 'name either --pfx, or --cert with --key');
}

async function showStatus(options: ConfigOptions & { json?: true }, outside: HubProcess): Promise<void> {
  const config = readConfig(options, outside);
  if (config.kaspi.scheme === 1) return outside.print(options.json ? JSON.stringify({ scheme: 1 }) : NO_CERTIFICATE);
  const { clock } = outside.createContext('warn');
  const socket = adminSocketFile(config);
  const running = (await isAdminSocketAlive(socket))
    ? await callAdmin(socket, { method: 'GET', path: '/certificate' })
    : undefined;
  const { origin, credentials, trustedPem } = readBankCertificate(config);
  const { facts } = credentials;
  const fault = faultOf(credentials, { trustedPem, atMs: clock.nowMs() });
  const status = {
    origin,
    subject: facts.subject,
    issuer: facts.issuer,
    serial: facts.serial,
    notBefore: new Date(facts.notBeforeMs).toISOString(),
    notAfter: new Date(facts.notAfterMs).toISOString(),
    daysLeft: daysUntil(facts.notAfterMs, clock.nowMs()),
    legacyPfx: credentials.wasLegacy,
    ...(fault ? { fault } : {}),
    ...(running === undefined ? {} : { running }),
  };
  if (fault && fault.problem !== 'wrong_issuer') outside.setExitCode(EXIT.failed);
  if (options.json) {
    outside.print(JSON.stringify(status, null, 2));
    return;
  }
  const { commonName = '', organization = '' } = facts.subject;
  outside.print(`Certificate  ${commonName} (${organization}), ${origin}`);
  outside.print(`Issuer       ${facts.issuer}`);
  outside.print(`Serial       ${facts.serial}`);
  outside.print(`Lasts until  ${status.notAfter}, ${status.daysLeft} days left`);
  if (fault) outside.print(`Fault        ${fault.problem}: ${fault.detail}`);
  if (isRefusal(running)) outside.print(`The running hub refuses it and goes on with another: ${running.refused}`);
}

function isRefusal(answer: unknown): answer is { refused: string } {
  return typeof answer === 'object' && answer !== null && 'refused' in answer && typeof answer.refused === 'string';
}
