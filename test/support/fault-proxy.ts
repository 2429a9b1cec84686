import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A wire that can be cut: carries TCP connections to a target until told otherwise. */
export interface FaultProxy {
  readonly address: string;
  readonly port: number;
  /** Cuts every connection and refuses new ones. */
  cut(): void;
  /** Keeps connections but lets nothing through, as a dead router does. */
  freeze(): void;
  heal(): void;
  /** Points the wire elsewhere, for a program that came back on another port. */
  retarget(target: string): void;
  close(): Promise<void>;
}

export async function createFaultProxy(target: string): Promise<FaultProxy> {
  let state: 'open' | 'cut' | 'frozen' = 'open';
  let [host = '127.0.0.1', port = '0'] = target.split(':');
  const sockets = new Set<Socket>();
  const hold = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (state === 'frozen') socket.pause();
  };
  // What was written together is passed on at once: a proxy that waits for acknowledgements would make every call 40 ms longer.
  const server: Server = createServer({ noDelay: true }, (inbound) => {
    if (state === 'cut') {
      inbound.destroy();
      return;
    }
    const outbound = connect({ port: Number(port), host, noDelay: true });
    hold(inbound);
    hold(outbound);
    inbound.on('close', () => outbound.destroy());
    outbound.on('close', () => inbound.destroy());
    inbound.on('data', (chunk) => outbound.write(chunk));
    outbound.on('data', (chunk) => inbound.write(chunk));
    if (state === 'frozen') for (const socket of [inbound, outbound]) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the proxy has no port');
  return {
    address: `127.0.0.1:${bound.port}`,
    port: bound.port,
    cut() {
      state = 'cut';
      for (const socket of sockets) socket.destroy();
    },
    freeze() {
      state = 'frozen';
      for (const socket of sockets) socket.pause();
    },
    heal() {
      state = 'open';
      for (const socket of sockets) socket.resume();
    },
    retarget(next) {
      [host = '127.0.0.1', port = '0'] = next.split(':');
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
