import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer } from '../support/customer.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ bank: { scanWaitS: 1.5, confirmWaitS: 1.5 } });
});
afterAll(() => world?.stop());

test('a code that nobody scans expires, and stays watched for late money', async () => {
  const asked = await world.till.pay({ method: 'qr', amount: '77.00' });
  const expired = await world.till.waitFor(asked.id, 'expired');
  expect(expired.qr).toBeUndefined();
  expect((await world.hub.payment(asked.id)).final).toBe(false);
  await expectAgreement(world);
});

test('a code that is scanned and never confirmed ends unpaid, by the bank’s word or by the clock after a read', async () => {
  const asked = await world.till.pay({ method: 'qr', amount: '78.00' });
  await createCustomer(world).scan(asked.id);
  const ended = await world.till.waitFor(asked.id, (payment) => ['failed', 'expired'].includes(payment.status));
  expect(ended.status).not.toBe('paid');
  await expectAgreement(world);
  expect((await world.bank.truth()).charges).toHaveLength(0);
});
