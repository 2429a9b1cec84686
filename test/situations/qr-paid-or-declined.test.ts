import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer } from '../support/customer.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

test('a customer scans, confirms, and the till says paid', async () => {
  const customer = createCustomer(world);
  const asked = await world.till.pay({ method: 'qr', amount: '1500.00', orderId: 'order-1' });
  expect(asked.status).toBe('awaiting_scan');
  expect(asked.qr?.token).toBeTruthy();
  expect(asked.qr?.methods.length).toBeGreaterThan(0);
  await customer.scan(asked.id);
  await world.till.waitFor(asked.id, 'awaiting_confirmation');
  await customer.confirm(asked.id);
  const paid = await world.till.waitFor(asked.id, 'paid');
  expect(paid.amount).toBe('1500.00');
  await expectAgreement(world);
  expect((await world.bank.truth()).charges).toHaveLength(1);
});

test('the customer declines, and the till says failed', async () => {
  const customer = createCustomer(world);
  const asked = await world.till.pay({ method: 'qr', amount: '20.50' });
  await customer.scan(asked.id);
  await customer.decline(asked.id);
  const failed = await world.till.waitFor(asked.id, 'failed');
  expect(failed.final).not.toBe(false);
  await expectAgreement(world);
});

test('a refusal before anything started moves no money and names the field', async () => {
  for (const amount of ['0.00', '0.99', '5000000.01', '-1.00', '1.001', 'NaN']) {
    const answer = await world.till.ask({ method: 'qr', amount });
    expect([400, 422], amount).toContain(answer.status);
    expect(answer.body.money, amount).toBe('none');
  }
});
