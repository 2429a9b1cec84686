import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemContext, Money, ProblemError } from '@tolem/base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFakeHubCore, type FakeHubCore } from '../fake-hub-core.ts';
import { createMetrics } from '../metrics/prometheus.ts';
import { type HttpDoor, openHttpDoor } from './http-door.ts';

const PAYMENT = '018f0000-0000-7000-8000-000000000001';
let folder: string;
let core: FakeHubCore;
let door: HttpDoor;
let token: string;
let host: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tolem-http-'));
  const context = createSystemContext(createSilentLog());
  core = createFakeHubCore(() => context.clock.nowMs());
  await core.agents.add({ agentId: 'till-1', name: 'Касса 1', storeName: 'Магазин 1' });
  await core.payments.create(
    { kind: 'agent', agentId: 'till-1' },
    { paymentId: PAYMENT, method: 'qr', amount: Money.parse('1500.00') },
  );
  core.change(PAYMENT, {
    status: 'paid',
    final: true,
    amountPaid: Money.parse('1500.00'),
    paidAtMs: 1_768_456_800_000,
  });
  const certificate = () => ({
    origin: 'configured' as const,
    subject: 's',
    issuer: 'i',
    serial: '1',
    notAfterMs: 0,
    daysLeft: 100,
  });
  door = await openHttpDoor({
    core,
    context,
    metrics: createMetrics(context.clock),
    listen: { host: '127.0.0.1', port: 0 },
    hosts: ['hub.example.kz'],
    tokenFile: join(folder, 'http-token'),
    certificate: () => (hasCertificate ? certificate() : undefined),
    isStopping: () => false,
  });
  token = (await readFile(join(folder, 'http-token'), 'utf8')).trim();
  host = `127.0.0.1:${door.address.port}`;
});
afterAll(async () => {
  await door.stop();
  await rm(folder, { recursive: true, force: true });
});

let hasCertificate = true;

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  raw?: string;
  anonymous?: boolean;
}

/** Not `fetch`: it sets Host and Sec-Fetch headers by itself. */
function send(path: string, { method, headers = {}, body, raw, anonymous }: Sent = {}) {
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string; json: Record<string, unknown> }>(
    (resolve, reject) => {
      const outgoing = rawRequest(
        {
          host: '127.0.0.1',
          port: door.address.port,
          path,
          method: method ?? (payload === undefined ? 'GET' : 'POST'),
          headers: {
            ...(anonymous ? {} : { authorization: `Bearer ${token}` }),
            ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += String(chunk);
          });
          response.on('end', () => {
            const isJson = String(response.headers['content-type']).includes('json');
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              json: isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {},
            });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(payload);
    },
  );
}

const refund = (key: string | undefined, body: unknown = { amount: '500.00', reason: 'brought back' }) =>
  send(`/api/v1/payments/${PAYMENT}/refunds`, { body, ...(key ? { headers: { 'idempotency-key': key } } : {}) });

it('keeps the token readable for its owner and group alone', async () => {
  expect((await stat(join(folder, 'http-token'))).mode & 0o777).toBe(0o640);
});

