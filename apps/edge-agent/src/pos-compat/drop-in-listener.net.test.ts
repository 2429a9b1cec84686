import { connect } from 'node:net';
import { type AssertionFailure, assert, createSilentLog, createSystemContext } from '@tolem/base';
import { afterEach, expect, test } from 'vitest';
import type { DropInApi } from './drop-in-api.ts';
import { createDropInListener, type DropInListener } from './drop-in-listener.ts';

const bugs: AssertionFailure[] = [];
let listener: DropInListener | undefined;
let port = 0;
let delivered = 0;
const asked: string[] = [];
afterEach(async () => {
  await listener?.close();
  asked.length = 0;
  bugs.length = 0;
  delivered = 0;
});

const open = async (answer?: DropInApi['answer'], allow = ['127.0.0.1']) => {
  listener = createDropInListener({
    context: createSystemContext(createSilentLog()),
    allow,
    onBug: (error) => bugs.push(error),
    api: {
      close: () => {},
      async answer(request) {
        asked.push(`${request.address} ${request.target}`);
        if (answer) return answer(request);
        return { status: 200, body: { processId: '1', status: 'wait', name: 'Дүкен ₸' }, delivered: () => delivered++ };
      },
    },
  });
  ({ port } = await listener.listen({ host: '127.0.0.1', port: 0 }));
};

/** Raw bytes in, raw text out, until the connection ends. */
const knock = (lines: string[], version = '1.1'): Promise<string> =>
  new Promise((resolve) => {
    const [first = '', ...headers] = lines;
    const socket = connect(port, '127.0.0.1');
    const parts: Buffer[] = [];
    socket.on('data', (chunk) => parts.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(parts).toString('utf8')));
    socket.write([`${first} HTTP/${version}`, ...headers, 'Connection: close', '', ''].join('\r\n'));
  });
const get = (...headers: string[]) => knock(['GET /payment/?amount=100', `Host: 127.0.0.1:${port}`, ...headers]);

test('answers in JSON and counts an answer as fetched when it has left', async () => {
  await open();
  const text = await get('User-Agent: 1C');
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\n/i);
  expect(text).toContain('{"processId":"1","status":"wait","name":"Дүкен ₸"}');
  expect([asked, delivered]).toEqual([['127.0.0.1 /payment/?amount=100'], 1]);
});

test('a program of the last century, without a Host, is let in', async () => {
  await open();
  expect(await knock(['GET /status?processId=1'], '1.0')).toContain('200 OK');
});

test.each(['Origin: http://127.0.0.1', 'Referer: http://shop.kz/', 'Sec-Fetch-Site: none', 'Sec-Fetch-Mode: no-cors'])(
  'a request with %s is a browser’s and refused',
  async (header) => {
    await open();
    expect(await get(header)).toContain('403');
    expect(asked).toEqual([]);
  },
);

test('a foreign name that leads here is refused, with the port as well', async () => {
  await open();
  for (const host of ['evil.kz', `evil.kz:${port}`, '127.0.0.1', '127.0.0.1:1']) {
    expect(await knock(['GET /payment?amount=1', `Host: ${host}`])).toContain('403');
  }
  expect(await knock(['GET /payment?amount=1', `Host: localhost:${port}`])).toContain('200 OK');
});

test.each([[['192.168.1.0/24']], [['10.0.0.1', '::1']]])('an address outside %j is refused', async (allow) => {
  await open(undefined, allow);
  expect(await get()).toContain('403');
  expect(asked).toEqual([]);
});

test('a network is allowed as a whole', async () => {
  await open(undefined, ['127.0.0.0/8']);
  expect(await get()).toContain('200 OK');
});

test.each(['POST', 'HEAD', 'PUT', 'OPTIONS', 'DELETE'])('%s begins nothing', async (method) => {
  await open();
  expect(await knock([`${method} /payment?amount=100`, `Host: 127.0.0.1:${port}`])).toContain('405');
  expect(asked).toEqual([]);
});

test('what is too long or no HTTP at all is refused, and the next till is answered', async () => {
  await open();
  expect(await knock([`GET /payment?amount=${'1'.repeat(3_000)}`, `Host: 127.0.0.1:${port}`])).toContain('414');
  expect(await knock([`GET /${'1'.repeat(90_000)}`])).toContain('431');
  expect(await knock(['\u0000\u0001'])).toContain('400');
  expect(await get()).toContain('200 OK');
});

test('where nobody can say what happened there is no answer, as from a terminal whose answer was lost', async () => {
  await open(async () => {
    throw new Error('the journal is closed');
  });
  expect(await get()).toBe('');
  expect(bugs).toEqual([]);
});

test('a broken assertion ends the program', async () => {
  await open(async () => {
    assert(false, 'cannot be');
    return { status: 200, body: {} };
  });
  expect(await get()).toBe('');
  expect(bugs).toHaveLength(1);
});

test('closing answers who is being served', async () => {
  let answer: () => void = () => {};
  const waited = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await open(async () => {
    await waited;
    return { status: 200, body: { status: 'wait' } };
  });
  const asking = get();
  while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const closing = listener?.close();
  answer();
  expect(await asking).toContain('"wait"');
  await closing;
});

test('a connection that never finishes its request is cut soon after ten seconds', async () => {
  await open();
  const socket = connect(port, '127.0.0.1');
  const startMono = performance.now();
  socket.on('error', () => {});
  socket.on('data', () => {});
  socket.write(`GET /status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Slow: `);
  await new Promise((resolve) => socket.on('close', resolve));
  expect(performance.now() - startMono).toBeLessThan(20_000);
});
