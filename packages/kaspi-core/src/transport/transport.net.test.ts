import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import {
  createIds,
  createLog,
  createSilentLog,
  createSystemClock,
  createSystemRandom,
  createVirtualClock,
} from '@tolem/base';
import {
  type Authority,
  createRootAuthority,
  encryptPrivateKey,
  issueCertificate,
  makeKeyPair,
  validFor,
  writePfx,
} from '@tolem/pki';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHttpTransport, type HttpTransportOptions } from './create-http-transport.ts';
import { answerJson, type FakePeer, type FakePeerOptions, type ReceivedRequest, startFakePeer } from './fake-peer.ts';
import type { HttpTransport, TlsOptions } from './http-transport.ts';
import { BODY_LIMIT_BYTES, DRAIN_LIMIT_MS, poolSize } from './transport-limits.ts';

const clock = createSystemClock();
const context = { clock, ids: createIds(clock, createSystemRandom()), log: createSilentLog() };
const closers: Array<() => Promise<void>> = [];
let pki: TestPki;
let serverIdentity: { cert: string; key: string };

beforeAll(async () => {
  pki = await createTestPki();
  serverIdentity = await pki.server({ ips: ['127.0.0.1'], dns: ['bank.test', '*.kaspipos.kz'] });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function peerWith(
  answer: FakePeerOptions['answer'],
  tls: Partial<FakePeerOptions['tls']> = {},
): Promise<FakePeer> {
  const peer = await startFakePeer({ answer, tls: { ...serverIdentity, ...tls } });
  closers.push(() => peer.close());
  return peer;
}

function transportTo(origin: string, tls: TlsOptions = {}, more: Partial<HttpTransportOptions> = {}): HttpTransport {
  const transport = createHttpTransport({
    context,
    origin,
    tls: { ca: [pki.root.certificatePem], ...tls },
    connectLimitMs: 2_000,
    answerLimitMs: 2_000,
    ...more,
  });
  closers.push(() => transport.close());
  return transport;
}

const ok = ({ socket }: ReceivedRequest) => answerJson(socket, '{"StatusCode":0}');
const call = { verb: 'GET', path: '/r3/v01/health/ping' } as const;

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

describe('before anything is written, effect is none', () => {
  it('a refused connection', async () => {
    const transport = transportTo(`https://127.0.0.1:${await closedPort()}`);
    await expect(transport.send(call)).rejects.toMatchObject({ code: 'connect_failed', effect: 'none' });
    await expect(transport.send({ ...call, fresh: true })).rejects.toMatchObject({
      code: 'connect_failed',
      effect: 'none',
    });
  });

  it('a name that does not exist', async () => {
    const transport = transportTo('https://nowhere.invalid:1');
    await expect(transport.send(call)).rejects.toMatchObject({ code: 'connect_failed', effect: 'none' });
  });

  it('a peer that accepts TCP and never shakes hands', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(async () => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const transport = transportTo(`https://127.0.0.1:${port}`, {}, { connectLimitMs: 1_000 });
    await expect(transport.send({ ...call, fresh: true })).rejects.toMatchObject({
      code: 'tls_failed',
      effect: 'none',
    });
  });

  it.each<[string, () => TlsOptions, () => Partial<FakePeerOptions['tls']>]>([
    ['a certificate of an unknown authority', () => ({ ca: [pki.other.certificatePem] }), () => ({})],
    ['a name that is not in the certificate', () => ({ serverName: 'evil.test' }), () => ({})],
    ['a chain that ends in another root than the pinned one', () => ({ rootPins: ['00'.repeat(32)] }), () => ({})],
    ['a peer that speaks nothing newer than TLS 1.1', () => ({}), () => ({ maxVersion: 'TLSv1.1' })],
    [
      'no client certificate where one is asked for under TLS 1.2',
      () => ({}),
      () => ({ ca: pki.root.certificatePem, maxVersion: 'TLSv1.2' }),
    ],
  ])('%s', async (_name, ours, theirs) => {
    const peer = await peerWith(ok, theirs());
    const transport = transportTo(peer.origin, ours());
    await expect(transport.send(call)).rejects.toMatchObject({ code: 'tls_failed', effect: 'none' });
    expect(peer.requests).toHaveLength(0);
  });

  it('a deadline for sending that has passed, without harm to the connection', async () => {
    const peer = await peerWith(ok);
    const transport = transportTo(peer.origin, {}, { connections: 1 });
    await transport.send(call);
    const late = transport.send({ ...call, path: '/late', sendByMs: clock.nowMs() - 1 });
    await expect(late).rejects.toMatchObject({ code: 'send_deadline_passed', effect: 'none' });
    await transport.send(call);
    expect(peer.requests.map((request) => request.path)).toEqual([call.path, call.path]);
    expect(peer.connections()).toBe(1);
  });

  it('a call that waits in line too long, which is then never written', async () => {
    const held: ReceivedRequest[] = [];
    const peer = await peerWith((request) => void held.push(request));
    const transport = transportTo(peer.origin, {}, { connections: 1, connectLimitMs: 1_000, answerLimitMs: 5_000 });
    const first = transport.send(call);
    const second = transport.send({ ...call, path: '/second' });
    await expect(second).rejects.toMatchObject({ code: 'connect_failed', effect: 'none' });
    for (const request of held) ok(request);
    await first;
    peer.requests.length = 0;
    await transport.close();
    expect(peer.requests).toHaveLength(0);
  });

  it('a caller that gives up while in line, a malformed header, a closed transport', async () => {
    const peer = await peerWith(ok);
    const transport = transportTo(peer.origin);
    const gone = transport.send({ ...call, signal: AbortSignal.abort() });
    await expect(gone).rejects.toMatchObject({ code: 'closed', effect: 'none' });
    const malformed = transport.send({ ...call, headers: { 'Api-Key': 'a\r\nb' } });
    await expect(malformed).rejects.toMatchObject({ code: 'request_invalid', effect: 'none' });
    await transport.close();
    await expect(transport.send(call)).rejects.toMatchObject({ code: 'closed', effect: 'none' });
    expect(peer.requests).toHaveLength(0);
  });
});

describe('once the request has begun to be written, effect is possible', () => {
  it.each([
    ['the peer resets after reading it', (request: ReceivedRequest) => void request.socket.destroy()],
    ['the peer ends in the middle of its answer', cutAnswer],
    [
      'the peer answers what is no HTTP',
      (request: ReceivedRequest) => void request.socket.end('\x00\x01 no http\r\n\r\n'),
    ],
  ])('%s', async (_name, answer) => {
    const peer = await peerWith(answer);
    const transport = transportTo(peer.origin);
    const lost = { code: 'connection_lost', effect: 'possible' };
    await expect(transport.send(call)).rejects.toMatchObject(lost);
    await expect(transport.send({ ...call, fresh: true })).rejects.toMatchObject(lost);
    await expect(transport.send({ ...call, verb: 'POST', body: '{}' })).rejects.toMatchObject(lost);
    // Once each, GETs included: nothing is repeated behind our back.
    expect(peer.requests).toHaveLength(3);
  });

  it('a keep-alive connection that the peer closes just as we write', async () => {
    const peer = await peerWith((request) => {
      if (peer.requests.length === 1) ok(request);
      else request.socket.destroy();
    });
    const transport = transportTo(peer.origin, {}, { connections: 1 });
    await transport.send(call);
    await expect(transport.send({ ...call, path: '/payment' })).rejects.toMatchObject({
      code: 'connection_lost',
      effect: 'possible',
    });
    expect(peer.connections()).toBe(1);
    expect(peer.requests.map((request) => request.path)).toEqual([call.path, '/payment']);
  });

  it('an idle connection closed by the peer is replaced, and a fresh call never uses a kept one', async () => {
    const peer = await peerWith((request) => {
      ok(request);
      request.socket.end();
    });
    const transport = transportTo(peer.origin, {}, { connections: 1 });
    const first = await transport.send(call);
    await clock.sleep(50);
    const second = await transport.send(call);
    const third = await transport.send({ ...call, fresh: true });
    expect(new Set([first.connection, second.connection, third.connection]).size).toBe(3);
    expect(peer.requests.at(-1)?.headers.connection).toBe('close');
  });

  it('no answer in time, a slow body, and a caller that gives up', async () => {
    const peer = await peerWith((request) => {
      if (request.path === '/slow') request.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{');
    });
    const transport = transportTo(peer.origin, {}, { answerLimitMs: 200 });
    await expect(transport.send(call)).rejects.toMatchObject({ code: 'timeout', effect: 'possible' });
    await expect(transport.send({ ...call, path: '/slow' })).rejects.toMatchObject({
      code: 'timeout',
      effect: 'possible',
      httpStatus: 200,
    });
    const giver = new AbortController();
    const given = transport.send({ ...call, answerLimitMs: 5_000, signal: giver.signal });
    await clock.sleep(100);
    giver.abort();
    await expect(given).rejects.toMatchObject({ code: 'connection_lost', effect: 'possible' });
  });

  it('a body that is too large, announced or not', async () => {
    const peer = await peerWith(({ path, socket }) => {
      if (path === '/announced') socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${BODY_LIMIT_BYTES + 1}\r\n\r\n`);
      else socket.write(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${'x'.repeat(BODY_LIMIT_BYTES + 1)}`);
    });
    const transport = transportTo(peer.origin);
    for (const path of ['/announced', '/endless']) {
      const large = transport.send({ ...call, path });
      await expect(large).rejects.toMatchObject({ code: 'answer_too_large', effect: 'possible' });
    }
  });
});

function cutAnswer({ socket }: ReceivedRequest): void {
  socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"Stat');
}

describe('what is sent', () => {
  it('one X-Request-ID per request, the body, and the query encoded', async () => {
    const peer = await peerWith(ok);
    const transport = transportTo(peer.origin, {}, { connections: 1 });
    const answers = [];
    for (let count = 0; count < 3; count++) {
      answers.push(await transport.send({ ...call, verb: 'POST', query: { a: 'ä &=' }, body: '{"Amount":200.00}' }));
    }
    const [first] = peer.requests;
    expect(first).toMatchObject({ verb: 'POST', path: `${call.path}?a=%C3%A4+%26%3D`, body: '{"Amount":200.00}' });
    expect(first?.headers).toMatchObject({ 'content-type': 'application/json', accept: 'application/json' });
    const sent = peer.requests.map((request) => request.headers['x-request-id']);
    expect(new Set(sent).size).toBe(3);
    expect(answers.map((answer) => answer.requestId)).toEqual(sent);
    expect(sent[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(peer.connections()).toBe(1);
  });

  it('any HTTP status is an answer', async () => {
    const peer = await peerWith(({ socket }) => answerJson(socket, '{"StatusCode":-999}', '503 Service Unavailable'));
    expect((await transportTo(peer.origin).send(call)).status).toBe(503);
  });

  it('goes to an address under another name in the certificate, and unverified only when told to', async () => {
    const peer = await peerWith(ok);
    await transportTo(peer.origin, { serverName: 't1.kaspipos.kz' }).send(call);
    await transportTo(peer.origin, { ca: [pki.other.certificatePem], verification: 'off' }).send(call);
    expect(peer.requests).toHaveLength(2);
  });

  it('accepts the pinned root', async () => {
    const pin = new X509Certificate(pki.root.certificatePem).fingerprint256;
    const peer = await peerWith(ok);
    await transportTo(peer.origin, { rootPins: [pin] }).send(call);
    await transportTo(peer.origin, { rootPins: [pin.replaceAll(':', '').toLowerCase()] }).send({
      ...call,
      fresh: true,
    });
    expect(peer.requests).toHaveLength(2);
  });

  it('shows a client certificate from PEM with a passphrase', async () => {
    const client = await pki.client('hub');
    const peer = await peerWith(ok, { ca: pki.root.certificatePem });
    const privateKey = encryptPrivateKey(client.privateKey, 'secret');
    const identity = { certificate: client.certificate, privateKey, passphrase: 'secret' };
    await transportTo(peer.origin, { identity }).send(call);
    expect(peer.requests[0]?.clientName).toBe('hub');
    const wrong = { ...identity, passphrase: 'wrong' };
    expect(() => transportTo(peer.origin, { identity: wrong })).toThrowError(/passphrase/);
  });

  it('logs neither query, headers nor bodies', async () => {
    const lines: string[] = [];
    const log = createLog({ name: 'test', level: 'debug', destination: { write: (line) => void lines.push(line) } });
    const peer = await peerWith(ok);
    const transport = transportTo(peer.origin, {}, { context: { ...context, log } });
    const secret = 'canary-5f2e';
    await transport.send({ ...call, query: { DeviceToken: secret }, headers: { 'Api-Key': secret } });
    await transport.send({ ...call, verb: 'POST', body: JSON.stringify({ PhoneNumber: secret }) });
    await peer.close();
    await transport.send({ ...call, query: { DeviceToken: secret } }).catch(() => undefined);
    closers.splice(0, 1);
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain(secret);
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ verb: 'GET', path: call.path, status: 200, level: 'debug' });
  });
});

describe('credentials', () => {
  let rsa: { certificate: string; privateKey: string };
  beforeAll(async () => {
    rsa = await pki.client('rsa', 'rsa2048');
  });

  it('names a PFX with an old cipher and tells to re-pack it, not to weaken anything', () => {
    const fixture = new URL('../../fixtures/tls/legacy-rc2.pfx.base64', import.meta.url);
    const pfx = Buffer.from(readFileSync(fixture, 'utf8'), 'base64');
    const open = () => transportTo('https://127.0.0.1:1', { identity: { pfx, passphrase: 'old-secret' } });
    expect(open).toThrowError(expect.objectContaining({ code: 'credentials_legacy', effect: 'none' }));
    expect(open).toThrowError(/tolem-hub cert import/);
    expect(open).not.toThrowError(/legacy provider|openssl/i);
  });

  it('tells a wrong passphrase, a damaged PFX and a CA list that is none apart', () => {
    const pfx = writePfx({ certificatePem: rsa.certificate, privateKeyPem: rsa.privateKey, chainPem: [] }, 'right');
    const open = (tls: TlsOptions) => () => transportTo('https://127.0.0.1:1', tls);
    expect(open({ identity: { pfx, passphrase: 'wrong' } })).toThrowError(/passphrase does not open/);
    expect(open({ identity: { pfx: Buffer.from('junk'), passphrase: 'x' } })).toThrowError(/PFX cannot be read/);
    expect(open({ ca: ['junk'] })).toThrowError(/CA list/);
    expect(open({ identity: { pfx, passphrase: 'right' } })).not.toThrow();
  });

  it('are replaced in flight: calls on the old ones end there, new ones go over the new', async () => {
    const [first, second] = await Promise.all([pki.client('old'), pki.client('new')]);
    const held: ReceivedRequest[] = [];
    const peer = await peerWith(
      (request) => {
        if (request.path.startsWith('/held')) held.push(request);
        else ok(request);
      },
      { ca: pki.root.certificatePem },
    );
    const transport = transportTo(peer.origin, { identity: first }, { connections: 1, answerLimitMs: 10_000 });
    // One is on the wire and one waits in line behind it, both on the old credentials.
    const inFlight = [transport.send({ ...call, path: '/held/1' }), transport.send({ ...call, path: '/held/2' })];
    while (held.length === 0) await clock.sleep(5);
    await transport.replaceCredentials(
      { ca: [pki.root.certificatePem], identity: second },
      async (send) => void (await send({ ...call, path: '/probe' })),
    );
    await transport.send({ ...call, path: '/after' });
    for (let answered = 0; answered < 2; answered++) {
      while (held.length === 0) await clock.sleep(5);
      for (const request of held.splice(0)) ok(request);
    }
    expect((await Promise.all(inFlight)).map((answer) => answer.status)).toEqual([200, 200]);
    const clients = Object.fromEntries(peer.requests.map((request) => [request.path, request.clientName]));
    expect(clients).toEqual({ '/held/1': 'old', '/probe': 'new', '/after': 'new', '/held/2': 'old' });
  });

  it('lose no call under a stream of them while being replaced five times', async () => {
    const clients = await Promise.all([1, 2, 3, 4, 5].map((index) => pki.client(`c${index}`)));
    const peer = await peerWith((request) => void setImmediate(() => ok(request)), { ca: pki.root.certificatePem });
    const [initial] = clients;
    const transport = transportTo(peer.origin, { ...(initial ? { identity: initial } : {}) }, { connections: 4 });
    let isReplacing = true;
    let sent = 0;
    const stream = async () => {
      while (isReplacing) {
        sent++;
        expect((await transport.send(call)).status).toBe(200);
      }
    };
    const streams = Array.from({ length: 8 }, stream);
    for (const identity of clients) {
      const probe = async (send: HttpTransport['send']) => void (await send(call));
      await transport.replaceCredentials({ ca: [pki.root.certificatePem], identity }, probe);
    }
    isReplacing = false;
    await Promise.all(streams);
    expect(peer.requests).toHaveLength(sent + clients.length);
  });

  it('that were replaced serve their calls for a minute, then cut them with an open outcome', async () => {
    const virtual = createVirtualClock();
    const client = await pki.client('hub');
    const held: ReceivedRequest[] = [];
    const peer = await peerWith((request) => (request.path === '/held' ? void held.push(request) : ok(request)));
    const settings = { context: { ...context, clock: virtual }, answerLimitMs: 600_000 };
    const transport = transportTo(peer.origin, { identity: client }, settings);
    const last = transport.send({ ...call, path: '/held' });
    const outcome = last.catch((error: unknown) => error);
    while (held.length === 0) await clock.sleep(5);
    await transport.replaceCredentials({ ca: [pki.root.certificatePem] }, async (send) => void (await send(call)));
    await virtual.advance(DRAIN_LIMIT_MS - 1);
    expect(virtual.pendingTimers).toBe(2);
    await virtual.advance(1);
    expect(await outcome).toMatchObject({ code: 'connection_lost', effect: 'possible' });
    expect(virtual.pendingTimers).toBe(0);
  });

  it('stay as they are when the new ones fail their probe', async () => {
    const client = await pki.client('good');
    const peer = await peerWith(ok, { ca: pki.root.certificatePem, maxVersion: 'TLSv1.2' });
    const transport = transportTo(peer.origin, { identity: client });
    const withoutCertificate = { ca: [pki.root.certificatePem] };
    const probe = async (send: HttpTransport['send']) => void (await send(call));
    await expect(transport.replaceCredentials(withoutCertificate, probe)).rejects.toMatchObject({ code: 'tls_failed' });
    await expect(transport.replaceCredentials({ ca: ['junk'] }, probe)).rejects.toMatchObject({
      code: 'credentials_invalid',
    });
    await transport.send(call);
    expect(peer.requests.map((request) => request.clientName)).toEqual(['good']);
  });
});

describe('plain HTTP, for terminals that speak v1', () => {
  it('works, and closes', async () => {
    const peer = await startFakePeer({ answer: ok });
    closers.push(() => peer.close());
    const transport = createHttpTransport({ context, origin: peer.origin });
    expect((await transport.send(call)).status).toBe(200);
    await transport.close();
  });

  it('refuses an address with a path or another scheme', () => {
    for (const origin of ['https://a/b', 'ftp://a', 'nonsense', 'https://user@a']) {
      expect(() => createHttpTransport({ context, origin })).toThrowError(/https:\/\/host:port/);
    }
  });
});

it('a pool is as large as rate × latency × 2', () => {
  expect(poolSize({ callsPerSecond: 2_000, latencyMs: 80 })).toBe(320);
  expect(poolSize({ callsPerSecond: 0.1, latencyMs: 80 })).toBe(2);
});

interface TestPki {
  root: Authority;
  other: Authority;
  server(names: { dns?: string[]; ips?: string[] }): Promise<{ cert: string; key: string }>;
  client(name: string, algorithm?: 'p256' | 'rsa2048'): Promise<{ certificate: string; privateKey: string }>;
}

async function createTestPki(): Promise<TestPki> {
  const validity = validFor(createSystemClock(), 1);
  const authority = (name: string) => createRootAuthority({ subject: { commonName: name }, validity });
  const [root, other] = await Promise.all([authority('Test root'), authority('Another root')]);
  const issue = async (
    name: string,
    purpose: 'server' | 'client',
    names: { dns?: string[]; ips?: string[] },
    algorithm: 'p256' | 'rsa2048' = 'p256',
  ) => {
    const pair = await makeKeyPair(algorithm);
    const purposes = [purpose];
    const options = { subject: { commonName: name }, validity, purposes, names };
    return { certificate: await issueCertificate(root, pair.publicKeyPem, options), privateKey: pair.privateKeyPem };
  };
  return {
    root,
    other,
    async server(names) {
      const { certificate, privateKey } = await issue('peer', 'server', names);
      return { cert: certificate, key: privateKey };
    },
    client: (name, algorithm) => issue(name, 'client', {}, algorithm),
  };
}
