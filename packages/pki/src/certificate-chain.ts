import type { X509Certificate } from 'node:crypto';
import { openCertificate, readCertificate } from './certificate-facts.ts';
import { keysMatch } from './key-pair.ts';
import type { Purpose } from './purposes.ts';

export type ChainProblem =
  | 'unreadable'
  | 'expired'
  | 'not_yet_valid'
  | 'wrong_issuer'
  | 'wrong_purpose'
  | 'key_mismatch';

export type ChainVerdict =
  | { trusted: true /** Leaf first, trusted anchor last. */; path: string[] }
  | { trusted: false; problem: ChainProblem; detail: string };

export interface ChainCheck {
  certificatePem: string;
  intermediatesPem?: string[];
  trustedPem: string[];
  purpose: Purpose;
  atMs: number;
  /** Checked against the certificate's key where given. */
  privateKeyPem?: string;
  /** For the renewal of an expired certificate: the chain alone decides. */
  ignoreDates?: boolean;
}

/** No chain in use is longer; ends the search in bundles that point at each other. */
const MAX_DEPTH = 6;

/** Follows the certificate to a trusted anchor and names the first reason for which it can't be trusted. Never throws. */
export function checkChain(check: ChainCheck): ChainVerdict {
  try {
    return judge(check);
  } catch (cause) {
    return refuse('unreadable', cause instanceof Error ? cause.message : 'a certificate or key is not readable');
  }
}

function judge(check: ChainCheck): ChainVerdict {
  const leaf = openCertificate(check.certificatePem);
  const trusted = check.trustedPem.map(openCertificate);
  const path = findPath(leaf, (check.intermediatesPem ?? []).map(openCertificate), trusted);
  if (!path) return refuse('wrong_issuer', `no trusted authority issued it; it names ${oneLine(leaf.issuer)}`);
  const facts = readCertificate(check.certificatePem);
  if (!check.ignoreDates) {
    for (const certificate of path) {
      const problem = checkDates(certificate, check.atMs);
      if (problem) return problem;
    }
  }
  if (facts.purposes.length > 0 && !facts.purposes.includes(check.purpose)) {
    return refuse('wrong_purpose', `it is for ${facts.purposes.join(', ')}, not for ${check.purpose}`);
  }
  if (check.privateKeyPem !== undefined && !keysMatch(check.privateKeyPem, facts.publicKeyPem)) {
    return refuse('key_mismatch', 'the private key does not belong to the certificate');
  }
  return { trusted: true, path: path.map((certificate) => certificate.toString()) };
}

function checkDates(certificate: X509Certificate, atMs: number): ChainVerdict | undefined {
  const { notBeforeMs, notAfterMs } = readCertificate(certificate.raw);
  const name = oneLine(certificate.subject);
  if (atMs < notBeforeMs) return refuse('not_yet_valid', `${name} is valid from ${certificate.validFrom}`);
  if (atMs > notAfterMs) return refuse('expired', `${name} was valid until ${certificate.validTo}`);
  return undefined;
}

function findPath(
  certificate: X509Certificate,
  intermediates: X509Certificate[],
  trusted: X509Certificate[],
  depth = 0,
): X509Certificate[] | undefined {
  const anchor = trusted.find((candidate) => candidate.fingerprint256 === certificate.fingerprint256);
  if (anchor) return depth === 0 && !anchor.ca ? undefined : [certificate];
  if (depth >= MAX_DEPTH) return undefined;
  for (const issuer of [...trusted, ...intermediates]) {
    if (!issuer.ca || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) continue;
    const rest = findPath(issuer, intermediates, trusted, depth + 1);
    if (rest) return [certificate, ...rest];
  }
  return undefined;
}

function refuse(problem: ChainProblem, detail: string): ChainVerdict {
  return { trusted: false, problem, detail };
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
