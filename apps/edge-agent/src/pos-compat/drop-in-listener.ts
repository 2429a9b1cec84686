import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, BlockList, isIP } from 'node:net';
import { AssertionFailure, type Context } from '@tolem/base';
import type { ListenAddress } from '../config/listen-address.ts';
import { isOwnHost } from '../local-api/listener-guard.ts';
import { hostsOf } from '../local-api/own-hosts.ts';
import type { DropInApi } from './drop-in-api.ts';
import type { WireAnswer } from './wire-answer.ts';

/** A request's head is received within this, or cut. */
const RECEIVE_MS = 10_000;
/** How often that is looked at; left to itself, Node looks every half minute. */
const LOOK_EVERY_MS = 2000;
/** Longer than a start waits for the terminal (60 s at most); a silent connection is cut. */
const SILENT_MS = 90_000;
/** A few tills, each with a connection for every poll that it forgets to close. */
const CONNECTIONS_MAX = 100;
/** How long requests that run may still be answered when the door closes. */
const ANSWER_MS = 3000;
/** A path with four short parameters. */
const TARGET_CHARS_MAX = 2000;

export interface DropInListener {
  listen(address: ListenAddress): Promise<ListenAddress>;
  close(): Promise<void>;
}

/**
 * The door for old tills, which cannot carry a token: only the addresses of `allow` may knock, and no request that any page in any
 * browser can send is let in [decisions: local listeners].
 */
export function createDropInListener(parts: {
  api: DropInApi;
  context: Context;
  allow: readonly string[];
  onBug: (error: AssertionFailure) => void;
}): DropInListener {
  const { api, context } = parts;
  const allowed = allowListOf(parts.allow);
  const own = { hosts: [] as string[], port: 80 };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const address = plainAddress(request.socket.remoteAddress);
    const refused = refusedAtTheDoor(request, { own, isAllowed: isListed(allowed, address) });
    if (refused) {
      context.log.warn({ address, refused: refused.body.message }, 'the drop-in LAN API refused a request');
      return send(response, refused);
    }
    try {
      send(response, await api.answer({ target: request.url ?? '', address }));
    } catch (error) {
      // Nobody can say what happened: like a terminal whose answer was lost. The till asks again and gets the same process.
      context.log.error({ error, address }, 'a request of an old till could not be answered');
      response.destroy();
      if (error instanceof AssertionFailure) parts.onBug(error);
    }
  };
  const limits = { headersTimeout: RECEIVE_MS, requestTimeout: RECEIVE_MS, connectionsCheckingInterval: LOOK_EVERY_MS };
  const server = createServer(limits, (request, response) => {
    // Nothing here has a body; whatever comes is let go.
    request.resume();
    void respond(request, response);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.setTimeout(SILENT_MS);
  return {
    async listen(address) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(address.port, address.host, () => {
          server.off('error', reject);
          resolve();
        });
      });
      own.port = (server.address() as AddressInfo).port;
      own.hosts = hostsOf(address.host);
      return { host: address.host, port: own.port };
    },
    async close() {
      api.close();
      if (!server.listening) return;
      const late = context.clock.after(ANSWER_MS, () => server.closeAllConnections());
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
      late.cancel();
    },
  };
}

function send(response: ServerResponse, { status, body, delivered }: WireAnswer): void {
  const text = Buffer.from(JSON.stringify(body), 'utf8');
  if (delivered) response.once('finish', delivered);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': text.length,
    'cache-control': 'no-store',
  });
  response.end(text);
}

function refusedAtTheDoor(
  { method, url = '', headers, httpVersion }: IncomingMessage,
  door: { own: { hosts: string[]; port: number }; isAllowed: boolean },
): WireAnswer | undefined {
  const refuse = (status: number, message: string) => ({ status, body: { message } });
  if (!door.isAllowed) return refuse(403, 'This address is not in posCompat.allow');
  const isFromBrowser = Object.keys(headers).some(
    (name) => name === 'origin' || name === 'referer' || name.startsWith('sec-fetch-'),
  );
  if (isFromBrowser) return refuse(403, 'Requests of browsers are refused');
  const host = headers.host?.toLowerCase();
  // HTTP/1.0 has no Host; a browser, whose Host an attacker could choose, never speaks it.
  const isNamed = host === undefined ? httpVersion === '1.0' : isOwnHost(host, door.own);
  if (!isNamed) return refuse(403, 'The Host header names another machine');
  if (method !== 'GET') return refuse(405, 'Only GET is here');
  if (url.length > TARGET_CHARS_MAX) return refuse(414, 'The request is too long');
  return undefined;
}

/** IPv4 as it is written in the configuration, also where the socket speaks IPv6. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/i, '');
}

function allowListOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [net = '', bits] = entry.split('/');
    const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(net, family);
    else list.addSubnet(net, Number(bits), family);
  }
  return list;
}

function isListed(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
