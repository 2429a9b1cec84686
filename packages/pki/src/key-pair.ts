import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  type webcrypto,
} from 'node:crypto';
import { promisify } from 'node:util';
import { PkiError } from './pki-error.ts';

/** `p256` for our own devices and authorities; `rsa2048` for the bank's client certificate [QR 3.9, annex 2]. */
export type KeyAlgorithm = 'p256' | 'rsa2048';

export interface KeyPair {
  /** PKCS#8 PEM, not encrypted. */
  privateKeyPem: string;
  /** SubjectPublicKeyInfo PEM. */
  publicKeyPem: string;
}

/** WebCrypto's names of what our keys sign with. */
export type SigningAlgorithm =
  | { name: 'ECDSA'; namedCurve: 'P-256'; hash: 'SHA-256' }
  | { name: 'RSASSA-PKCS1-v1_5'; hash: 'SHA-256' };

const generate = promisify(generateKeyPair);

export async function makeKeyPair(algorithm: KeyAlgorithm): Promise<KeyPair> {
  const { publicKey, privateKey } =
    algorithm === 'p256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: 2048, publicExponent: 0x10001 });
  return { privateKeyPem: exportPrivate(privateKey), publicKeyPem: exportPublic(publicKey) };
}

/** Writes a private key as an encrypted PKCS#8 PEM (AES-256-CBC, PBKDF2). Throws `key_unreadable`. */
export function encryptPrivateKey(privateKeyPem: string, passphrase: string): string {
  if (passphrase === '') throw new PkiError('passphrase_missing', 'an encrypted private key needs a passphrase');
  const key = openPrivateKey(privateKeyPem);
  return key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
}

/**
 * Reads a private key in PEM, encrypted or not, and gives it back as plain PKCS#8 PEM.
 * Throws `passphrase_missing`, `passphrase_wrong`, `key_unreadable`.
 */
export function decryptPrivateKey(pem: string, passphrase?: string): string {
  return exportPrivate(openPrivateKey(pem, passphrase));
}

/** The public half of a private key, as SubjectPublicKeyInfo PEM. */
export function publicKeyOf(privateKeyPem: string): string {
  return exportPublic(createPublicKey(openPrivateKey(privateKeyPem)));
}

/** SHA-256 of the DER SubjectPublicKeyInfo, lower-case hex: names a key across certificates. */
export function spkiSha256(publicKeyPem: string): string {
  return createHash('sha256')
    .update(openPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** True where both PEMs belong to one key. */
export function keysMatch(privateKeyPem: string, publicKeyPem: string): boolean {
  return spkiSha256(publicKeyOf(privateKeyPem)) === spkiSha256(publicKeyPem);
}

export function openPrivateKey(pem: string, passphrase?: string): KeyObject {
  const isEncrypted = pem.includes('ENCRYPTED');
  if (isEncrypted && (passphrase === undefined || passphrase === '')) {
    throw new PkiError('passphrase_missing', 'the private key is encrypted and no passphrase was given');
  }
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch (cause) {
    if (isEncrypted) throw new PkiError('passphrase_wrong', 'the passphrase does not open the private key', { cause });
    throw new PkiError('key_unreadable', 'not a private key in PEM', { cause });
  }
}

function openPublicKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new PkiError('key_unreadable', 'not a public key in PEM', { cause });
  }
}

/** The WebCrypto pair that `@peculiar/x509` signs with. Throws `key_unsupported` for keys other than P-256 and RSA. */
export function toSigningKeys(privateKeyPem: string): { keys: webcrypto.CryptoKeyPair; algorithm: SigningAlgorithm } {
  const key = openPrivateKey(privateKeyPem);
  const algorithm = signingAlgorithmOf(key);
  const keys = {
    privateKey: key.toCryptoKey(algorithm, true, ['sign']),
    publicKey: createPublicKey(key).toCryptoKey(algorithm, true, ['verify']),
  };
  return { keys, algorithm };
}

function signingAlgorithmOf(key: KeyObject): SigningAlgorithm {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') {
    return { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  }
  throw new PkiError(
    'key_unsupported',
    `a key of type ${key.asymmetricKeyType} can't sign here: P-256 or RSA is needed`,
  );
}

function exportPrivate(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function exportPublic(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}
