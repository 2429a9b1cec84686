import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer } from '../support/customer.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

test('a discarded code is watched on, and a new one for the same order is paid once', async () => {
  const customer = createCustomer(world);
  const first = await world.till.pay({ method: 'qr', amount: '45.00', orderId: 'order-7' });
  await customer.act(first.id, 'discard');
  await world.till.waitFor(first.id, (payment) => payment.status !== 'awaiting_scan');
  const second = await world.till.pay({ method: 'qr', amount: '45.00', orderId: 'order-7' });
  expect(second.id).not.toBe(first.id);
  expect(second.qr?.token).not.toBe(first.qr?.token);
  await customer.scan(second.id);
  await customer.confirm(second.id);
  await world.till.waitFor(second.id, 'paid');
  await expectAgreement(world);
  expect((await world.bank.truth()).charges).toHaveLength(1);
});

test('a code that the cashier cancels before the scan comes down; while the customer confirms it cannot be cancelled', async () => {
  const customer = createCustomer(world);
  const first = await world.till.pay({ method: 'qr', amount: '46.00' });
  expect((await world.till.post(first.id, 'cancel')).status).toBe(200);
  await world.till.waitFor(first.id, 'cancelled');
  const second = await world.till.pay({ method: 'qr', amount: '47.00' });
  await customer.scan(second.id);
  await world.till.waitFor(second.id, 'awaiting_confirmation');
  const refused = await world.till.post(second.id, 'cancel');
  expect(refused.status).toBe(409);
  expect(refused.body.code).toBe('customer_confirming');
  await customer.confirm(second.id);
  await world.till.waitFor(second.id, 'paid');
  await expectAgreement(world);
});
