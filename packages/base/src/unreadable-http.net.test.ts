import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { answerUnreadable } from './unreadable-http.ts';

let server: Server;
let finish: (() => void) | undefined;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function open(requestTimeout = 10_000): Promise<void> {
  server = createServer(
    { requestTimeout, headersTimeout: requestTimeout, connectionsCheckingInterval: 20 },
    (_, response) => {
      finish = () => response.end('done');
    },
  );
  answerUnreadable(server, (reason) => ({ status: 400, contentType: 'text/x', body: `${reason} ₸` }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function knock(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    socket.write(text);
  });
}

it.each([
  ['no HTTP', '\u0001\u0002\r\n\r\n', 'http_invalid'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 'http_invalid'],
  ['a head without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 'headers_too_large'],
])('answers %s in the words of the door and hangs up', async (_, text, reason) => {
  await open();
  expect(await knock(text)).toMatch(
    new RegExp(
      `^HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/x\r\nContent-Length: \\d+\r\n\r\n${reason} ₸$`,
    ),
  );
});

it('tells a slow client that it was too slow', async () => {
  await open(50);
  expect(await knock('GET / HTTP/1.1\r\nHost: a\r\nX: ')).toContain('request_too_slow');
});

it('hangs up without a word while an earlier request is answered: its client would take the words for that answer', async () => {
  await open();
  expect(await knock('GET / HTTP/1.1\r\nHost: a\r\n\r\n\u0001\u0002\r\n\r\n')).toBe('');
  expect(finish).toBeTypeOf('function');
});
