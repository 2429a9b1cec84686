import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemClock, createVirtualClock } from '@tolem/base';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openWebhookSender } from './open-webhook-sender.ts';
import { signatureOf } from './signature.ts';

const SECRET = 'a-secret-of-the-shop-0123456789abcdef';
const folder = mkdtempSync(join(tmpdir(), 'tolem-webhook-'));
const secretFile = join(folder, 'secret');
const context = { clock: createSystemClock(), log: createSilentLog() };
const sender = openWebhookSender({ context, secretFileOf: () => secretFile });
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const arrived: Array<{ headers: IncomingMessage['headers']; body: string; path: string }> = [];
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString('utf8');
  arrived.push({ headers: request.headers, body, path: request.url ?? '' });
  answer(request, response);
});
const sockets = new Set<Socket>();
const rude = createTcpServer((socket) => {
  sockets.add(socket);
  socket.on('error', () => {});
  socket.once('data', () => socket.end('HAVE A NICE DAY\r\n\r\n'));
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  rude.listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(rude, 'listening')]);
});
afterAll(() => {
  sender.close();
  server.closeAllConnections();
  server.close();
  for (const socket of sockets) socket.destroy();
  rude.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  writeFileSync(secretFile, `${SECRET}\n`);
  arrived.length = 0;
  answer = (_request, response) => response.writeHead(204).end();
});

const urlOf = (one: typeof rude, path = '/tolem?x=1') =>
  `http://127.0.0.1:${(one.address() as AddressInfo).port}${path}`;
const post = (url: string, from = sender) =>
  from.send({ endpointId: 'shop', url, eventId: 'e1', type: 'payment.paid', attempt: 3, body: '{"text":"чек"}' });

it('posts the body as it is, signed, with the event’s id, type and the number of the attempt', async () => {
  expect(await post(urlOf(server))).toEqual({ isTaken: true, answer: '204' });
  const { headers, body, path } = arrived[0] ?? {};
  expect([body, path]).toEqual(['{"text":"чек"}', '/tolem?x=1']);
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'tolem-event-id': 'e1',
    'tolem-event-type': 'payment.paid',
    'tolem-attempt': '3',
  });
  const signature = String(headers?.['tolem-signature']);
  expect(signature).toBe(signatureOf('{"text":"чек"}', Number(/t=(\d+)/.exec(signature)?.[1]), [SECRET]));
});

it('signs with a changed secret at once, and sends nothing without a usable one', async () => {
  writeFileSync(secretFile, `${SECRET}-new\n${SECRET}\n`);
  await post(urlOf(server));
  expect(String(arrived[0]?.headers['tolem-signature']).split('v1=')).toHaveLength(3);
  writeFileSync(secretFile, 'short\n');
  expect(await post(urlOf(server))).toEqual({ isTaken: false, answer: 'secret_unusable' });
  rmSync(secretFile);
  expect(await post(urlOf(server))).toEqual({ isTaken: false, answer: 'secret_unusable' });
  expect(arrived).toHaveLength(1);
});

it('takes nothing but 2xx for an answer, and follows no redirect', async () => {
  for (const status of [200, 201, 299]) {
    answer = (_request, response) => response.writeHead(status).end('ok');
    expect(await post(urlOf(server))).toEqual({ isTaken: true, answer: String(status) });
  }
  for (const status of [301, 302, 307, 400, 401, 404, 410, 429, 500, 503]) {
    answer = (_request, response) => response.writeHead(status, { location: urlOf(server, '/elsewhere') }).end();
    expect(await post(urlOf(server))).toEqual({ isTaken: false, answer: String(status) });
  }
  expect(arrived.map((one) => one.path)).not.toContain('/elsewhere');
});

it('names what is wrong with a peer that refuses, drops, or speaks something else', async () => {
  expect(await post(urlOf(rude))).toEqual({ isTaken: false, answer: 'not_http' });
  answer = (request) => request.socket.destroy();
  expect(await post(urlOf(server))).toEqual({ isTaken: false, answer: 'connection_lost' });
  expect(await post('http://127.0.0.1:9/')).toEqual({ isTaken: false, answer: 'refused' });
  expect(await post(urlOf(server).replace('http:', 'https:'))).toMatchObject({ isTaken: false });
});

it('gives up an answer that never comes, and does not read a body without end', async () => {
  const clock = createVirtualClock();
  const patient = openWebhookSender({ context: { ...context, clock }, secretFileOf: () => secretFile });
  const asked = new Promise<void>((resolve) => {
    answer = () => resolve();
  });
  const hanging = post(urlOf(server), patient);
  await asked;
  await clock.advance(10_000);
  expect(await hanging).toEqual({ isTaken: false, answer: 'timeout' });
  patient.close();

  const isCut = new Promise<void>((resolve) => {
    answer = (_request, response) => {
      response.writeHead(200);
      const more = () => void response.write('x'.repeat(65_536));
      response.on('drain', more);
      response.on('close', resolve);
      more();
      more();
    };
  });
  expect(await post(urlOf(server))).toEqual({ isTaken: true, answer: '200' });
  await isCut;
});
