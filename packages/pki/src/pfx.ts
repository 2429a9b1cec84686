import { createPrivateKey } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import forge from 'node-forge';
import { openCertificate } from './certificate-facts.ts';
import { keysMatch, openPrivateKey } from './key-pair.ts';
import { derivationRounds } from './pfx-rounds.ts';
import { PkiError } from './pki-error.ts';

/** What a PKCS#12 file holds, decrypted: never log it. */
export interface PfxContent {
  privateKeyPem: string;
  certificatePem: string;
  /** The other certificates of the file. */
  chainPem: string[];
}

/**
 * `modern` opens in this runtime's TLS as it is; `legacy` opens only by re-packing (RC2-40 or 3DES inside, which OpenSSL 3
 * refuses with a misleading message); the other two say why it can't be used.
 */
export type PfxKind = 'modern' | 'legacy' | 'wrong_passphrase' | 'not_a_pfx';

/** Iterations of the key derivation: PBKDF2 is native, the file's own MAC runs in JavaScript at about 5 µs a round. */
const ITERATIONS = 10_000;
/** A client's PFX is 3–8 KB; whatever is larger than this is not one. */
const MAX_PFX_BYTES = 1_000_000;
/** Others write 2,000 to 1,000,000. A number that was damaged, or made to, would stop the whole program for hours. */
const ROUNDS_MAX = 2_000_000;
const OIDS = forge.pki.oids as Record<string, string>;

/** Writes a PFX encrypted with AES-256. Takes RSA keys and ASCII passphrases; throws `key_unsupported`, `passphrase_unsupported`. */
export function writePfx(content: PfxContent, passphrase: string): Uint8Array {
  if (!/^[\x20-\x7e]+$/.test(passphrase)) {
    throw new PkiError('passphrase_unsupported', "a PFX's passphrase must be printable ASCII and not empty");
  }
  const key = openPrivateKey(content.privateKeyPem);
  if (key.asymmetricKeyType !== 'rsa') throw new PkiError('key_unsupported', 'a PFX is written for RSA keys only');
  const structure = forge.pkcs12.toPkcs12Asn1(
    forge.pki.privateKeyFromPem(key.export({ type: 'pkcs1', format: 'pem' }).toString()),
    [content.certificatePem, ...content.chainPem].map((pem) => rsaCertificate(pem)),
    passphrase,
    { algorithm: 'aes256', count: ITERATIONS, saltSize: 16 },
  );
  return Buffer.from(forge.asn1.toDer(structure).getBytes(), 'binary');
}

/** Opens any PFX, also those that OpenSSL 3 refuses. Throws `passphrase_wrong`, `pfx_unreadable`. */
export function openPfx(bytes: Uint8Array, passphrase: string): PfxContent {
  const bags = decode(bytes, passphrase);
  try {
    return contentOf(bags);
  } catch (cause) {
    if (cause instanceof PkiError) throw cause;
    throw new PkiError('pfx_unreadable', 'the PFX holds a damaged key or certificate', { cause });
  }
}

function contentOf(bags: (bagType: string | undefined) => Buffer[]): PfxContent {
  const keys = [...bags(OIDS.pkcs8ShroudedKeyBag), ...bags(OIDS.keyBag)];
  const [first] = keys;
  if (!first) throw new PkiError('pfx_unreadable', 'the PFX holds no private key');
  const privateKeyPem = toPrivateKeyPem(first);
  const certificates = bags(OIDS.certBag).map((der) => openCertificate(der));
  const own = certificates.find((certificate) =>
    keysMatch(privateKeyPem, certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString()),
  );
  if (!own) throw new PkiError('pfx_unreadable', 'the PFX holds no certificate for its private key');
  const chainPem = certificates
    .filter((certificate) => certificate !== own)
    .map((certificate) => certificate.toString());
  return { privateKeyPem, certificatePem: own.toString(), chainPem };
}

