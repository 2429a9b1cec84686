import { toSigningKeys } from './key-pair.ts';
import { PkiError } from './pki-error.ts';
import {
  type AlternativeNames,
  type KeyUse,
  keyUsesOf,
  type Purpose,
  purposesOf,
  usageExtensions,
} from './purposes.ts';
import { fromFields, type Subject, toJsonName } from './subject.ts';
import {
  ExtendedKeyUsageExtension,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
} from './x509.ts';

/** The key uses that the bank asks for in a client certificate's request [QR 3.9, annex 2]. */
export const BANK_REQUEST_USES: KeyUse[] = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
];

export interface SigningRequestOptions {
  privateKeyPem: string;
  subject: Subject;
  keyUses?: KeyUse[];
  purposes?: Purpose[];
  names?: AlternativeNames;
}

export interface SigningRequest {
  subject: Subject;
  publicKeyPem: string;
  keyUses: KeyUse[];
  purposes: Purpose[];
}

/** Makes a PKCS#10 request in PEM, signed by the key (proof of possession). */
export async function createSigningRequest(options: SigningRequestOptions): Promise<string> {
  const { keys, algorithm } = toSigningKeys(options.privateKeyPem);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: toJsonName(options.subject),
    keys,
    signingAlgorithm: algorithm,
    extensions: usageExtensions(options.keyUses ?? [], options.purposes ?? [], options.names ?? {}),
  });
  return `${request.toString('pem')}\n`;
}

/** The request for the bank's client certificate: RSA key, the uses of annex 2, purpose client [QR 3.9, annex 2]. */
export function createBankSigningRequest(privateKeyPem: string, subject: Subject): Promise<string> {
  return createSigningRequest({ privateKeyPem, subject, keyUses: BANK_REQUEST_USES, purposes: ['client'] });
}

/** Reads a request and checks its signature. Throws `request_unreadable`, `request_not_signed`. */
export async function readSigningRequest(pem: string): Promise<SigningRequest> {
  let request: Pkcs10CertificateRequest;
  try {
    request = new Pkcs10CertificateRequest(pem);
  } catch (cause) {
    throw new PkiError('request_unreadable', 'not a certificate signing request in PEM', { cause });
  }
  if (!(await isSigned(request))) {
    throw new PkiError('request_not_signed', 'the request is not signed by the key that it asks a certificate for');
  }
  const uses = request.extensions.find((extension) => extension instanceof KeyUsagesExtension);
  const purposes = request.extensions.find((extension) => extension instanceof ExtendedKeyUsageExtension);
  return {
    subject: fromFields((attribute) => request.subjectName.getField(attribute)),
    publicKeyPem: `${request.publicKey.toString('pem')}\n`,
    keyUses: uses ? keyUsesOf(uses.usages) : [],
    purposes: purposes ? purposesOf(purposes.usages) : [],
  };
}

async function isSigned(request: Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    return false;
  }
}
