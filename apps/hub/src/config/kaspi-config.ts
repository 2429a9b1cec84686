import { z } from 'zod';

const path = z.string().min(1).max(4096);

const certificate = z.union(
  [
    z.strictObject({ pfx: path, passphraseFile: path }),
    z.strictObject({ cert: path, key: path, passphraseFile: path.optional() }),
  ],
  { error: 'either {pfx, passphraseFile} or {cert, key, passphraseFile}' },
);

/** How the hub reaches the bank [QR 3.9 §1.2, §1.3]. What a scheme does not have is refused, not ignored. */
export const kaspiSchema = z
  .strictObject({
    scheme: z.union([z.literal(1), z.literal(2), z.literal(3)], { error: 'scheme 1, 2 or 3' }).default(3),
    baseUrl: z.url({ protocol: /^https$/, error: 'an https:// address such as https://host:8545/r3/v01' }),
    statusVersion: z.enum(['v01', 'v02']).default('v02'),
    /** Schemes 2 and 3. May be left out once `tolem-hub cert import` has put one into the data folder. */
    certificate: certificate.optional(),
    /** Scheme 1: a file whose first line is the key that the bank gave. */
    apiKeyFile: path.optional(),
    ca: z.array(path).min(1).max(20),
    /** SHA-256 of the root certificate, hex with or without colons. */
    pins: z
      .array(z.string().regex(/^[0-9a-fA-F]{2}(:?[0-9a-fA-F]{2}){31}$/, 'a SHA-256 in hex'))
      .max(10)
      .default([]),
    connections: z.int().min(1).max(1024).default(64),
  })
  .superRefine((kaspi, context) => {
    const issue = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
    if (kaspi.scheme === 1) {
      if (kaspi.apiKeyFile === undefined) issue('apiKeyFile', "scheme 1 needs a file with the bank's Api-Key");
      if (kaspi.certificate !== undefined) issue('certificate', 'scheme 1 has no client certificate: name apiKeyFile');
    } else if (kaspi.apiKeyFile !== undefined) {
      issue('apiKeyFile', `scheme ${kaspi.scheme} has no Api-Key: name certificate, or set scheme: 1`);
    }
    const ofAddress = /\/r([123])\//.exec(`${kaspi.baseUrl}/`)?.[1];
    if (ofAddress !== undefined && Number(ofAddress) !== kaspi.scheme) {
      issue('baseUrl', `this is an address of scheme ${ofAddress}, but scheme is ${kaspi.scheme}`);
    }
  });

export type KaspiConfig = z.output<typeof kaspiSchema>;
export type CertificateFiles = z.output<typeof certificate>;

/** Every path absolute. */
export function withAbsoluteKaspiPaths(kaspi: KaspiConfig, absolute: (file: string) => string): KaspiConfig {
  const { certificate: files, apiKeyFile, ca } = kaspi;
  return {
    ...kaspi,
    ca: ca.map(absolute),
    ...(files === undefined ? {} : { certificate: certificateFilesAt(files, absolute) }),
    ...(apiKeyFile === undefined ? {} : { apiKeyFile: absolute(apiKeyFile) }),
  };
}

function certificateFilesAt(files: CertificateFiles, absolute: (file: string) => string): CertificateFiles {
  if ('pfx' in files) return { pfx: absolute(files.pfx), passphraseFile: absolute(files.passphraseFile) };
  const { cert, key, passphraseFile } = files;
  const passphrase = passphraseFile === undefined ? {} : { passphraseFile: absolute(passphraseFile) };
  return { cert: absolute(cert), key: absolute(key), ...passphrase };
}