/** Tells whether a PFX can be used, never throwing. */
export function detectPfx(bytes: Uint8Array, passphrase: string): PfxKind {
  if (!looksLikePfx(bytes)) return 'not_a_pfx';
  try {
    createSecureContext({ pfx: Buffer.from(bytes), passphrase });
    return 'modern';
  } catch {
    // The runtime names the old ciphers and a wrong passphrase alike badly: the second reader decides.
  }
  try {
    openPfx(bytes, passphrase);
    return 'legacy';
  } catch (error) {
    return error instanceof PkiError && error.code === 'passphrase_wrong' ? 'wrong_passphrase' : 'not_a_pfx';
  }
}

/** Gives the same key and certificates in a PFX that every current TLS library opens. */
export function repackPfx(bytes: Uint8Array, passphrase: string, newPassphrase = passphrase): Uint8Array {
  return writePfx(openPfx(bytes, passphrase), newPassphrase);
}

function rsaCertificate(pem: string): forge.pki.Certificate {
  try {
    return forge.pki.certificateFromPem(pem);
  } catch (cause) {
    throw new PkiError('key_unsupported', 'a PFX is written for certificates with RSA keys only', { cause });
  }
}

function looksLikePfx(bytes: Uint8Array): boolean {
  try {
    return parse(bytes) !== undefined;
  } catch {
    return false;
  }
}

/** A PFX is `SEQUENCE { INTEGER 3, SEQUENCE authSafe, … }` [RFC 7292 §4]. */
function parse(bytes: Uint8Array): forge.asn1.Asn1 {
  if (bytes.length > MAX_PFX_BYTES) throw new PkiError('pfx_unreadable', 'too large for a PFX');
  let structure: forge.asn1.Asn1;
  try {
    structure = forge.asn1.fromDer(Buffer.from(bytes).toString('binary'));
  } catch (cause) {
    throw new PkiError('pfx_unreadable', 'not a PKCS#12 file', { cause });
  }
  const [version] = Array.isArray(structure.value) ? structure.value : [];
  const isVersion3 = typeof version === 'object' && version.value === '\x03' && structure.value.length >= 2;
  if (!isVersion3) throw new PkiError('pfx_unreadable', 'not a PKCS#12 file');
  if (derivationRounds(structure) > ROUNDS_MAX) throw new PkiError('pfx_unreadable', 'opening it would take hours');
  return structure;
}

/** The DER of every bag of a type, decrypted. */
function decode(bytes: Uint8Array, passphrase: string): (bagType: string | undefined) => Buffer[] {
  const structure = parse(bytes);
  let pfx: forge.pkcs12.Pkcs12Pfx;
  try {
    pfx = forge.pkcs12.pkcs12FromAsn1(structure, false, passphrase);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : '';
    if (/MAC|password|decrypt/i.test(message)) {
      throw new PkiError('passphrase_wrong', 'the passphrase does not open the PFX', { cause });
    }
    throw new PkiError('pfx_unreadable', 'the PFX is damaged or of an unknown kind', { cause });
  }
  return (bagType = '') => (pfx.getBags({ bagType })[bagType] ?? []).map(bagDer);
}

/** A bag of a kind that forge can't interpret (an EC key) keeps its ASN.1; one that it can has been taken apart. */
function bagDer(bag: forge.pkcs12.Bag): Buffer {
  const structure =
    bag.asn1 ??
    (bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.key ? forge.pki.privateKeyToAsn1(bag.key) : undefined);
  if (!structure) throw new PkiError('pfx_unreadable', 'the PFX holds an empty bag');
  return Buffer.from(forge.asn1.toDer(structure).getBytes(), 'binary');
}

function toPrivateKeyPem(der: Buffer): string {
  for (const type of ['pkcs8', 'pkcs1'] as const) {
    try {
      return createPrivateKey({ key: der, format: 'der', type }).export({ type: 'pkcs8', format: 'pem' }).toString();
    } catch {
      // The other encoding is tried next.
    }
  }
  throw new PkiError('pfx_unreadable', "the PFX's private key can't be read");
}
