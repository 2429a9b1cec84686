import { isIP } from 'node:net';

/** Where a door listens: a literal IP address (or `localhost`) and a port; port 0 takes any free one. */
export interface ListenAddress {
  host: string;
  port: number;
}

const PATTERN = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/;

/** Reads `127.0.0.1:8088`, `localhost:8088` or `[::1]:8088`; undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, ipv6, name, digits = ''] = PATTERN.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = Number(digits);
  return host !== undefined && port <= 65_535 ? { host, port } : undefined;
}

/** An IP address, or a network with the number of its leading bits. */
export function isAddressOrNet(text: string): boolean {
  const [net = '', bits, ...more] = text.split('/');
  const width = isIP(net) === 6 ? 128 : isIP(net) === 4 ? 32 : -1;
  if (width < 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= width);
}

/** Only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
