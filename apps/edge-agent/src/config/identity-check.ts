import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** What a bundle says of one identity; dates are not looked at, the hub does that. */
export interface Identity {
  chain: string;
  agentId: string;
  ca: string;
  certificate: string;
  key: string;
}

/** Why these cannot be one identity: damaged, or put together of several bundles. Undefined where they can. */
export function identityFault({ chain, agentId, ca, certificate, key }: Identity): string | undefined {
  const authority = readCertificate(ca);
  // It signs itself: a byte that was changed shows.
  if (!authority || !isSignedBy(authority, authority)) return 'ca: the certificate of the hub’s authority is damaged';
  const own = readCertificate(certificate);
  if (!own) return 'certificate: the agent’s certificate is damaged';
  if (!own.checkIssued(authority) || !isSignedBy(own, authority)) {
    return 'certificate: this authority did not issue it, or it is damaged';
  }
  const privateKey = readKey(key);
  if (!privateKey) return 'key: the agent’s private key is damaged';
  if (!own.checkPrivateKey(privateKey)) return 'key: it does not belong to the certificate';
  const uri = `tolem://${chain}/${agentId}`;
  const names = own.subjectAltName?.split(', ') ?? [];
  return names.includes(`URI:${uri}`) ? undefined : `certificate: it does not name ${uri}`;
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** A public key that is damaged is only found when it is used. */
function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.verify(authority.publicKey);
  } catch {
    return false;
  }
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
