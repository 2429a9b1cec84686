import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DoorTest, newKey, openDoorTest } from './door-test.ts';
import { paymentJson } from './payment-json.ts';

let test: DoorTest;
beforeEach(async () => {
  test = await openDoorTest();
});
afterEach(() => test.close());

const QR = { method: 'qr', amount: '1500.00', orderId: 'A-17' };

async function ask(body: unknown = QR, key = newKey()) {
  return test.call({ path: '/v1/payments', body, key });
}

describe('asking for a payment', () => {
  it('answers 201 with the payment as the contract describes it', async () => {
    const answer = await ask();
    expect(answer.status).toBe(201);
    expect(paymentJson.strict().parse(answer.body)).toEqual(answer.body);
    expect(answer.body).toMatchObject({
      orderId: 'A-17',
      amount: '1500.00',
      currency: 'KZT',
      status: 'awaiting_scan',
      final: false,
      refundedAmount: '0.00',
      refunds: [],
      qr: { methods: ['Gold', 'Red', 'Loan'] },
    });
    expect(answer.headers.location).toBe(`/v1/payments/${answer.body.id}`);
    expect(answer.body.createdAt).toMatch(/^2026-01-15T06:00:00/);
  });

  it('writes an amount without decimals as one with two', async () => {
    expect((await ask({ method: 'terminal', amount: '700' })).body.amount).toBe('700.00');
  });

  it('answers a repeated key and body with 200, the same payment as it now is, and starts nothing', async () => {
    const key = newKey();
    const first = await ask(QR, key);
    test.core.payments.scan(first.body.id);
    const second = await ask({ ...QR, amount: '1500' }, key);
    expect(second.status).toBe(200);
    expect(second.body).toMatchObject({ id: first.body.id, repeated: true, status: 'awaiting_confirmation' });
    expect(test.core.payments.all()).toHaveLength(1);
  });

  it('refuses a repeated key with another body, naming the payment', async () => {
    const key = newKey();
    const first = await ask(QR, key);
    const second = await ask({ ...QR, amount: '1500.01' }, key);
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({ code: 'key_conflict', money: 'none', paymentId: first.body.id });
  });

  it('scopes keys to the token', async () => {
    const key = newKey();
    await ask(QR, key);
    const other = await test.call({ path: '/v1/payments', body: QR, key, token: test.tokenWith('pay') });
    expect(other.status).toBe(201);
    expect(test.core.payments.all()).toHaveLength(2);
  });

  it('passes the core’s refusal on: no hub, no money, come back later', async () => {
    test.core.setHubAway(true);
    const answer = await ask();
    expect(answer.status).toBe(503);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.body).toMatchObject({ code: 'hub_unreachable', money: 'none', retry: 'after', retryAfter: 5 });
    expect(Object.keys(answer.body.hint)).toEqual(['kk', 'ru', 'en']);
  });

  it('says maybe and the same key when it breaks inside, and the same key finds the payment', async () => {
    const key = newKey();
    test.core.payments.loseNextAnswer();
    const broken = await ask(QR, key);
    expect(broken.status).toBe(500);
    expect(broken.body).toMatchObject({ code: 'internal_error', money: 'maybe', retry: 'same_key' });
    const again = await ask(QR, key);
    expect(again.body).toMatchObject({ repeated: true, status: 'awaiting_scan' });
    expect(test.core.payments.all()).toHaveLength(1);
  });
});

describe('reading a payment', () => {
  it('gives 404 for an unknown id', async () => {
    expect((await test.call({ path: '/v1/payments/nothing' })).body.code).toBe('payment_unknown');
  });

  it('waits for the next change', async () => {
    const { id, version } = (await ask()).body;
    const waiting = test.call({ path: `/v1/payments/${id}?wait=25&after=${version}` });
    await test.clock.advance(3000);
    test.core.payments.scan(id);
    await test.clock.advance(0);
    expect((await waiting).body.status).toBe('awaiting_confirmation');
  });

  it('answers unchanged when the wait is over', async () => {
    const { id } = (await ask()).body;
    const waiting = test.call({ path: `/v1/payments/${id}?wait=25` });
    await test.clock.advance(25_000);
    expect((await waiting).body.status).toBe('awaiting_scan');
  });

  it('answers at once when the version seen is older, or nothing can change any more', async () => {
    const { id } = (await ask()).body;
    test.core.payments.pay(id);
    expect((await test.call({ path: `/v1/payments/${id}?wait=25&after=1` })).body.status).toBe('paid');
    expect((await test.call({ path: `/v1/payments/${id}?wait=25` })).body.status).toBe('paid');
  });

  it('records a paid payment as collected once its answer has been written, and not before', async () => {
    const { id } = (await ask()).body;
    await test.call({ path: `/v1/payments/${id}` });
    expect(test.core.payments.get(id).collectedAtMs).toBeUndefined();
    test.core.payments.pay(id);
    await test.call({ path: '/v1/payments' });
    expect(test.core.payments.get(id).collectedAtMs).toBeUndefined();
    await test.call({ path: `/v1/payments/${id}` });
    expect(test.core.payments.get(id).collectedAtMs).toBeDefined();
  });

  it('does not take a token that cannot pay for a till', async () => {
    const { id } = (await ask()).body;
    test.core.payments.pay(id);
    await test.call({ path: `/v1/payments/${id}`, token: test.tokenWith('refund') });
    expect(test.core.payments.get(id).collectedAtMs).toBeUndefined();
  });

  it('shows late money without ever saying paid', async () => {
    const { id } = (await ask()).body;
    await test.clock.advance(181_000);
    test.core.payments.payLate(id);
    const late = (await test.call({ path: `/v1/payments/${id}` })).body;
    expect(late).toMatchObject({
      status: 'expired',
      mayStillBePaid: false,
      late: { amount: '1500.00', claimable: true },
    });
    const taken = await test.call({ path: `/v1/payments/${id}/accept-late`, body: {} });
    expect(taken.body.status).toBe('paid');
    expect(test.core.payments.get(id).collectedAtMs).toBeDefined();
  });

  it('never shows a code after the caller was told that nothing was started', async () => {
    const { id } = (await ask()).body;
    test.core.payments.change(id, { toldNone: true });
    expect((await test.call({ path: `/v1/payments/${id}` })).body.qr).toBeUndefined();
    expect((await test.call({ path: `/v1/payments/${id}/qr.svg` })).body.code).toBe('code_not_shown');
  });
});

