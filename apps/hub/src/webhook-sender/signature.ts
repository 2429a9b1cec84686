import { createHmac } from 'node:crypto';

/** The header that proves who sent a body and when: `t=<Unix seconds>,v1=<hex>`, with a `v1` for every valid secret. */
export const SIGNATURE_HEADER = 'tolem-signature';

/**
 * HMAC-SHA256, keyed with the secret's UTF-8 bytes, over `<t>.<body>`: with the moment inside, an old post that somebody
 * has recorded can't be sent again later. While secrets are exchanged there are two, and either is enough.
 */
export function signatureOf(body: string, timestampS: number, secrets: readonly string[]): string {
  const proofs = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${timestampS}.`).update(body, 'utf8').digest('hex'),
  );
  return [`t=${timestampS}`, ...proofs.map((proof) => `v1=${proof}`)].join(',');
}
