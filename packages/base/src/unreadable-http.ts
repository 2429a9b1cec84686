import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Why the reader of HTTP gave up before there was a request: no HTTP, a head above 16 KB, or a request that never ended. */
export type UnreadableReason = 'http_invalid' | 'headers_too_large' | 'request_too_slow';

export interface UnreadableAnswer {
  status: number;
  contentType: string;
  body: string;
}

/**
 * Answers what is no HTTP in the door's own words. While an earlier request of the same connection is being answered it only
 * hangs up: the client would take the words for the answer to that request, which may have moved money.
 */
export function answerUnreadable(server: Server, answer: (reason: UnreadableReason) => UnreadableAnswer): void {
  const underWay = new WeakMap<Duplex, number>();
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    response.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
  });
  server.removeAllListeners('clientError');
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || error.code === 'ECONNRESET' || (underWay.get(socket) ?? 0) > 0) {
      socket.destroy();
      return;
    }
    const { status, contentType, body } = answer(reasonOf(error.code));
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      `Content-Type: ${contentType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  });
}

function reasonOf(code: string | undefined): UnreadableReason {
  if (code === 'HPE_HEADER_OVERFLOW' || code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 'headers_too_large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_too_slow' : 'http_invalid';
}
