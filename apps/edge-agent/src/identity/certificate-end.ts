import { X509Certificate } from 'node:crypto';

/** When the certificate ends, Unix milliseconds; `undefined` where it cannot be read. */
export function certificateEndMs(pem: string): number | undefined {
  try {
    return new X509Certificate(pem).validToDate.getTime();
  } catch {
    return undefined;
  }
}
