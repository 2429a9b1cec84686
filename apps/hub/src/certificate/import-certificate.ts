import { join } from 'node:path';
import { encryptPrivateKey } from '@tolem/pki';
import type { CertificateFiles } from '../config/hub-config.ts';
import { HubError } from '../hub-error.ts';
import { PUBLIC_MODE, SECRET_MODE, writeWholeFile } from '../identity/secret-file.ts';
import { importedFiles } from './bank-certificate.ts';
import { type ClientCredentials, faultOf, readClientCredentials, readPassphrase } from './client-credentials.ts';

export interface ImportOptions {
  dataDir: string;
  files: CertificateFiles;
  /** The bank's CA certificates; the chain must end there. */
  trustedPem: string[];
  atMs: number;
  /** For a passphrase where the given key has none: what we keep is always encrypted. */
  randomBytes(count: number): Uint8Array;
  /** Takes a certificate whose issuer is not among the bank's CA; everything else is still checked. */
  anyIssuer?: boolean;
}

/**
 * Checks a certificate with its key and stores both as PEM, the key encrypted with AES-256, whatever they came in.
 * Throws `certificate_unusable` (unreadable, wrong passphrase) or `certificate_untrusted`, which names the fault.
 */
export function importCertificate(options: ImportOptions): ClientCredentials {
  const { files, trustedPem, atMs } = options;
  const credentials = readClientCredentials(files);
  const fault = faultOf(credentials, { trustedPem, atMs, anyIssuer: options.anyIssuer ?? false });
  if (fault) throw new HubError('certificate_untrusted', `not imported, ${fault.problem}: ${fault.detail}`);
  const given = files.passphraseFile === undefined ? '' : readPassphrase(files.passphraseFile);
  const passphrase = given === '' ? Buffer.from(options.randomBytes(24)).toString('base64url') : given;
  const kept = importedFiles(options.dataDir);
  // The certificate last: while it is absent the others count for nothing.
  writeWholeFile(kept.passphraseFile, `${passphrase}\n`, SECRET_MODE);
  writeWholeFile(kept.key, encryptPrivateKey(credentials.privateKeyPem, passphrase), SECRET_MODE);
  writeWholeFile(kept.cert, [credentials.certificatePem, ...credentials.chainPem].join('\n'), PUBLIC_MODE);
  return credentials;
}

/** Where the import of a data folder lies, for people. */
export function importedFolder(dataDir: string): string {
  return join(dataDir, 'kaspi');
}
