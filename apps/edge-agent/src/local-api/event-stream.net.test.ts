import { request } from 'node:http';
import { createSilentLog, createSystemContext } from '@tolem/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DoorTest, newKey, openDoorTest } from './door-test.ts';

interface Event {
  id?: string;
  event?: string;
  data?: { status: string; refunds: unknown[] };
}

describe('events of a payment over a real connection', () => {
  let test: DoorTest;
  let host: string;
  let id: string;
  beforeEach(async () => {
    test = await openDoorTest({ context: createSystemContext(createSilentLog()) });
    const { port } = await test.api.listen({ host: '127.0.0.1', port: 0 });
    host = `127.0.0.1:${port}`;
    const body = { method: 'qr', amount: '1500.00' };
    id = (await test.call({ path: '/v1/payments', body, key: newKey(), headers: { host } })).body.id;
  });
  afterEach(() => test.close());

  /** Reads events as a till would; `next` waits for one. */
  const open = async (headers: Record<string, string> = {}) => {
    const gone = new AbortController();
    const response = await fetch(`http://${host}/v1/payments/${id}/events`, {
      headers: { authorization: `Bearer ${test.localToken}`, ...headers },
      signal: gone.signal,
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const next = async (): Promise<Event | undefined> => {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end < 0) {
          const chunk = await reader?.read();
          if (!chunk || chunk.done) return undefined;
          text += chunk.value;
          continue;
        }
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
        if (fields.event) return { ...fields, data: JSON.parse(fields.data) };
      }
    };
    return { response, next, leave: () => gone.abort() };
  };

  it('tells the payment at once, then each change, and records paid as collected', async () => {
    const { response, next, leave } = await open();
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect((await next())?.data?.status).toBe('awaiting_scan');
    test.core.payments.scan(id);
    expect((await next())?.data?.status).toBe('awaiting_confirmation');
    expect(test.core.payments.get(id).collectedAtMs).toBeUndefined();
    test.core.payments.pay(id);
    expect((await next())?.data?.status).toBe('paid');
    await expect.poll(() => test.core.payments.get(id).collectedAtMs).toBeDefined();
    leave();
  });

  it('resumes by Last-Event-ID: nothing again that was seen, at once what was missed', async () => {
    const first = await open();
    const seen = (await first.next())?.id ?? '';
    first.leave();
    const quiet = await open({ 'last-event-id': seen });
    const waiting = quiet.next();
    test.core.payments.scan(id);
    expect((await waiting)?.data?.status).toBe('awaiting_confirmation');
    quiet.leave();
    const missed = await open({ 'last-event-id': seen });
    expect((await missed.next())?.data?.status).toBe('awaiting_confirmation');
    missed.leave();
  });

  it('tells the present state to whoever was last told something by another process: versions may come again', async () => {
    const first = await open();
    const seen = (await first.next())?.id ?? '';
    first.leave();
    const { boot } = test.core.identity;
    expect(seen.startsWith(`${boot}.`)).toBe(true);
    const resumed = await open({ 'last-event-id': seen.replace(boot, 'the-boot-before') });
    expect(await resumed.next()).toMatchObject({ id: seen, data: { id } });
    resumed.leave();
  });

  it('tells refunds of the payment too', async () => {
    test.core.payments.pay(id);
    const { next, leave } = await open();
    await next();
    const token = test.tokenWith('refund');
    const path = `/v1/payments/${id}/refunds`;
    void test.call({ path, body: { reason: 'x' }, key: newKey(), token, headers: { host } });
    await expect.poll(async () => (await next())?.data?.refunds.length).toBe(1);
    leave();
  });

  it('refuses an unknown payment before it begins to stream', async () => {
    const answer = await fetch(`http://${host}/v1/payments/nothing/events`, {
      headers: { authorization: `Bearer ${test.localToken}` },
    });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('problem+json');
  });

  it('limits how many listen, and forgets those who left', async () => {
    const streams = await Promise.all(Array.from({ length: 64 }, () => open()));
    const refused = await open();
    expect(refused.response.status).toBe(429);
    for (const stream of streams) stream.leave();
    await expect
      .poll(async () => {
        const again = await open();
        const { status } = again.response;
        again.leave();
        return status;
      })
      .toBe(200);
  });

  it('ends the streams when the agent stops', async () => {
    const { next } = await open();
    await next();
    await test.api.close();
    expect(await next()).toBeUndefined();
  });

  it('takes nothing for collected by a till that has hung up while it waited', async () => {
    const headers = { authorization: `Bearer ${test.localToken}`, host };
    const [, port] = host.split(':');
    let closed = 0;
    test.api.app.server.on('connection', (socket) => socket.on('close', () => closed++));
    const waiting = request({ host: '127.0.0.1', port: Number(port), path: `/v1/payments/${id}?wait=50`, headers });
    waiting.on('error', () => undefined);
    waiting.end();
    const other = await fetch(`http://${host}/v1/health`, { headers: { authorization: headers.authorization } });
    expect(other.status).toBe(200);
    waiting.destroy();
    await expect.poll(() => closed).toBeGreaterThan(0);
    test.core.payments.pay(id);
    const seen = await fetch(`http://${host}/v1/payments?limit=1`, {
      headers: { authorization: headers.authorization },
    });
    expect(seen.status).toBe(200);
    expect(test.core.payments.get(id).collectedAtMs).toBeUndefined();
  });
});
