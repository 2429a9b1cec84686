import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer } from '../support/customer.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    bank: { scanWaitS: 1, confirmWaitS: 1 },
    hubIntervals: { lateWatch: [{ everyMs: 300, untilMs: 60_000 }] },
    agentIntervals: { lateAcceptMs: 4_000 },
  });
});
afterAll(() => world?.stop());

test('money that comes after the expiry is offered, claimed by the till, and then it is paid', async () => {
  const asked = await world.till.pay({ method: 'qr', amount: '310.00' });
  await world.till.waitFor(asked.id, 'expired');
  await createCustomer(world).confirmLate(asked.id);
  const late = await world.till.waitFor(asked.id, (payment) => payment.late !== undefined);
  expect(late.status).toBe('expired');
  expect(late.late?.amount).toBe('310.00');
  const claimed = await world.till.post(asked.id, 'accept-late');
  expect(claimed.status).toBe(200);
  await world.till.waitFor(asked.id, 'paid');
  await expectAgreement(world);
  expect((await world.bank.truth()).refunds).toHaveLength(0);
});

test('late money that nobody claims goes back by itself and is never shown as paid', async () => {
  const asked = await world.till.pay({ method: 'qr', amount: '311.00' });
  await world.till.waitFor(asked.id, 'expired');
  await createCustomer(world).confirmLate(asked.id);
  await world.till.waitFor(asked.id, (payment) => payment.late !== undefined);
  await world.till.waitFor(asked.id, (payment) => payment.refundedAmount === '311.00');
  expect((await world.till.get(asked.id)).status).not.toBe('paid');
  const refused = await world.till.post(asked.id, 'accept-late');
  expect(refused.status).toBe(409);
  await expectAgreement(world);
  expect((await world.bank.truth()).refunds.map((refund) => refund.amount)).toEqual(['311.00']);
});
