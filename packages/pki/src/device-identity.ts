import type { CertificateFacts } from './certificate-facts.ts';
import { PkiError } from './pki-error.ts';

/** Who a device certificate says it is: its SAN URI is `tolem://<chain>/<agentId>`, its CN `<agentId>`. */
export interface DeviceIdentity {
  chain: string;
  agentId: string;
}

/** Both parts appear in MQTT topics and URIs: no slash, wildcard, space or upper case. A CN holds 64 characters at most. */
const PART = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const URI = /^tolem:\/\/([^/]+)\/([^/]+)$/;

/** Throws `identity_invalid` for parts outside `[a-z0-9._-]`, 1–63 characters. */
export function deviceIdentityUri(chain: string, agentId: string): string {
  if (!PART.test(chain) || !PART.test(agentId)) {
    throw new PkiError('identity_invalid', 'chain and agent id are 1–63 characters of a–z, 0–9, ".", "_" and "-"', {
      ids: { chain, agentId },
    });
  }
  return `tolem://${chain}/${agentId}`;
}

export function parseDeviceIdentityUri(uri: string): DeviceIdentity | undefined {
  const match = URI.exec(uri);
  const [, chain = '', agentId = ''] = match ?? [];
  return PART.test(chain) && PART.test(agentId) ? { chain, agentId } : undefined;
}

/**
 * Who holds this certificate. Throws `identity_invalid` without exactly one `tolem://` URI and `identity_mismatch`
 * where the CN names another agent: our own code goes by the URI, external brokers by the CN, so they must agree.
 */
export function identityOf(facts: Pick<CertificateFacts, 'names' | 'subject'>): DeviceIdentity {
  const uris = facts.names.uris.filter((uri) => uri.startsWith('tolem:'));
  const identity = uris.length === 1 ? parseDeviceIdentityUri(uris[0] ?? '') : undefined;
  if (!identity) throw new PkiError('identity_invalid', 'the certificate does not name one agent by its SAN URI');
  if (facts.subject.commonName !== identity.agentId) {
    throw new PkiError('identity_mismatch', 'the common name and the SAN URI name different agents', {
      ids: { commonName: facts.subject.commonName, agentId: identity.agentId },
    });
  }
  return identity;
}
