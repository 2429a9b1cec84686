import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Context } from '@tolem/base';
import type { SimPki } from '../certificates/sim-pki.ts';
import { closeListener, listenOn, parseListen } from '../listening.ts';
import type { RecordedAnswer, RecordedPeer, RecordedRequest } from './recording-file.ts';

/** What a recorder or a replay does with a call: gives its answer, or `cut`. */
export type PeerHandler = (peer: RecordedPeer, request: RecordedRequest, raw: RawRequest) => Promise<PlainAnswer>;
export type PlainAnswer = { status: number; contentType: string; body: Uint8Array | string } | { cut: true };

/** The call as it came, to be passed on. */
export interface RawRequest {
  target: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface PeerServers {
  /** Peer → address as bound. */
  addresses: Record<string, string>;
  stop(): Promise<void>;
}

/** The largest request of any of these APIs is below 1 KB. */
const MAX_BODY_BYTES = 65_536;
const AUTHORISING = ['api-key', 'accesstoken'];

/**
 * Listens for every peer: the first on `listen`, the others on the ports after it (each on a free one where it is 0), by the
 * simulator's own certificates. Throws `address_in_use`.
 */
export async function listenForPeers(options: {
  peers: readonly RecordedPeer[];
  listen: string;
  pki: SimPki;
  context: Context;
  handle: PeerHandler;
}): Promise<PeerServers> {
  const { peers, pki, context, handle } = options;
  const { host, port } = parseListen(options.listen);
  const servers: Server[] = [];
  const addresses: Record<string, string> = {};
  const stop = async () => {
    await Promise.all(servers.splice(0).map(closeListener));
  };
  try {
    for (const [index, peer] of peers.entries()) {
      const server = createPeerServer(peer, pki, (request, response) => {
        serve(peer, handle, request, response).catch((error: unknown) => {
          context.log.error({ error, peer: peer.name }, 'a recorded call failed');
          response.destroy();
        });
      });
      servers.push(server);
      addresses[peer.name] = await listenOn(
        server,
        `${host}:${port === 0 ? 0 : port + index}`,
        `--listen, ${peer.name}`,
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { addresses, stop };
}

function createPeerServer(peer: RecordedPeer, pki: SimPki, listener: RequestListener): Server {
  if (peer.tls === 'none') return createHttpServer(listener);
  const { keyPem, certificatePem } = peer.tls === 'bank' ? pki.server : pki.terminal;
  return createHttpsServer({ key: keyPem, cert: certificatePem, minVersion: 'TLSv1.2' }, listener);
}

async function serve(
  peer: RecordedPeer,
  handle: PeerHandler,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === undefined) return void response.destroy();
  const target = incoming.url ?? '/';
  const url = new URL(target, 'https://peer.invalid');
  const request: RecordedRequest = {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(
      AUTHORISING.flatMap((name) => {
        const value = incoming.headers[name];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    ),
    body: body.toString('utf8'),
  };
  const answer = await handle(peer, request, { target, headers: incoming.headers, body });
  if ('cut' in answer) return void response.socket?.destroy();
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
  });
  response.end(answer.body);
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function plainAnswer(answer: RecordedAnswer): PlainAnswer {
  if ('cut' in answer) return { cut: true };
  const { status, contentType, body } = answer;
  return { status, contentType, body };
}
