import { describe, expect, it } from 'vitest';
import { createTillClient, type Payment, TillError } from './index.ts';

const KEY = '3f0e6a52-5f0e-4a53-9d53-2b7a1f6f0c11';
const REQUEST = { method: 'qr', amount: '1500.00', orderId: 'A-17' } as const;

describe('pay', () => {
  it('sends the request once when it is answered, with the token and the key', async () => {
    const world = createWorld([created('awaiting_scan')]);
    const payment = await world.client.pay(REQUEST, KEY);
    expect(payment.status).toBe('awaiting_scan');
    expect(world.sent).toEqual([
      { method: 'POST', url: 'http://agent/v1/payments', key: KEY, token: 'Bearer secret', body: REQUEST },
    ]);
  });

  it('sends the very same request again, with the same key, when nobody answered', async () => {
    const world = createWorld([silence, silence, created('awaiting_scan')]);
    await world.client.pay(REQUEST, KEY);
    expect(world.sent).toHaveLength(3);
    expect(new Set(world.sent.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(world.pausesMs).toEqual([250, 500]);
  });

  it('gives up after 30 s and says that money may have moved', async () => {
    const world = createWorld(Array.from({ length: 50 }, () => silence));
    const error = await failure(world.client.pay(REQUEST, KEY));
    expect(error).toMatchObject({ code: 'agent_unreachable', money: 'maybe', retry: 'same_key' });
    expect(error.hint.ru).toContain('Не начинайте оплату заново');
    expect(sum(world.pausesMs)).toBeLessThanOrEqual(30_000);
    expect(sum(world.pausesMs)).toBeGreaterThan(27_000);
  });

  it('repeats what the agent wants repeated with the same key, no sooner than it says', async () => {
    const world = createWorld([
      problem({ code: 'journal_recovering', money: 'maybe', retry: 'same_key', retryAfter: 3 }),
      created('awaiting_scan'),
    ]);
    await world.client.pay(REQUEST, KEY);
    expect(world.pausesMs).toEqual([3000]);
  });

  it.each([
    { code: 'terminal_busy', money: 'none', retry: 'after', retryAfter: 5 },
    { code: 'key_used', money: 'maybe', retry: 'never', paymentId: 'p-1' },
  ] as const)('never repeats $code', async (said) => {
    const world = createWorld([problem(said)]);
    const error = await failure(world.client.pay(REQUEST, KEY));
    expect(error).toMatchObject({ code: said.code, money: said.money, retry: said.retry });
    expect(world.sent).toHaveLength(1);
    expect(error.problem).toMatchObject(said);
  });

  it.each(['token_invalid', 'hub_unreachable'])(
    'after an unanswered attempt %s says nothing of that attempt',
    async (code) => {
      const world = createWorld([silence, problem({ code, money: 'none', retry: 'never' })]);
      const error = await failure(world.client.pay(REQUEST, KEY));
      expect(error).toMatchObject({ code, money: 'maybe', retry: 'same_key' });
      expect(error.hint.ru).toContain('Не начинайте оплату заново');
    },
  );

  it('asks again, with the same key, an agent that is stopping: it may have begun before', async () => {
    const stopping = problem({ code: 'stopping', money: 'none', retry: 'after', retryAfter: 2 });
    const world = createWorld([silence, stopping, created('awaiting_scan')]);
    await world.client.pay(REQUEST, KEY);
    expect(new Set(world.sent.map((one) => one.key))).toEqual(new Set([KEY]));
  });

  it('does not wait over and over for an agent that takes the request and never answers', async () => {
    const world = createWorld(
      Array.from({ length: 5 }, () => silence),
      { isLimitOver: true },
    );
    expect(await failure(world.client.pay(REQUEST, KEY))).toMatchObject({ money: 'maybe' });
    expect(world.sent).toHaveLength(1);
  });

  it('never asks without a pause', async () => {
    const again = problem({ code: 'journal_recovering', money: 'maybe', retry: 'same_key', retryAfter: 0 });
    const world = createWorld(Array.from({ length: 50 }, () => again));
    await failure(world.client.pay(REQUEST, KEY));
    expect(Math.min(...world.pausesMs)).toBe(250);
  });

  it('takes an answer that is none of the agent for silence', async () => {
    const world = createWorld([
      () => new Response('<html>proxy</html>', { status: 502, headers: { 'content-type': 'text/html' } }),
      created('awaiting_scan'),
    ]);
    await world.client.pay(REQUEST, KEY);
    expect(world.sent).toHaveLength(2);
  });

  it('stops at once when the till no longer wants to wait', async () => {
    const leave = new AbortController();
    const onPause = () => leave.abort(new Error('closed'));
    const world = createWorld([silence, created('awaiting_scan')], { onPause });
    await expect(world.client.pay(REQUEST, KEY, { signal: leave.signal })).rejects.toThrow('closed');
    expect(world.sent).toHaveLength(1);
  });
});

describe('untilSettled', () => {
  it('asks for the next version until the payment is paid, and shows every state once', async () => {
    const world = createWorld([
      seen('awaiting_scan', 2),
      seen('awaiting_scan', 2),
      seen('awaiting_confirmation', 3),
      silence,
      seen('paid', 5),
    ]);
    const shown: string[] = [];
    const payment = await world.client.untilSettled('p-1', { onChange: (one) => shown.push(one.status) });
    expect(payment.status).toBe('paid');
    expect(shown).toEqual(['awaiting_scan', 'awaiting_confirmation', 'paid']);
    expect(world.sent.map((one) => new URL(one.url).searchParams.get('after'))).toEqual(['0', '2', '2', '3', '3']);
  });

  it.each(['failed', 'expired', 'cancelled', 'unknown'] as const)('ends with %s', async (status) => {
    const world = createWorld([seen(status, 4)]);
    expect((await world.client.untilSettled('p-1')).status).toBe(status);
  });

  it('never says that no money moved: what it follows may be paid, whatever the question failed with', async () => {
    const world = createWorld(Array.from({ length: 50 }, () => silence));
    expect(await failure(world.client.untilSettled('p-1'))).toMatchObject({
      code: 'agent_unreachable',
      money: 'maybe',
    });
    const refusing = createWorld([problem({ code: 'token_invalid', money: 'none', retry: 'never' })]);
    const refused = await failure(refusing.client.untilSettled('p-1'));
    expect(refused).toMatchObject({ code: 'token_invalid', money: 'maybe', retry: 'same_key' });
  });

  it('asks again where the agent has too much to do or is stopping', async () => {
    const world = createWorld([
      problem({ code: 'too_many_requests', money: 'none', retry: 'after', retryAfter: 1 }),
      problem({ code: 'stopping', money: 'none', retry: 'after', retryAfter: 2 }),
      seen('paid', 5),
    ]);
    expect((await world.client.untilSettled('p-1')).status).toBe('paid');
    expect(world.pausesMs).toEqual([1000, 2000]);
  });
});

describe('refund', () => {
  it('keeps its key over a lost answer and waits until the money is back', async () => {
    const world = createWorld([silence, refund('sent', 2), refund('sent', 2), refund('confirmed', 3)]);
    const asked = await world.client.refund('p-1', { amount: '400.50', reason: 'goods returned' }, KEY);
    expect(asked.status).toBe('sent');
    expect((await world.client.untilRefunded(asked.id)).status).toBe('confirmed');
    expect(world.sent.map((one) => one.key)).toEqual([KEY, KEY, null, null]);
  });
});

describe('a refund with the customer', () => {
  it('opens a session, waits for the scan, lists the purchases and refunds one of them in that session', async () => {
    const session = (status: string, version: number) => json(200, { id: 's-1', status, version });
    const world = createWorld([
      silence,
      json(201, { id: 's-1', status: 'awaiting_customer', version: 1, qr: { token: '551' } }),
      session('awaiting_customer', 1),
      session('customer_known', 2),
      json(200, { purchases: [{ bankPaymentId: '9', amount: '10.00', paymentId: 'p-1', refundable: true }] }),
      refund('sent', 1),
    ]);
    const { client } = world;
    const opened = await client.openRefundSession();
    expect(opened.qr?.token).toBe('551');
    expect((await client.untilCustomerKnown(opened.id)).status).toBe('customer_known');
    const [purchase] = await client.customerPurchases(opened.id);
    expect(purchase).toMatchObject({ paymentId: 'p-1', refundable: true });
    await client.refund('p-1', { reason: 'goods returned', refundSessionId: opened.id }, KEY);
    expect(world.sent.at(-1)?.body).toEqual({ reason: 'goods returned', refundSessionId: 's-1' });
  });
});

describe('payerName', () => {
  it('tells whose phone it is', async () => {
    const world = createWorld([json(200, { clientName: 'Айгүл С.' })]);
    expect(await world.client.payerName('+77011234567')).toBe('Айгүл С.');
    expect(world.sent[0]?.url).toBe('http://agent/v1/payers?phone=%2B77011234567');
  });
});

type Reply = () => Response;

interface Sent {
  method: string;
  url: string;
  key: string | null;
  token: string | null;
  body: unknown;
}

/** A network that answers by script; a pause takes no time. */
function createWorld(
  script: Reply[],
  { onPause = () => undefined, isLimitOver = false }: { onPause?: () => void; isLimitOver?: boolean } = {},
) {
  const sent: Sent[] = [];
  const pausesMs: number[] = [];
  const client = createTillClient({
    url: 'http://agent/',
    token: 'secret',
    delays: {
      limit: () => (isLimitOver ? AbortSignal.abort() : new AbortController().signal),
      async pause(ms, signal) {
        pausesMs.push(ms);
        onPause();
        signal?.throwIfAborted();
      },
    },
    async fetch(input) {
      const request = new Request(input);
      const text = await request.text();
      sent.push({
        method: request.method,
        url: request.url,
        key: request.headers.get('idempotency-key'),
        token: request.headers.get('authorization'),
        body: text === '' ? undefined : JSON.parse(text),
      });
      const reply = script[sent.length - 1];
      if (!reply) throw new Error('the script is over');
      return reply();
    },
  });
  return { client, sent, pausesMs };
}

const silence: Reply = () => {
  throw new TypeError('fetch failed');
};
const json = (status: number, body: unknown, type = 'application/json'): Reply => {
  return () => new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });
};
const created = (status: Payment['status']) => json(201, { id: 'p-1', status, version: 1 });
const seen = (status: Payment['status'], version: number) => json(200, { id: 'p-1', status, version });
const refund = (status: string, version: number) => json(200, { id: 'r-1', status, version });
const problem = (said: Record<string, unknown>) =>
  json(503, { detail: 'because', hint: { kk: 'k', ru: 'r', en: 'e' }, ...said }, 'application/problem+json');

async function failure(call: Promise<unknown>): Promise<TillError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TillError)) throw new Error(`expected a TillError, got ${String(error)}`);
  return error;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
