import { X509Certificate as NodeCertificate } from 'node:crypto';
import { spkiSha256 } from './key-pair.ts';
import { PkiError } from './pki-error.ts';
import { type AlternativeNames, type KeyUse, keyUsesOf, type Purpose, purposesOf } from './purposes.ts';
import { fromFields, type Subject } from './subject.ts';
import {
  ExtendedKeyUsageExtension,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
} from './x509.ts';

export interface CertificateFacts {
  subject: Subject;
  /** The issuer's name as one line, for people. */
  issuer: string;
  /** Lower-case hex. */
  serial: string;
  names: Required<AlternativeNames>;
  notBeforeMs: number;
  notAfterMs: number;
  /** Lower-case hex of the key's DER. */
  spkiSha256: string;
  /** Lower-case hex of the whole certificate's DER. */
  sha256: string;
  publicKeyPem: string;
  keyUses: KeyUse[];
  purposes: Purpose[];
  isAuthority: boolean;
  isSelfIssued: boolean;
}

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
/** Longer bundles than this are no chain of anybody's; whole root stores hold about 150. */
const MAX_CERTIFICATES = 400;

/** Every certificate of a PEM bundle, in its order, each as PEM of its own. Throws `certificate_unreadable` on none. */
export function splitCertificates(bundle: string): string[] {
  const blocks = bundle.match(PEM_BLOCK)?.slice(0, MAX_CERTIFICATES);
  if (!blocks) throw new PkiError('certificate_unreadable', 'no certificate in PEM was found');
  return blocks.map((block) => `${block}\n`);
}

/** Reads one certificate, PEM or DER. Throws `certificate_unreadable`. */
export function readCertificate(certificate: string | Uint8Array): CertificateFacts {
  const node = openCertificate(certificate);
  try {
    return factsOf(node);
  } catch (cause) {
    // What opened may still hold a key or an extension that nobody can read.
    throw new PkiError('certificate_unreadable', 'a damaged certificate', { cause });
  }
}

function factsOf(node: NodeCertificate): CertificateFacts {
  const parsed = new X509Certificate(new Uint8Array(node.raw));
  const publicKeyPem = node.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const uses = parsed.getExtension(KeyUsagesExtension);
  const purposes = parsed.getExtension(ExtendedKeyUsageExtension);
  const named = parsed.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  const valuesOf = (type: string) => named.filter((name) => name.type === type).map((name) => name.value);
  return {
    subject: fromFields((attribute) => parsed.subjectName.getField(attribute)),
    issuer: parsed.issuer,
    serial: parsed.serialNumber.toLowerCase(),
    names: { dns: valuesOf('dns'), ips: valuesOf('ip'), uris: valuesOf('url') },
    notBeforeMs: parsed.notBefore.getTime(),
    notAfterMs: parsed.notAfter.getTime(),
    spkiSha256: spkiSha256(publicKeyPem),
    sha256: node.fingerprint256.replaceAll(':', '').toLowerCase(),
    publicKeyPem,
    keyUses: uses ? keyUsesOf(uses.usages) : [],
    purposes: purposes ? purposesOf(purposes.usages) : [],
    isAuthority: node.ca,
    isSelfIssued: node.checkIssued(node),
  };
}

export function openCertificate(certificate: string | Uint8Array): NodeCertificate {
  try {
    return new NodeCertificate(certificate);
  } catch (cause) {
    throw new PkiError('certificate_unreadable', 'not a certificate', { cause });
  }
}
