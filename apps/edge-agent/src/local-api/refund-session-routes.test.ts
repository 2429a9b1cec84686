import { Money } from '@tolem/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DoorTest, newKey, openDoorTest } from './door-test.ts';
import { purchasesJson, refundSessionJson } from './refund-session-routes.ts';

let test: DoorTest;
let token: string;
beforeEach(async () => {
  test = await openDoorTest();
  test.core.setScheme(2);
  token = test.tokenWith('pay', 'refund');
});
afterEach(() => test.close());

const open = (by = token) => test.call({ path: '/v1/refund-sessions', body: {}, token: by });
const look = (path: string, by = token) => test.call({ path: `/v1/refund-sessions/${path}`, token: by });
const paid = async (amount = '1500.00') => {
  const asked = await test.call({ path: '/v1/payments', body: { method: 'qr', amount }, key: newKey() });
  test.core.payments.pay(asked.body.id);
  return asked.body.id;
};

describe('refund sessions', () => {
  it('shows a code, tells when the customer is known, and lists their purchases', async () => {
    const paymentId = await paid();
    test.core.refundSessions.elsewhere.push({
      bankPaymentId: '99',
      amount: Money.parse('250.00'),
      atMs: test.clock.nowMs() - 60_000,
      refundable: false,
      reason: 'not_of_this_till',
    });
    const opened = await open();
    expect(opened.status).toBe(201);
    expect(refundSessionJson.strict().parse(opened.body)).toEqual(opened.body);
    expect(opened.body).toMatchObject({ status: 'awaiting_customer', expiresInS: 180, deviceId: 'till-1' });
    expect(opened.headers.location).toBe(`/v1/refund-sessions/${opened.body.id}`);
    expect((await look(`${opened.body.id}/qr.svg`)).text).toContain('<svg');
    expect((await look(`${opened.body.id}/qr.png`)).headers['content-type']).toBe('image/png');

    const waiting = look(`${opened.body.id}?wait=25`);
    await test.clock.advance(100);
    test.core.refundSessions.scan(opened.body.id);
    await test.clock.advance(0);
    const known = (await waiting).body;
    expect(known).toMatchObject({ status: 'customer_known', version: 2 });
    expect(known.qr).toBeUndefined();
    expect((await look(`${opened.body.id}/qr.svg`)).body).toMatchObject({ code: 'refund_code_not_shown' });

    const purchases = await look(`${opened.body.id}/purchases`);
    expect(purchasesJson.parse(purchases.body)).toEqual(purchases.body);
    expect(purchases.body.purchases).toMatchObject([
      { paymentId, amount: '1500.00', available: '1500.00', refundable: true },
      { bankPaymentId: '99', amount: '250.00', refundable: false, reason: 'not_of_this_till' },
    ]);
  });

  it('is what a refund under scheme 2 names', async () => {
    const paymentId = await paid();
    const refund = (body: object) =>
      test.call({ path: `/v1/payments/${paymentId}/refunds`, body: { reason: 'x', ...body }, key: newKey(), token });
    expect((await refund({})).body).toMatchObject({ code: 'customer_required', money: 'none' });
    const { id } = (await open()).body;
    expect((await refund({ refundSessionId: id })).body.code).toBe('customer_not_known');
    test.core.refundSessions.scan(id);
    const made = await refund({ refundSessionId: id, amount: '500.00' });
    expect(made).toMatchObject({ status: 201, body: { refundSessionId: id, amount: '500.00' } });
  });

  it('takes the code down when its time is over', async () => {
    const { id } = (await open()).body;
    await test.clock.advance(180_000);
    const over = await look(id);
    expect(over.body).toMatchObject({ status: 'awaiting_customer', expiresInS: 0 });
    expect(over.body.qr).toBeUndefined();
    test.core.refundSessions.expire(id);
    expect((await look(id)).body).toMatchObject({ status: 'expired', statusReason: 'not_scanned' });
    expect((await look(`${id}/purchases`)).body).toMatchObject({ status: 409, code: 'refund_session_over' });
  });

  it('answers at once what has changed since the version that the till knows', async () => {
    const { id } = (await open()).body;
    test.core.refundSessions.scan(id);
    expect((await look(`${id}?wait=25&after=1`)).body.status).toBe('customer_known');
    const waiting = look(`${id}?wait=25&after=2`);
    await test.clock.advance(25_000);
    expect((await waiting).body.version).toBe(2);
  });

  it('needs the scope refund, whatever is asked', async () => {
    const { id } = (await open()).body;
    for (const answer of [await open(test.localToken), await look(id, test.localToken)]) {
      expect(answer.body).toMatchObject({ status: 403, code: 'scope_missing' });
    }
    expect((await look(`${id}/purchases`, test.localToken)).status).toBe(403);
    expect((await look(`${id}/qr.svg`, test.localToken)).status).toBe(403);
  });

  it.each([
    [1, 'refunds_not_offered'],
    [3, 'refund_session_not_needed'],
  ] as const)('is refused under scheme %i', async (scheme, code) => {
    test.core.setScheme(scheme);
    expect((await open()).body).toMatchObject({ status: 409, code, money: 'none' });
  });

  it('is not begun while the hub is away, and unknown ids are 404', async () => {
    expect((await look('0190a6b2-0000-7000-8000-00000000abcd')).body).toMatchObject({
      status: 404,
      code: 'refund_session_unknown',
    });
    test.core.setHubAway(true);
    expect((await open()).body).toMatchObject({ status: 503, code: 'hub_unreachable', money: 'none' });
  });

  it('refuses members that it does not know', async () => {
    const answer = await test.call({ path: '/v1/refund-sessions', body: { amount: '5.00' }, token });
    expect(answer.body).toMatchObject({ status: 400, code: 'request_invalid' });
  });
});

it('the device tells scheme, methods and the way of refunds, and nothing before the hub has told them', async () => {
  expect((await test.call({ path: '/v1/device' })).body).toMatchObject({
    scheme: 2,
    methods: ['qr', 'link', 'terminal'],
    refunds: 'with_customer',
  });
  test.core.refundSessions.setOffer(undefined);
  expect((await test.call({ path: '/v1/device' })).body.scheme).toBeUndefined();
});
