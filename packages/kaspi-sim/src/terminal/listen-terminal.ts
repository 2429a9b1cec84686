import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { SimError } from '../sim-error.ts';
import type { TerminalSim } from './terminal-sim.ts';

export interface TerminalListener {
  /** `host:port` as bound; the port stays the same while the app is off and on again. */
  readonly address: string;
  /** Resolves when the listener is as the app wants it: after `setAppRunning` and `restart`. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** The certificate of v2 terminals, `*.kaspipos.kz`: PEM texts, the chain after the leaf. */
export interface TerminalTls {
  certificate: string;
  privateKey: string;
}

/** Listens as the terminal does: TLS for v2, plain HTTP for v1, nothing while the app is off. Rejects with `address_in_use`. */
export async function listenTerminal(sim: TerminalSim, tls?: TerminalTls): Promise<TerminalListener> {
  const [host = '127.0.0.1', portText = '0'] = splitAddress(sim.settings.listen);
  const sockets = new Set<Socket>();
  const onRequest: RequestListener = (request, response) => void sim.handle(request, response);
  const make = (): Server => {
    const server = tls
      ? createHttpsServer({ cert: tls.certificate, key: tls.privateKey, minVersion: 'TLSv1.2' }, onRequest)
      : createHttpServer(onRequest);
    const track = (socket: Socket) => {
      if (sim.takesReset()) {
        socket.resetAndDestroy();
        return;
      }
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    };
    server.on('connection', track);
    return server;
  };
  let server: Server | undefined = make();
  await open(server, host, Number(portText));
  const { port } = server.address() as AddressInfo;
  /** One opening or closing after the other. */
  let last: Promise<void> = Promise.resolve();
  const follow = (isListening: boolean): void => {
    for (const socket of sockets) socket.destroy();
    last = last.then(async () => {
      if (!isListening) {
        await close(server);
        server = undefined;
      } else if (!server) {
        server = make();
        await open(server, host, port);
      }
    });
  };
  sim.onCut(follow);
  return {
    address: `${host}:${port}`,
    settled: () => last,
    async stop() {
      follow(false);
      await last;
    },
  };
}

function splitAddress(listen: string): [string, string] {
  const at = listen.lastIndexOf(':');
  return [listen.slice(0, at).replace(/^\[|\]$/g, ''), listen.slice(at + 1)];
}

function open(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new SimError('address_in_use', `a terminal can't listen on ${host}:${port}`, { cause })),
    );
    server.listen(port, host, resolve);
  });
}

function close(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!server) return resolve();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
