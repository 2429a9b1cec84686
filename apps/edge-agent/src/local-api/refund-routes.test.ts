import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DoorTest, newKey, openDoorTest } from './door-test.ts';
import { refundJson } from './payment-json.ts';

let test: DoorTest;
let token: string;
let paymentId: string;
beforeEach(async () => {
  test = await openDoorTest();
  token = test.tokenWith('pay', 'refund');
  const asked = await test.call({ path: '/v1/payments', body: { method: 'qr', amount: '1500.00' }, key: newKey() });
  paymentId = asked.body.id;
  test.core.payments.pay(paymentId);
});
afterEach(() => test.close());

const refund = (body: unknown, key = newKey(), by = token) =>
  test.call({ path: `/v1/payments/${paymentId}/refunds`, body, key, token: by });

describe('refunds', () => {
  it('gives back a part, shows it in the payment, and follows it to the end', async () => {
    const asked = await refund({ amount: '400.50', reason: 'wrong size' });
    expect(asked.status).toBe(201);
    expect(refundJson.strict().parse(asked.body)).toEqual(asked.body);
    const waiting = test.call({ path: `/v1/refunds/${asked.body.id}?wait=10`, token });
    await test.clock.advance(100);
    test.core.refunds.confirm(asked.body.id);
    await test.clock.advance(0);
    expect((await waiting).body).toMatchObject({ status: 'confirmed', evidence: 'answer' });
    const payment = await test.call({ path: `/v1/payments/${paymentId}` });
    expect(payment.body).toMatchObject({ refundedAmount: '400.50', refunds: [{ amount: '400.50' }] });
  });

  it('gives back all that is left without an amount, under the name of the token', async () => {
    await refund({ amount: '500.00', reason: 'a part' });
    const rest = await refund({ reason: 'the rest' });
    expect(rest.body.amount).toBe('1000.00');
    expect(rest.body.actor).toMatch(/^pay\+refund/);
  });

  it('never starts a second refund for the same key and body', async () => {
    const key = newKey();
    const first = await refund({ amount: '500.00', reason: 'once' }, key);
    const second = await refund({ amount: '500', reason: 'once' }, key);
    expect(second.status).toBe(200);
    expect(second.body).toMatchObject({ id: first.body.id, repeated: true });
    expect((await refund({ amount: '500.00', reason: 'another' }, key)).body.code).toBe('key_conflict');
  });

  it('refuses the local token: it has scope pay', async () => {
    const answer = await refund({ reason: 'x' }, newKey(), test.localToken);
    expect(answer.body).toMatchObject({ status: 403, code: 'scope_missing', money: 'none' });
  });

  it.each([
    [{ amount: '0.00', reason: 'x' }, 'amount_out_of_range'],
    [{ amount: '99999999.00', reason: 'x' }, 'amount_out_of_range'],
    [{ amount: 400, reason: 'x' }, 'request_invalid'],
    [{ amount: '400.00' }, 'request_invalid'],
    [{ amount: '400.00', reason: '' }, 'request_invalid'],
    [{ amount: '1500.01', reason: 'x' }, 'refund_exceeds_payment'],
  ])('refuses %j with %s', async (body, code) => {
    expect((await refund(body)).body).toMatchObject({ code, money: 'none' });
  });

  it('lets a token with settle decide an unknown refund', async () => {
    const { id } = (await refund({ amount: '400.00', reason: 'x' })).body;
    test.core.refunds.change(id, { status: 'unknown' });
    const path = `/v1/refunds/${id}/resolve`;
    const body = { outcome: 'declined', by: 'Aigerim', reason: 'the terminal printed a refusal' };
    expect((await test.call({ path, body, token })).body.code).toBe('scope_missing');
    const settled = await test.call({ path, body, token: test.tokenWith('settle') });
    expect(settled.body).toMatchObject({ status: 'declined', evidence: 'person' });
  });

  it('needs a key', async () => {
    const answer = await test.call({ path: `/v1/payments/${paymentId}/refunds`, body: { reason: 'x' }, token });
    expect(answer.body.code).toBe('key_missing');
  });

  it('gives 404 for unknown payments and refunds', async () => {
    const path = '/v1/payments/nothing/refunds';
    expect((await test.call({ path, body: { reason: 'x' }, key: newKey(), token })).status).toBe(404);
    expect((await test.call({ path: '/v1/refunds/nothing' })).body.code).toBe('refund_unknown');
  });
});
