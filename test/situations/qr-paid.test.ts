import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

test('a customer scans, confirms, and the till says paid', async () => {
  const created = await world.till.pay({ method: 'qr', amount: '1500.00', orderId: 'order-1' });
  expect(created.status).toBe('awaiting_scan');
  expect(created.qr?.token).toBeTruthy();
  const [purchase] = await world.bank.purchases(created.id);
  await world.bank.act(purchase?.bankPaymentId ?? '', 'scan');
  await world.till.waitFor(created.id, 'awaiting_confirmation');
  await world.bank.act(purchase?.bankPaymentId ?? '', 'confirm');
  const paid = await world.till.waitFor(created.id, 'paid');
  expect(paid.amount).toBe('1500.00');
  await expectAgreement(world);
  const truth = await world.bank.truth();
  expect(truth.charges).toHaveLength(1);
});

test('the customer declines, and the till says failed', async () => {
  const created = await world.till.pay({ method: 'qr', amount: '20.50' });
  const [purchase] = await world.bank.purchases(created.id);
  await world.bank.act(purchase?.bankPaymentId ?? '', 'scan');
  await world.bank.act(purchase?.bankPaymentId ?? '', 'decline');
  await world.till.waitFor(created.id, 'failed');
  await expectAgreement(world);
});