it('asks for a token everywhere but at the page, its health and its contract', async () => {
  for (const path of ['/api/v1/payments', '/api/v1/agents', '/api/v1/stream', '/api/v1/session', '/metrics']) {
    expect((await send(path, { anonymous: true })).status, path).toBe(401);
  }
  for (const path of ['/', '/healthz', '/readyz', '/api/openapi.json']) {
    expect((await send(path, { anonymous: true })).status, path).toBe(200);
  }
  expect((await send('/api/v1/agents', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
});

it.each([
  ['a foreign host name', { host: 'evil.example' }, 'host_foreign'],
  ['a foreign origin', { origin: 'https://evil.example' }, 'origin_foreign'],
  ['the page of another site', { 'sec-fetch-site': 'cross-site' }, 'site_foreign'],
])('refuses %s even with the token', async (_what, headers, code) => {
  const answer = await send('/api/v1/payments', { headers });
  expect(answer).toMatchObject({ status: 403, json: { code } });
});

it('answers under its own names and those of its proxy', async () => {
  for (const name of [host, host.replace('127.0.0.1', 'localhost'), 'hub.example.kz']) {
    expect((await send('/api/v1/agents', { headers: { host: name } })).status, name).toBe(200);
  }
});

it('takes a POST only as JSON, and no large one', async () => {
  const path = `/api/v1/payments/${PAYMENT}/refunds`;
  const form = await send(path, { raw: 'amount=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  expect(form).toMatchObject({ status: 415, json: { code: 'not_json', money: 'none' } });
  const large = await refund('0123456789abcdef', { reason: 'x'.repeat(70_000) });
  expect(large).toMatchObject({ status: 413, json: { code: 'too_large' } });
});

it('finds payments and pages through them', async () => {
  for (let at = 2; at <= 4; at++) {
    await core.payments.create(
      { kind: 'agent', agentId: 'till-1' },
      { paymentId: PAYMENT.slice(0, -1) + at, method: 'qr', amount: Money.parse('1.00') },
    );
  }
  const first = await send('/api/v1/payments?limit=3&status=paid,failed&status=unknown');
  expect(first.status).toBe(400);
  const page = await send('/api/v1/payments?limit=3');
  expect(page.json.payments).toHaveLength(3);
  const rest = await send(`/api/v1/payments?limit=3&cursor=${String(page.json.nextCursor)}`);
  expect(rest.json.payments).toHaveLength(1);
  expect(rest.json.nextCursor).toBeUndefined();
});

it('shows a payment with amounts as text, its refunds and its history, and no secret', async () => {
  const { json, text } = await send(`/api/v1/payments/${PAYMENT}`);
  expect(json).toMatchObject({
    id: PAYMENT,
    amount: '1500.00',
    amountPaid: '1500.00',
    refundedAmount: '0.00',
    refundableAmount: '1500.00',
    currency: 'KZT',
    status: 'paid',
    refunds: [],
    timeline: [{ kind: 'created', actor: 'agent:till-1' }],
  });
  expect(text).not.toMatch(/deviceToken|qrToken|keyHash/i);
});

it('answers with a problem and hints in three languages', async () => {
  const answer = await send('/api/v1/payments/018f0000-0000-7000-8000-0000000000ff');
  expect(answer.status).toBe(404);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(Object.keys(answer.json.hint as object)).toEqual(['kk', 'ru', 'en']);
  const invalid = await send('/api/v1/payments/1');
  expect(invalid.json).toMatchObject({ status: 400, code: 'request_invalid', fields: [{ path: 'id' }] });
});

it('refunds once for one key, whatever is lost on the way', async () => {
  const first = await refund('a-key-of-sixteen-or-more');
  expect(first).toMatchObject({ status: 201, json: { amount: '500.00', status: 'confirmed', paymentId: PAYMENT } });
  const again = await refund('a-key-of-sixteen-or-more');
  expect(again).toMatchObject({ status: 200, json: { id: first.json.id, repeated: true } });
  const other = await refund('another-key-of-some-length');
  expect(other.json.id).not.toBe(first.json.id);
});

it('wants a key of some length for what moves money, and a whole amount', async () => {
  for (const key of [undefined, 'short', 'x'.repeat(129)]) {
    expect((await refund(key)).json).toMatchObject({ status: 400, code: 'key_missing' });
  }
  for (const amount of ['1.234', '-5', '1e3', 5]) {
    expect((await refund('0123456789abcdef', { amount, reason: 'r' })).json.code).toBe('request_invalid');
  }
});

it('does not take a key for a refund of last year', async () => {
  const made = await refund('a-key-from-last-year-1');
  const known = core.refundsById.get(String(made.json.id));
  expect(known).toBeDefined();
  if (known) known.createdAtMs -= 400 * 86_400_000;
  const answer = await refund('a-key-from-last-year-1');
  expect(answer.json).toMatchObject({ status: 409, code: 'key_used', refundId: made.json.id, money: 'none' });
});

it('says that money may have moved when a refund fails unexpectedly', async () => {
  const original = core.refunds.create;
  core.refunds.create = () => Promise.reject(new Error('disk on fire'));
  const answer = await refund('a-key-that-meets-trouble');
  core.refunds.create = original;
  expect(answer.json).toMatchObject({ status: 500, money: 'maybe', retry: 'same_key' });
  expect(answer.text).not.toContain('disk on fire');
});

it('passes on the problems of the core, with the wait as a header', async () => {
  const hint = { kk: 'k', ru: 'r', en: 'e' };
  core.failNext(
    new ProblemError({
      status: 503,
      code: 'hub_unavailable',
      detail: 'd',
      money: 'none',
      retry: 'after',
      retryAfterS: 3,
      hint,
    }),
  );
  const answer = await send(`/api/v1/payments/${PAYMENT}`);
  expect(answer).toMatchObject({
    status: 503,
    headers: { 'retry-after': '3' },
    json: { code: 'hub_unavailable', hint },
  });
});

it('lets a person in by a cookie that no script reads and no other site sends', async () => {
  const wrong = await send('/api/v1/session', { anonymous: true, body: { token: 'guess', name: 'Aida' } });
  expect(wrong.json).toMatchObject({ status: 401, code: 'token_wrong' });
  const login = await send('/api/v1/session', { anonymous: true, body: { token, name: 'Aida' } });
  const [cookie = ''] = login.headers['set-cookie'] as string[];
  expect(cookie).toMatch(/HttpOnly/);
  expect(cookie).toMatch(/SameSite=Strict/);
  const headers = { cookie: cookie.split(';')[0] ?? '' };
  expect((await send('/api/v1/session', { anonymous: true, headers })).json).toEqual({ name: 'Aida' });
  await send('/api/v1/session', { method: 'DELETE', anonymous: true, headers });
  expect((await send('/api/v1/session', { anonymous: true, headers })).status).toBe(401);
});

it('describes every route of the API in OpenAPI', async () => {
  const { json } = await send('/api/openapi.json');
  const paths = Object.keys(json.paths as object);
  for (const path of [
    '/payments',
    '/payments/{id}',
    '/payments/{id}/refunds',
    '/refunds/{id}',
    '/refunds/{id}/settle',
    '/agents',
    '/agents/{id}',
    '/devices',
    '/trade-points',
    '/cases',
    '/cases/{id}/assign',
    '/cases/{id}/close',
    '/offer',
    '/stream',
  ]) {
    expect(paths).toContain(`/api/v1${path}`);
  }
});

it('tells what the bank offers, and is ready without a certificate where the scheme has none', async () => {
  const offer = await send('/api/v1/offer');
  expect(offer.json).toEqual({ scheme: 3, methods: ['qr', 'link', 'invoice'], refunds: 'without_customer' });
  const checks = async () => JSON.stringify((await send('/readyz')).json);
  expect(await checks()).toContain('"certificate"');
  hasCertificate = false;
  expect((await send('/readyz')).status).toBe(200);
  expect(await checks()).not.toContain('"certificate"');
  expect((await send('/metrics')).status).toBe(200);
  hasCertificate = true;
});

it('offers its figures to Prometheus under names with our prefix', async () => {
  const { text } = await send('/metrics');
  expect(text).toMatch(/tolem_hub_call_seconds_count\{[^}]*door="http"/);
  expect(text).toMatch(/tolem_hub_agents\{presence="never_seen"\} 1/);
});

interface Stream {
  text(): string;
  close(): void;
}
function openStream(lastEventId?: string): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) };
    const outgoing = rawRequest(
      { host: '127.0.0.1', port: door.address.port, path: '/api/v1/stream', headers },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += String(chunk);
        });
        response.on('error', () => {});
        resolve({ text: () => text, close: () => outgoing.destroy() });
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

it('streams changes, repeats those that a page missed, and tells it to read anew where it cannot', async () => {
  const first = await openStream();
  await expect.poll(first.text).toContain('event: reset');
  core.emit({ kind: 'case', caseId: 'c-1' });
  await expect.poll(first.text).toContain('data: {"kind":"case","caseId":"c-1"}');
  const lastId = /id: (\S+)\nevent: change/.exec(first.text())?.[1] ?? '';
  first.close();
  core.emit({ kind: 'case', caseId: 'c-2' });
  const second = await openStream(lastId);
  await expect.poll(second.text).toContain('"c-2"');
  expect(second.text()).not.toContain('reset');
  second.close();
  const third = await openStream('another-7');
  await expect.poll(third.text).toContain('event: reset');
  third.close();
});

it('refuses addresses that are none with a problem', async () => {
  const answer = await send('/api/v1/payments/%c0%ae');
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json).toMatchObject({ status: 400, code: 'request_invalid', money: 'none', retry: 'never' });
});

it('refuses what is no HTTP with a problem', async () => {
  const text = await new Promise<string>((resolve) => {
    const socket = connect(door.address.port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n'),
    );
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('close', () => resolve(answer));
  });
  expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(text).toContain('"code":"http_invalid"');
});