describe('searching', () => {
  it('finds by order and status, newest first, page by page', async () => {
    for (let n = 0; n < 5; n++) {
      await ask({ ...QR, orderId: n % 2 === 0 ? 'even' : 'odd' });
      await test.clock.advance(1000);
    }
    const first = await test.call({ path: '/v1/payments?orderId=even&limit=2' });
    expect(first.body.payments).toHaveLength(2);
    const second = await test.call({ path: `/v1/payments?orderId=even&limit=2&cursor=${first.body.nextCursor}` });
    expect(second.body.payments).toHaveLength(1);
    expect(second.body.nextCursor).toBeUndefined();
    const waiting = await test.call({ path: '/v1/payments?status=awaiting_scan,paid' });
    expect(waiting.body.payments).toHaveLength(5);
    expect((await test.call({ path: '/v1/payments?status=paid' })).body.payments).toHaveLength(0);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'status=done', 'nonsense=1', 'limit=1&limit=2'])(
    'refuses ?%s',
    async (query) => {
      const answer = await test.call({ path: `/v1/payments?${query}` });
      expect(answer.body).toMatchObject({ status: 400, code: 'request_invalid' });
      expect(answer.body.fields).not.toHaveLength(0);
    },
  );
});

describe('actions', () => {
  it('cancels, and says that somebody who saw the code may still pay', async () => {
    const { id } = (await ask()).body;
    const answer = await test.call({ path: `/v1/payments/${id}/cancel`, body: {} });
    expect(answer.body).toMatchObject({ status: 'cancelled', final: false, mayStillBePaid: true });
    expect(answer.body.qr).toBeUndefined();
  });

  it('takes an action without a body', async () => {
    const { id } = (await ask()).body;
    expect((await test.call({ path: `/v1/payments/${id}/cancel`, rawBody: '' })).body.status).toBe('cancelled');
  });

  it('passes on that the customer is confirming, and that only the terminal can cancel', async () => {
    const { id } = (await ask()).body;
    test.core.payments.scan(id);
    const confirming = await test.call({ path: `/v1/payments/${id}/cancel`, body: {} });
    expect(confirming.body).toMatchObject({ status: 409, code: 'customer_confirming' });
    const atTerminal = (await ask({ method: 'terminal', amount: '700.00' })).body;
    const refused = await test.call({ path: `/v1/payments/${atTerminal.id}/cancel`, body: {} });
    expect(refused.body.code).toBe('cancel_at_terminal');
  });

  it('refuses to ask the bank about a payment that is followed by itself', async () => {
    const { id } = (await ask()).body;
    const answer = await test.call({ path: `/v1/payments/${id}/refresh`, body: {} });
    expect(answer.body).toMatchObject({ status: 409, code: 'refresh_unavailable', money: 'none', paymentId: id });
  });

  it('lets a token with settle decide an unknown payment, with name and reason', async () => {
    const { id } = (await ask({ method: 'terminal', amount: '700.00' })).body;
    test.core.payments.change(id, { status: 'unknown', statusReason: 'start_answer_lost' });
    const body = { outcome: 'paid', by: 'Aigerim', reason: 'the terminal printed a cheque' };
    const path = `/v1/payments/${id}/resolve`;
    expect((await test.call({ path, body })).body.code).toBe('scope_missing');
    const settled = await test.call({ path, body, token: test.tokenWith('settle') });
    expect(settled.body).toMatchObject({ status: 'paid', evidence: 'person', resolvedBy: 'Aigerim' });
  });

  it('shows the code as SVG and PNG while it may be scanned', async () => {
    const { id } = (await ask()).body;
    const svg = await test.call({ path: `/v1/payments/${id}/qr.svg` });
    expect(svg.headers['content-type']).toContain('image/svg+xml');
    expect(svg.text).toContain('<svg');
    const png = await test.call({ path: `/v1/payments/${id}/qr.png` });
    expect(png.headers['content-type']).toBe('image/png');
    await test.call({ path: `/v1/payments/${id}/cancel`, body: {} });
    expect((await test.call({ path: `/v1/payments/${id}/qr.png` })).status).toBe(409);
  });
});
