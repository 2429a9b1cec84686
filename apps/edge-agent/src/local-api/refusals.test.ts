import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DoorTest, newKey, openDoorTest } from './door-test.ts';
import { problemJson } from './error-answers.ts';

let test: DoorTest;
beforeAll(async () => {
  test = await openDoorTest();
});
afterAll(() => test.close());

const ask = async (body: unknown, headers: Record<string, string> = {}) => {
  await test.clock.advance(10_000);
  return test.call({ path: '/v1/payments', body, key: newKey(), headers });
};
const QR = { method: 'qr', amount: '1500.00' };

describe('bodies of a payment that are refused, with the member and what was expected', () => {
  it.each([
    [{ method: 'qr', amount: 1500 }, 'amount', /"1500\.00" instead of 1500/],
    [{ method: 'qr', amount: '1500.001' }, 'amount', /decimal string/],
    [{ method: 'qr', amount: '-5' }, 'amount', /decimal string/],
    [{ method: 'qr', amount: '1e3' }, 'amount', /decimal string/],
    [{ method: 'qr' }, 'amount', /decimal string/],
    [{ method: 'cash', amount: '1.00' }, 'method', /one of qr, link, invoice, terminal/],
    [{ ...QR, orderId: 17 }, 'orderId', /as a string/],
    [{ ...QR, orderId: '' }, 'orderId', /^the till’s own number/],
    [{ ...QR, orderId: 'x'.repeat(65) }, 'orderId', /at most 64/],
    [{ ...QR, orderId: 'a\nb' }, 'orderId', /control characters/],
    [{ ...QR, orderId: 'a\ud800' }, 'orderId', /whole characters/],
    [{ ...QR, sum: '1.00' }, 'sum', /no such member/],
    [{ ...QR, terminalId: 'front' }, 'terminalId', /only with method terminal/],
    [{ ...QR, ownReceipt: true }, 'ownReceipt', /only with method terminal/],
    [{ ...QR, phone: '+77011234567' }, 'phone', /only with method invoice/],
    [{ method: 'invoice', amount: '1.00' }, 'phone', /^a phone number, needed with method invoice/],
    [{ method: 'invoice', amount: '1.00', phone: 7011234567 }, 'phone', /as a string/],
    [{ method: 'terminal', amount: '1.00', deviceId: 'a' }, 'deviceId', /not with method terminal/],
    [[], '(root)', /object/],
    ['qr', '(root)', /object/],
    [null, '(root)', /object/],
  ])('%j', async (body, path, expected) => {
    const answer = await ask(body);
    expect(answer.body).toMatchObject({ status: 400, code: 'request_invalid', money: 'none', retry: 'never' });
    expect(problemJson.strict().parse(answer.body)).toEqual(answer.body);
    expect(answer.body.fields).toContainEqual({ path, expected: expect.stringMatching(expected) });
    expect(answer.text).not.toMatch(/"expected":"expected/);
  });

  it.each([
    [{ method: 'qr', amount: '0.99' }, 'amount_out_of_range'],
    [{ method: 'qr', amount: '5000000.01' }, 'amount_out_of_range'],
    [{ method: 'terminal', amount: '100.50' }, 'amount_not_whole_tenge'],
  ])('%j is %s', async (body, code) => {
    const answer = await ask(body);
    expect(answer.body).toMatchObject({ status: 422, code, money: 'none', fields: [{ path: 'amount' }] });
  });

  it('refuses what is no JSON, nests too deep, or is too large', async () => {
    const send = (rawBody: string) => test.call({ path: '/v1/payments', rawBody, key: newKey() });
    expect((await send('{"method":')).body.code).toBe('json_invalid');
    expect((await send(`${'['.repeat(50)}${']'.repeat(50)}`)).body.code).toBe('json_invalid');
    expect((await send('['.repeat(16_000))).body.code).toBe('json_invalid');
    expect((await send(JSON.stringify({ comment: 'x'.repeat(17_000) }))).body).toMatchObject({
      status: 413,
      code: 'body_too_large',
    });
    expect((await send('{"__proto__":{"amount":"1.00"},"method":"qr","amount":"2.00"}')).status).toBeGreaterThanOrEqual(
      400,
    );
  });

  it.each(['short', 'x'.repeat(129), 'with a space in the key', 'ключ-из-кириллицы-16'])(
    'refuses the key %s',
    async (key) => {
      const encoded = Buffer.from(key).toString('latin1');
      const answer = await test.call({ path: '/v1/payments', body: QR, key: encoded });
      expect(answer.body).toMatchObject({ code: 'key_invalid', money: 'none' });
    },
  );

  it('refuses a payment without a key', async () => {
    expect((await test.call({ path: '/v1/payments', body: QR })).body.code).toBe('key_missing');
  });
});

describe('any JSON', () => {
  const routes = [
    '/v1/payments',
    '/v1/payments/x/refunds',
    '/v1/payments/x/resolve',
    '/v1/refunds/x/resolve',
    '/v1/payments/x/cancel',
    '/v1/terminals/front/release',
    '/v1/terminals/x/pair',
  ];
  it('never breaks a route: the answer is a success or a problem with a known code, never 500', async () => {
    const token = test.tokenWith('pay', 'refund', 'settle');
    const almostRight = fc.record(
      {
        method: fc.oneof(fc.constantFrom('qr', 'terminal', 'link', 'invoice'), fc.jsonValue()),
        amount: fc.oneof(fc.constantFrom('1.00', '5000000', '0', '1.001'), fc.jsonValue()),
        orderId: fc.oneof(fc.string(), fc.jsonValue()),
        reason: fc.jsonValue(),
        by: fc.jsonValue(),
        outcome: fc.jsonValue(),
        __proto__: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), fc.oneof(almostRight, fc.jsonValue()), async (path, body) => {
        await test.clock.advance(5000);
        const answer = await test.call({ path, body, key: newKey(), token });
        expect(answer.status).toBeLessThan(500);
        if (answer.status >= 400) expect(problemJson.strict().parse(answer.body)).toEqual(answer.body);
      }),
      { numRuns: 400 },
    );
    expect(test.bugs).toEqual([]);
  });

  it('never breaks on any bytes either', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (rawBody) => {
        await test.clock.advance(5000);
        const answer = await test.call({ path: '/v1/payments', rawBody, key: newKey() });
        expect(answer.status).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
  });
});

