/**
 * The three schemes of the QR API [QR 3.9 §1.2]: 1 knows its caller by the header `Api-Key` and has no refunds; 2 by a client
 * certificate, refunds with the customer; 3 by a certificate and the caller's address, refunds without the customer, invoices.
 */
export const SCHEMES = [1, 2, 3] as const;
export type Scheme = (typeof SCHEMES)[number];

/** Who calls. Under schemes 1 and 2 the key or certificate belongs to one organisation; under scheme 3 each body names its own. */
export type Caller = { scheme: 1 | 2; organizationBin: string } | { scheme: 3 };

/** Methods that not every scheme has; the others are everywhere. */
const SCHEMES_OF: Readonly<Record<string, readonly Scheme[]>> = {
  'payment/details': [2, 3],
  'payment/return': [2, 3],
  'return/create': [2],
  'return/status': [2],
  'return/operations': [2],
  'remote/client-info': [3],
  'remote/create': [3],
  'remote/cancel': [3],
};

export function isOffered(method: string, scheme: Scheme): boolean {
  return SCHEMES_OF[method]?.includes(scheme) ?? true;
}

/** The document's own ports: 8543, 8544, 8545. */
export function defaultListen(scheme: Scheme): string {
  return `127.0.0.1:${8542 + scheme}`;
}
