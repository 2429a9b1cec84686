import type { Clock } from '@tolem/base';
import { type KeyAlgorithm, makeKeyPair, toSigningKeys } from './key-pair.ts';
import { PkiError } from './pki-error.ts';
import { type AlternativeNames, type KeyUse, type Purpose, usageExtensions } from './purposes.ts';
import { readSigningRequest } from './signing-request.ts';
import { type Subject, toJsonName } from './subject.ts';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  PublicKey,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from './x509.ts';

export interface Authority {
  certificatePem: string;
  /** PKCS#8 PEM, not encrypted: keep it where only its owner reads. */
  privateKeyPem: string;
}

export interface Validity {
  /** Unix milliseconds; certificates hold whole seconds. */
  notBeforeMs: number;
  notAfterMs: number;
}

const DAY_MS = 86_400_000;
/** A certificate is valid a little before it is made, so that a peer whose clock runs late accepts it. */
const CLOCK_SLACK_MS = 5 * 60_000;

export function validFor(clock: Clock, days: number): Validity {
  return { notBeforeMs: clock.nowMs() - CLOCK_SLACK_MS, notAfterMs: clock.nowMs() + days * DAY_MS };
}

export interface AuthorityOptions {
  subject: Subject;
  validity: Validity;
  algorithm?: KeyAlgorithm;
}

/** Makes a key and a self-signed certificate that may sign others. */
export async function createRootAuthority(options: AuthorityOptions): Promise<Authority> {
  const { privateKeyPem } = await makeKeyPair(options.algorithm ?? 'p256');
  const { keys, algorithm } = toSigningKeys(privateKeyPem);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: toJsonName(options.subject),
    keys,
    signingAlgorithm: algorithm,
    ...toDates(options.validity),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      ...usageExtensions(['keyCertSign', 'cRLSign'], [], {}),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: toPem(certificate), privateKeyPem };
}

/** Makes an authority under another one; it may sign leaves but no further authority. */
export async function createIntermediateAuthority(parent: Authority, options: AuthorityOptions): Promise<Authority> {
  const { privateKeyPem, publicKeyPem } = await makeKeyPair(options.algorithm ?? 'p256');
  const certificatePem = await sign(parent, {
    ...options,
    publicKeyPem,
    keyUses: ['keyCertSign', 'cRLSign'],
    purposes: [],
    names: {},
    isAuthority: true,
  });
  return { certificatePem, privateKeyPem };
}

export interface LeafOptions {
  subject: Subject;
  validity: Validity;
  purposes: Purpose[];
  keyUses?: KeyUse[];
  names?: AlternativeNames;
}

/** Issues an end certificate for a public key; gives the certificate alone, without its chain. */
export function issueCertificate(authority: Authority, publicKeyPem: string, options: LeafOptions): Promise<string> {
  return sign(authority, {
    ...options,
    publicKeyPem,
    keyUses: options.keyUses ?? ['digitalSignature', 'keyEncipherment'],
    names: options.names ?? {},
    isAuthority: false,
  });
}

/**
 * Issues for a signing request after checking its signature. What the certificate says comes from `options` alone:
 * a request never names itself. Throws `request_unreadable`, `request_not_signed`.
 */
export async function issueForRequest(authority: Authority, requestPem: string, options: LeafOptions): Promise<string> {
  const request = await readSigningRequest(requestPem);
  return issueCertificate(authority, request.publicKeyPem, options);
}

interface SignOptions extends Required<LeafOptions> {
  publicKeyPem: string;
  isAuthority: boolean;
}

async function sign(authority: Authority, options: SignOptions): Promise<string> {
  const issuer = readIssuer(authority.certificatePem);
  const { keys, algorithm } = toSigningKeys(authority.privateKeyPem);
  const publicKey = new PublicKey(options.publicKeyPem);
  const certificate = await X509CertificateGenerator.create({
    subject: toJsonName(options.subject),
    issuer: issuer.subjectName,
    publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: algorithm,
    ...toDates(options.validity),
    extensions: [
      options.isAuthority ? new BasicConstraintsExtension(true, 0, true) : new BasicConstraintsExtension(false),
      ...usageExtensions(options.keyUses, options.purposes, options.names),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return toPem(certificate);
}

function readIssuer(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new PkiError('certificate_unreadable', "the authority's certificate can't be read", { cause });
  }
}

function toDates(validity: Validity): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(validity.notBeforeMs), notAfter: new Date(validity.notAfterMs) };
}

function toPem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
