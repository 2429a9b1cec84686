import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsOptions } from '@tolem/kaspi-core';
import type { CertificateFiles, HubConfig } from '../config/hub-config.ts';
import { HubError } from '../hub-error.ts';
import { type ClientCredentials, readCertificates, readClientCredentials, toTlsOptions } from './client-credentials.ts';

/** Where `tolem-hub cert import` puts what it has checked and re-packed. */
export function importedFiles(dataDir: string): { cert: string; key: string; passphraseFile: string } {
  const folder = join(dataDir, 'kaspi');
  return {
    cert: join(folder, 'client.crt'),
    key: join(folder, 'client.key'),
    passphraseFile: join(folder, 'passphrase'),
  };
}

interface CertificateSource {
  origin: 'imported' | 'configured';
  files: CertificateFiles;
}

/** An imported certificate wins over the configured one: importing is what an operator did last and on purpose. */
function certificateSource(config: HubConfig): CertificateSource {
  const imported = importedFiles(config.dataDir);
  if (existsSync(imported.cert)) return { origin: 'imported', files: imported };
  const configured = config.kaspi.certificate;
  if (configured !== undefined) return { origin: 'configured', files: configured };
  throw new HubError(
    'certificate_unusable',
    'no certificate for the bank: name one in kaspi.certificate, or run `tolem-hub cert import`',
  );
}

/** Every file whose change means other credentials. */
export function watchedFiles(config: HubConfig): string[] {
  const imported = importedFiles(config.dataDir);
  const configured = config.kaspi.certificate;
  const files = [...Object.values(imported), ...Object.values(configured ?? {}), ...config.kaspi.ca];
  return files.filter((file): file is string => file !== undefined);
}

export interface BankCertificate {
  origin: CertificateSource['origin'];
  credentials: ClientCredentials;
  trustedPem: string[];
  tls: TlsOptions;
}

/** Reads everything that a connection to the bank needs. Throws `certificate_unusable`, `file_unreadable`. */
export function readBankCertificate(config: HubConfig): BankCertificate {
  const { origin, files } = certificateSource(config);
  const credentials = readClientCredentials(files);
  const trustedPem = config.kaspi.ca.flatMap((file) => readCertificates(file));
  return {
    origin,
    credentials,
    trustedPem,
    tls: toTlsOptions(credentials, { ca: trustedPem, pins: config.kaspi.pins }),
  };
}