describe('who may come in', () => {
  const health = (headers: Record<string, string>, token: string | null = test.localToken) =>
    test.call({ path: '/v1/health', headers, token });

  it.each(['evil.example', 'localhost:9999', '127.0.0.1.evil.example', 'localhost:80@evil', '10.0.0.1'])(
    'refuses the Host %j',
    async (host) => {
      expect((await health({ host })).body).toMatchObject({ status: 403, code: 'host_refused' });
    },
  );

  it.each(['localhost', '127.0.0.1', 'localhost:80', '[::1]', 'LOCALHOST'])('takes the Host %s', async (host) => {
    expect((await health({ host })).status).toBe(200);
  });

  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:3000' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('refuses %j even with a token', async (headers: Record<string, string>) => {
    expect((await health(headers)).body).toMatchObject({ status: 403, code: 'origin_refused' });
  });

  it('takes our own pages and people who type the address', async () => {
    expect(
      (await health({ host: 'localhost', origin: 'http://localhost', 'sec-fetch-site': 'same-origin' })).status,
    ).toBe(200);
    expect((await health({ 'sec-fetch-site': 'none' })).status).toBe(200);
  });

  it('never sends a header that lets another site read', async () => {
    const { headers } = await test.call({
      path: '/v1/health',
      method: 'OPTIONS',
      headers: { origin: 'http://localhost:80', host: 'localhost:80' },
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json, text/plain', 'application/jsonp'])(
    'refuses a POST as %s',
    async (type) => {
      const answer = await test.call({
        path: '/v1/payments',
        body: QR,
        key: newKey(),
        headers: { 'content-type': type },
      });
      expect(answer.body).toMatchObject({ status: 415, code: 'content_type_refused' });
    },
  );

  it('takes JSON with its charset', async () => {
    expect((await ask(QR, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(201);
  });

  it('wants a token on loopback too, for every route of the API', async () => {
    for (const path of [
      '/v1/payments',
      '/v1/payments/x',
      '/v1/payments/x/events',
      '/v1/payments/x/qr.svg',
      '/v1/health',
      '/v1/device',
      '/v1/terminals',
      '/v1/refunds/x',
      '/page/state',
      '/page/feed',
      '/page/display',
    ]) {
      expect((await test.call({ path, token: null })).body, path).toMatchObject({ status: 401, code: 'token_missing' });
    }
  });

  it('shows its contract without a token, to its own host and no foreign page', async () => {
    const contract = (headers: Record<string, string>) => test.call({ path: '/v1/openapi.json', token: null, headers });
    expect((await contract({})).body).toMatchObject({ openapi: '3.1.0' });
    expect((await contract({})).text).not.toContain(test.localToken);
    expect((await contract({ host: 'evil.example' })).body.code).toBe('host_refused');
    expect((await contract({ origin: 'http://evil.example' })).body.code).toBe('origin_refused');
  });

  it('refuses wrong tokens, and slows down who tries many, without locking out the right one', async () => {
    const codes = new Set<string>();
    for (let n = 0; n < 20; n++) codes.add((await health({}, `tolem_wrong${n}`)).body.code);
    expect([...codes]).toEqual(['token_invalid', 'too_many_requests']);
    expect((await health({})).status).toBe(200);
  });

  it.each(['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer  ', `Bearer ${'x'.repeat(500)}`, 'Bearer a b'])(
    'refuses the authorization %s',
    async (authorization) => {
      await test.clock.advance(60_000);
      expect((await health({ authorization })).body.code).toBe('token_invalid');
    },
  );

  it('slows down a till that asks for payments in a loop, and says when to come back', async () => {
    await test.clock.advance(60_000);
    const answers = [];
    for (let n = 0; n < 30; n++) answers.push(await test.call({ path: '/v1/payments', body: QR, key: newKey() }));
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused.length).toBe(10);
    expect(refused[0]?.body).toMatchObject({ code: 'too_many_requests', money: 'none', retry: 'after', retryAfter: 1 });
    await test.clock.advance(60_000);
  });

  it('answers unknown addresses and verbs with a problem', async () => {
    expect((await test.call({ path: '/v1/nothing' })).body).toMatchObject({ status: 404, code: 'route_unknown' });
    expect((await test.call({ path: '/nothing', token: null })).body.code).toBe('route_unknown');
    expect((await test.call({ path: '/v1/payments', method: 'DELETE' })).body.code).toBe('route_unknown');
    expect((await test.call({ path: `/v1/payments/${'x'.repeat(300)}` })).status).toBe(404);
    expect((await test.call({ path: '/v1/payments/%zz' })).status).toBe(404);
  });

  it('sends no secret and no stack to anybody', async () => {
    test.core.payments.loseNextAnswer();
    const answer = await ask(QR);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('fake loses');
    expect(answer.text).not.toContain('.ts');
  });
});
