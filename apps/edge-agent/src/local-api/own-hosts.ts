import { networkInterfaces } from 'node:os';
import { isLoopback } from '../config/listen-address.ts';

/** How the listener is called besides localhost: its address, or for a wildcard every address of this machine. */
export function hostsOf(host: string): string[] {
  const literal = (address: string) => (address.includes(':') ? `[${address.toLowerCase()}]` : address.toLowerCase());
  if (isLoopback(host) || !['0.0.0.0', '::'].includes(host)) return [literal(host)];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.map(({ address }) => literal(address));
}
