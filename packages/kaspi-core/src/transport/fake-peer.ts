import { once } from 'node:events';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** A peer on a real loopback socket that answers byte by byte as a test says; for tests of the transport only. */
export interface FakePeer {
  readonly port: number;
  readonly origin: string;
  /** Whole requests received, in order. */
  readonly requests: ReceivedRequest[];
  readonly connections: () => number;
  close(): Promise<void>;
}

export interface ReceivedRequest {
  verb: string;
  path: string;
  headers: Record<string, string>;
  body: string;
  socket: Socket;
  /** The subject's CN of the client's certificate, where one was sent. */
  clientName?: string;
}

export interface FakePeerOptions {
  answer: (request: ReceivedRequest) => void;
  tls?: { cert: string; key: string; ca?: string; maxVersion?: 'TLSv1.2' | 'TLSv1.1' };
}

export async function startFakePeer(options: FakePeerOptions): Promise<FakePeer> {
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    readRequests(socket, (request) => {
      requests.push(request);
      options.answer(request);
    });
  };
  const server: Server = options.tls
    ? createTlsServer(
        {
          cert: options.tls.cert,
          key: options.tls.key,
          ...(options.tls.maxVersion ? { maxVersion: options.tls.maxVersion, minVersion: 'TLSv1' } : {}),
          ...(options.tls.ca ? { ca: options.tls.ca, requestCert: true, rejectUnauthorized: true } : {}),
        },
        onSocket,
      )
    : createTcpServer(onSocket);
  server.on('connection', () => {
    connections++;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    port,
    origin: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function readRequests(socket: Socket, onRequest: (request: ReceivedRequest) => void): void {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    text += String(chunk);
    for (;;) {
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [first = '', ...lines] = text.slice(0, end).split('\r\n');
      const headers = Object.fromEntries(lines.map((line) => splitHeader(line)));
      const length = Number(headers['content-length'] ?? 0);
      if (text.length < end + 4 + length) return;
      const body = text.slice(end + 4, end + 4 + length);
      text = text.slice(end + 4 + length);
      const [verb = '', path = ''] = first.split(' ');
      const clientName = clientNameOf(socket);
      onRequest({ verb, path, headers, body, socket, ...(clientName ? { clientName } : {}) });
    }
  });
}

function splitHeader(line: string): [string, string] {
  const at = line.indexOf(':');
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
}

function clientNameOf(socket: Socket): string | undefined {
  if (!('getPeerCertificate' in socket) || typeof socket.getPeerCertificate !== 'function') return undefined;
  const certificate: { subject?: { CN?: string } } = socket.getPeerCertificate();
  return certificate.subject?.CN;
}

/** A whole HTTP answer with a JSON body. */
export function answerJson(socket: Socket, body: string, status = '200 OK'): void {
  const length = Buffer.byteLength(body);
  socket.write(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`);
}
