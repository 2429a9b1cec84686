import { BaseError, readSmallFile } from '@tolem/base';
import type { TlsOptions } from '@tolem/kaspi-core';
import {
  type CertificateFacts,
  checkChain,
  decryptPrivateKey,
  detectPfx,
  keysMatch,
  openPfx,
  PkiError,
  readCertificate,
  splitCertificates,
} from '@tolem/pki';
import type { CertificateFiles } from '../config/hub-config.ts';
import { HubError } from '../hub-error.ts';

/** The bank's client certificate with its key in memory; never logged. */
export interface ClientCredentials {
  certificatePem: string;
  chainPem: string[];
  /** PKCS#8, not encrypted. */
  privateKeyPem: string;
  facts: CertificateFacts;
  /** An old PFX (RC2, 3DES) that was opened by re-packing. */
  wasLegacy: boolean;
}

/** What is wrong with credentials that can be read. `expired` and the like name the certificate and the day. */
export interface CredentialsFault {
  problem: 'expired' | 'not_yet_valid' | 'wrong_issuer' | 'wrong_purpose' | 'key_mismatch' | 'unreadable';
  detail: string;
}

/** Longer files are no certificates or keys; keeps a wrong path from being read into memory whole. */
const FILE_MAX_BYTES = 1_000_000;

/** Reads key and certificate. Throws `file_unreadable`, and `certificate_unusable` with what to do about it. */
export function readClientCredentials(files: CertificateFiles): ClientCredentials {
  const passphrase = files.passphraseFile === undefined ? undefined : readPassphrase(files.passphraseFile);
  if ('pfx' in files) return openPfxFile(files.pfx, passphrase ?? '');
  return openPemFiles(files.cert, files.key, passphrase);
}

function openPfxFile(file: string, passphrase: string): ClientCredentials {
  const bytes = readBytes(file);
  const kind = detectPfx(bytes, passphrase);
  if (kind === 'not_a_pfx') throw unusable(`${file} is not a PFX (PKCS#12) file, or it is damaged`);
  if (kind === 'wrong_passphrase') throw unusable(`the passphrase does not open ${file}`);
  try {
    const { certificatePem, chainPem, privateKeyPem } = openPfx(bytes, passphrase);
    const wasLegacy = kind === 'legacy';
    return { certificatePem, chainPem, privateKeyPem, facts: readCertificate(certificatePem), wasLegacy };
  } catch (cause) {
    throw unusable(`${file}: ${sentenceOf(cause)}`, cause);
  }
}

function openPemFiles(certFile: string, keyFile: string, passphrase: string | undefined): ClientCredentials {
  const certificates = readCertificates(certFile);
  const [certificatePem = '', ...chainPem] = certificates;
  try {
    const privateKeyPem = decryptPrivateKey(readBytes(keyFile).toString('utf8'), passphrase);
    return { certificatePem, chainPem, privateKeyPem, facts: readCertificate(certificatePem), wasLegacy: false };
  } catch (cause) {
    throw unusable(`${keyFile}: ${sentenceOf(cause)}`, cause);
  }
}

/** Every certificate of a file, PEM (one or many) or one in DER, as banks send `.cer`. Throws `certificate_unusable`. */
export function readCertificates(file: string): string[] {
  const bytes = readBytes(file);
  try {
    const isPem = bytes.includes('-----BEGIN CERTIFICATE-----');
    return isPem ? splitCertificates(bytes.toString('utf8')) : [derToPem(bytes)];
  } catch (cause) {
    throw unusable(`${file}: ${sentenceOf(cause)}`, cause);
  }
}

/** The first fault, or nothing: key, chain to the bank's CA, purpose, dates. */
export function faultOf(
  credentials: ClientCredentials,
  options: { trustedPem: string[]; atMs: number; anyIssuer?: boolean },
): CredentialsFault | undefined {
  const { certificatePem, chainPem, privateKeyPem } = credentials;
  const verdict = checkChain({
    certificatePem,
    privateKeyPem,
    intermediatesPem: chainPem,
    trustedPem: options.trustedPem,
    purpose: 'client',
    atMs: options.atMs,
  });
  if (verdict.trusted) return undefined;
  const { problem, detail } = verdict;
  return problem === 'wrong_issuer' && options.anyIssuer ? ownFaultOf(credentials, options.atMs) : { problem, detail };
}

/** What is wrong with the certificate by itself, whoever issued it. */
function ownFaultOf({ facts, privateKeyPem }: ClientCredentials, atMs: number): CredentialsFault | undefined {
  const day = (momentMs: number) => new Date(momentMs).toISOString().slice(0, 10);
  if (!keysMatch(privateKeyPem, facts.publicKeyPem)) {
    return { problem: 'key_mismatch', detail: 'the private key does not belong to the certificate' };
  }
  if (facts.purposes.length > 0 && !facts.purposes.includes('client')) {
    return { problem: 'wrong_purpose', detail: `it is for ${facts.purposes.join(', ')}, not for client` };
  }
  if (atMs < facts.notBeforeMs) return { problem: 'not_yet_valid', detail: `valid from ${day(facts.notBeforeMs)}` };
  if (atMs > facts.notAfterMs) return { problem: 'expired', detail: `was valid until ${day(facts.notAfterMs)}` };
  return undefined;
}

export function toTlsOptions(credentials: ClientCredentials, trust: { ca: string[]; pins: string[] }): TlsOptions {
  const { certificatePem, chainPem, privateKeyPem: privateKey } = credentials;
  return {
    identity: { certificate: [certificatePem, ...chainPem].join('\n'), privateKey },
    ca: trust.ca,
    ...(trust.pins.length === 0 ? {} : { rootPins: trust.pins }),
  };
}

/** A passphrase file: its first line, without the line's end. Throws `file_unreadable`. */
export function readPassphrase(file: string): string {
  return readBytes(file).toString('utf8').split(/\r?\n/, 1)[0] ?? '';
}

function readBytes(file: string): Buffer {
  try {
    return readSmallFile(file, FILE_MAX_BYTES);
  } catch (cause) {
    if (cause instanceof BaseError)
      throw new HubError('file_unreadable', `${file} is too large for a certificate or key`);
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new HubError('file_unreadable', `cannot read ${file} (${reason})`, { cause });
  }
}

function derToPem(der: Buffer): string {
  readCertificate(der);
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function unusable(message: string, cause?: unknown): HubError {
  return new HubError('certificate_unusable', message, cause === undefined ? {} : { cause });
}

function sentenceOf(error: unknown): string {
  return error instanceof PkiError ? error.message : 'it cannot be read';
}
