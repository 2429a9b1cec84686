import type { AddressInfo, Server } from 'node:net';
import { SimError } from './sim-error.ts';

export interface ListenAddress {
  host: string;
  port: number;
}

/** Reads `127.0.0.1:8545`; a bare port means loopback. */
export function parseListen(listen: string): ListenAddress {
  const at = listen.lastIndexOf(':');
  return {
    host: at <= 0 ? '127.0.0.1' : listen.slice(0, at).replace(/^\[|\]$/g, ''),
    port: Number(listen.slice(at + 1)),
  };
}

/** Listens and gives the address with the port that was got. Throws `address_in_use`. */
export async function listenOn(server: Server, listen: string, key: string): Promise<string> {
  const { host, port } = parseListen(listen);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(explainListen(cause, listen, key)));
    server.listen({ host, port }, resolve);
  });
  const address = server.address() as AddressInfo;
  return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

export function explainListen(cause: unknown, listen: string, key: string): SimError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const why =
    code === 'EADDRINUSE'
      ? 'another program listens there; stop it, or give another address here (port 0 takes a free one)'
      : code;
  return new SimError('address_in_use', `can't listen on ${listen} (${key}): ${why}`, { cause });
}

/** Stops listening and ends every connection, also those that hang. */
export async function closeListener(server: Server & { closeAllConnections?(): void }): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections?.();
  });
}
