import { request } from 'node:http';
import { createSilentLog, createSystemContext } from '@tolem/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DoorTest, newKey, openDoorTest } from './door-test.ts';

describe('the doors on a real socket', () => {
  let test: DoorTest;
  let port: number;
  beforeEach(async () => {
    test = await openDoorTest({ context: createSystemContext(createSilentLog()) });
    ({ port } = await test.api.listen({ host: '127.0.0.1', port: 0 }));
  });
  afterEach(() => test.close());

  const send = (path: string, options: { method?: string; host?: string } = {}) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${test.localToken}`, host: options.host ?? `127.0.0.1:${port}` };
      const call = request({ host: '127.0.0.1', port, path, method: options.method ?? 'GET', headers, agent: false });
      call.on('error', reject);
      call.on('response', (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      call.end();
    });

  it('knows its own name by the port that it took', async () => {
    expect((await send('/v1/health')).status).toBe(200);
    expect((await send('/v1/health', { host: `localhost:${port}` })).status).toBe(200);
    for (const host of ['127.0.0.1', `127.0.0.1:${port + 1}`, `evil.example:${port}`]) {
      expect((await send('/v1/health', { host })).body).toContain('host_refused');
    }
  });

  it('takes no HEAD for a till that was told', async () => {
    const body = { method: 'qr', amount: '10.00' };
    const headers = { host: `127.0.0.1:${port}` };
    const { id } = (await test.call({ path: '/v1/payments', body, key: newKey(), headers })).body;
    test.core.payments.pay(id);
    expect((await send(`/v1/payments/${id}`, { method: 'HEAD' })).status).toBe(404);
    expect(test.core.payments.get(id).collectedAtMs).toBeUndefined();
    const told = await send(`/v1/payments/${id}`);
    expect(JSON.parse(told.body).status).toBe('paid');
    expect(test.core.payments.get(id).collectedAtMs).toBeDefined();
  });

  it('answers a waiting till with what there is when it closes', async () => {
    const body = { method: 'qr', amount: '10.00' };
    const headers = { host: `127.0.0.1:${port}` };
    const { id } = (await test.call({ path: '/v1/payments', body, key: newKey(), headers })).body;
    const waiting = send(`/v1/payments/${id}?wait=50`);
    await send('/v1/health');
    await test.api.close();
    expect(JSON.parse((await waiting).body)).toMatchObject({ id, status: 'awaiting_scan' });
    await expect(send('/v1/health')).rejects.toThrow();
  });

  it('never lets an answer be kept', async () => {
    const { headers } = await test.call({ path: '/v1/health', headers: { host: `127.0.0.1:${port}` } });
    expect(headers['cache-control']).toBe('no-store');
  });
});
