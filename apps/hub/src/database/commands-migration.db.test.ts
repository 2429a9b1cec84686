import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hubSchema } from './migrations/0001-hub.ts';
import { commandSchema } from './migrations/0004-commands.ts';
import { paymentKeysSchema } from './migrations/0007-payment-keys.ts';
import { type StoreTestServer, startStoreTestServer } from './store-test-server.ts';

let server: StoreTestServer;
beforeAll(async () => {
  server = await startStoreTestServer();
});
afterAll(() => server.stop());

/** A payment as the first version of the hub stored it. */
const payment = (id: string, source: string, members: { key?: string; edge?: object }): string => {
  const { key, edge } = members;
  const literal = (text: string | undefined) => (text === undefined ? 'null' : pg.escapeLiteral(text));
  return `insert into payment (payment_id, source, agent_id, device_id, organization_bin, trade_point_id, device_token, method,
    amount, request_hash, key_hash, status, final, version, watched, payment_methods, poll_interval_ms, scan_wait_ms,
    confirm_wait_ms, created_at_ms, updated_at_ms, amount_paid, late_accept_ms, refunded, refund_reserved, edge)
    values ('${id}', '${source}', 'till-1', 'd', '', '', '', 'qr', 150000, '', ${literal(key)}, 'paid', true, 1, false, '{}', 0, 0,
    0, ${Number(id.slice(1))}, 0, 150000, 0, 0, 0, ${literal(edge && JSON.stringify(edge))});`;
};

test('what an earlier version kept with a payment stands among the refunds, and of equal keys the first stays', async () => {
  await server.query(server.server.connection, 'create database earlier');
  const connection = { ...server.server.connection, database: 'earlier' };
  const fact = (refundId: string, amount: string) => ({
    [refundId]: {
      refundId,
      amount,
      status: 'confirmed',
      reason: 'r',
      actor: 'till',
      createdAtMs: 5,
      updatedAtMs: 6,
      version: 3,
    },
  });
  await server.query(connection, hubSchema);
  await server.query(
    connection,
    payment('p1', 'edge', {
      edge: { version: 1, refunds: { ...fact('r1', '500.50'), ...fact('r2', '0.00') } },
      key: 'k',
    }) +
      payment('p2', 'edge', { edge: { version: 1 }, key: 'k' }) +
      payment('p3', 'hub', { key: 'k' }) +
      payment('p4', 'hub', { key: 'k' }) +
      payment('p5', 'hub', {}),
  );
  await server.query(connection, commandSchema + paymentKeysSchema);
  const refunds = await server.query(
    connection,
    'select refund_id, payment_id, amount::text, status, actor, source from refund',
  );
  expect(refunds).toEqual([
    {
      refund_id: 'r1',
      payment_id: 'p1',
      amount: '50050',
      status: 'confirmed',
      actor: 'agent:till-1/till',
      source: 'edge',
    },
  ]);
  const keys = await server.query(connection, 'select payment_id from payment where key_hash is not null order by 1');
  expect(keys.map((one) => one.payment_id)).toEqual(['p1', 'p2', 'p3']);
});
