import {
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
} from './x509.ts';

/** What a key may be used for [RFC 5280 §4.2.1.3]. */
export type KeyUse =
  | 'digitalSignature'
  | 'nonRepudiation'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign';

/** Extended key usage: which end of a TLS connection. */
export type Purpose = 'client' | 'server';

export interface AlternativeNames {
  dns?: string[];
  ips?: string[];
  uris?: string[];
}

const KEY_USE_FLAGS: Record<KeyUse, number> = {
  digitalSignature: 1,
  nonRepudiation: 2,
  keyEncipherment: 4,
  dataEncipherment: 8,
  keyAgreement: 16,
  keyCertSign: 32,
  cRLSign: 64,
};

const PURPOSE_OIDS: Record<Purpose, string> = { client: '1.3.6.1.5.5.7.3.2', server: '1.3.6.1.5.5.7.3.1' };

export function keyUsesOf(flags: number): KeyUse[] {
  return (Object.keys(KEY_USE_FLAGS) as KeyUse[]).filter((use) => (flags & KEY_USE_FLAGS[use]) !== 0);
}

export function purposesOf(oids: readonly unknown[]): Purpose[] {
  return (Object.keys(PURPOSE_OIDS) as Purpose[]).filter((purpose) => oids.includes(PURPOSE_OIDS[purpose]));
}

/** The extensions that a request and a certificate share; empty lists add nothing. */
export function usageExtensions(uses: KeyUse[], purposes: Purpose[], names: AlternativeNames): Extension[] {
  const extensions: Extension[] = [];
  if (uses.length > 0) {
    const flags = uses.reduce((sum, use) => sum | KEY_USE_FLAGS[use], 0);
    extensions.push(new KeyUsagesExtension(flags, true));
  }
  if (purposes.length > 0) {
    extensions.push(new ExtendedKeyUsageExtension(purposes.map((purpose) => PURPOSE_OIDS[purpose])));
  }
  const general = [
    ...(names.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(names.ips ?? []).map((value) => ({ type: 'ip' as const, value })),
    ...(names.uris ?? []).map((value) => ({ type: 'url' as const, value })),
  ];
  if (general.length > 0) extensions.push(new SubjectAlternativeNameExtension(general));
  return extensions;
}
