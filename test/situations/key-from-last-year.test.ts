import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ agentIntervals: { keyRepeatMs: 300 } });
});
afterAll(() => world?.stop());

test('a key that was used long ago never gets the old paid, and starts nothing', async () => {
  const customer = createCustomer(world);
  const key = 'receipt-number-00017';
  const body = { method: 'qr', amount: '55.00' };
  const first = await world.till.ask(body, key);
  await customer.scan(first.body.id);
  await customer.confirm(first.body.id);
  await world.till.waitFor(first.body.id, 'paid');
  const again = await eventually('the key has grown old', async () => {
    const answer = await world.till.ask(body, key);
    return answer.status === 409 ? answer : undefined;
  });
  expect(again.body.code).toBe('key_used');
  expect(again.body.paymentId).toBe(first.body.id);
  await expectAgreement(world);
  expect((await world.bank.truth()).charges).toHaveLength(1);
});
