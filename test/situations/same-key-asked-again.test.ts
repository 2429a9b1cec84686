import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer } from '../support/customer.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

test('a repeated request gives the same payment, and the bank makes one purchase', async () => {
  const key = 'receipt-2026-000001';
  const body = { method: 'qr', amount: '90.00', orderId: 'a' };
  const [first, second] = await Promise.all([world.till.ask(body, key), world.till.ask(body, key)]);
  const third = await world.till.ask(body, key);
  expect([first.status, second.status].sort()).toEqual([200, 201]);
  expect(third.status).toBe(200);
  expect(third.body.repeated).toBe(true);
  expect(new Set([first.body.id, second.body.id, third.body.id]).size).toBe(1);
  expect(await world.bank.purchases(first.body.id)).toHaveLength(1);
  await createCustomer(world).scan(first.body.id);
  await createCustomer(world).confirm(first.body.id);
  await world.till.waitFor(first.body.id, 'paid');
  expect((await world.till.ask(body, key)).body.status).toBe('paid');
  await expectAgreement(world);
});

test('the same key with another body is refused and names the payment', async () => {
  const key = 'receipt-2026-000002';
  const first = await world.till.ask({ method: 'qr', amount: '91.00' }, key);
  const other = await world.till.ask({ method: 'qr', amount: '92.00' }, key);
  expect(other.status).toBe(409);
  expect(other.body.code).toBe('key_conflict');
  expect(other.body.paymentId).toBe(first.body.id);
  expect(await world.bank.purchases(first.body.id)).toHaveLength(1);
});
