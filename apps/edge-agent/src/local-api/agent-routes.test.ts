import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { healthJson, terminalJson } from './agent-routes.ts';
import { type DoorTest, openDoorTest } from './door-test.ts';

let test: DoorTest;
beforeEach(async () => {
  test = await openDoorTest();
});
afterEach(() => test.close());

describe('the agent itself', () => {
  it('tells its health by layers with a named cause', async () => {
    const well = (await test.call({ path: '/v1/health' })).body;
    expect(healthJson.strict().parse(well)).toMatchObject({ status: 'ok', outbox: { waiting: 0 } });
    test.core.setHubAway(true);
    const ill = (await test.call({ path: '/v1/health' })).body;
    expect(ill.status).toBe('fail');
    expect(ill.layers).toContainEqual(expect.objectContaining({ layer: 'hub_link', cause: 'connect_timeout' }));
  });

  it('tells who it is', async () => {
    const { body } = await test.call({ path: '/v1/device' });
    expect(body).toMatchObject({ agentId: 'till-1', devices: [{ deviceId: 'till-1', enabled: true }] });
  });

  it('lists, pairs and releases terminals', async () => {
    test.core.setTerminal('front', { state: 'unpaired' });
    const { body } = await test.call({ path: '/v1/terminals' });
    expect(body.terminals).toEqual([terminalJson.strict().parse((body.terminals as unknown[])[0])]);
    const paired = await test.call({ path: '/v1/terminals/front/pair', body: {} });
    expect(paired.body).toMatchObject({ id: 'front', state: 'ready' });
    const release = { path: '/v1/terminals/front/release', body: { by: 'Berik', reason: 'looked at it' } };
    expect((await test.call(release)).body.code).toBe('scope_missing');
    test.core.setTerminal('front', { state: 'unresolved' });
    expect((await test.call({ ...release, token: test.tokenWith('settle') })).body.state).toBe('ready');
    expect((await test.call({ path: '/v1/terminals/none/pair', body: {} })).status).toBe(404);
  });

  it('publishes its contract: every promised route, every member of a body', async () => {
    const { body } = await test.call({ path: '/v1/openapi.json' });
    const paths = body.paths as Record<string, Record<string, unknown>>;
    expect(Object.keys(paths).sort()).toEqual([
      '/v1/device',
      '/v1/health',
      '/v1/payers',
      '/v1/payments',
      '/v1/payments/{id}',
      '/v1/payments/{id}/accept-late',
      '/v1/payments/{id}/cancel',
      '/v1/payments/{id}/events',
      '/v1/payments/{id}/qr.png',
      '/v1/payments/{id}/qr.svg',
      '/v1/payments/{id}/refresh',
      '/v1/payments/{id}/refunds',
      '/v1/payments/{id}/resolve',
      '/v1/refund-sessions',
      '/v1/refund-sessions/{id}',
      '/v1/refund-sessions/{id}/purchases',
      '/v1/refund-sessions/{id}/qr.png',
      '/v1/refund-sessions/{id}/qr.svg',
      '/v1/refunds/{id}',
      '/v1/refunds/{id}/resolve',
      '/v1/terminals',
      '/v1/terminals/{id}/pair',
      '/v1/terminals/{id}/release',
    ]);
    const text = JSON.stringify(body);
    for (const member of ['ownReceipt', 'mayStillBePaid', 'problem+json', 'Idempotency-Key', 'claimUntil']) {
      expect(text).toContain(member);
    }
    expect(body.openapi).toBe('3.1.0');
  });
});
