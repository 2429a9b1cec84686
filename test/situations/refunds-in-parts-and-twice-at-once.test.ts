import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { payByQr } from '../support/customer.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

test('a payment goes back in parts and never beyond what was paid', async () => {
  const paid = await payByQr(world, '1000.00');
  for (const amount of ['300.00', '200.50']) {
    const asked = await world.till.refund(paid.id, amount);
    expect(asked.status).toBe(201);
    await world.till.waitForRefund(asked.body.id, 'confirmed');
  }
  const tooMuch = await world.till.refund(paid.id, '499.51');
  expect(tooMuch.status).toBe(409);
  expect(tooMuch.body.money).toBe('none');
  const rest = await world.till.refund(paid.id, undefined);
  const confirmed = await world.till.waitForRefund(rest.body.id, 'confirmed');
  expect(confirmed.amount).toBe('499.50');
  expect((await world.till.get(paid.id)).refundedAmount).toBe('1000.00');
  await expectAgreement(world);
});

test('two refunds of the whole at once give the money back once', async () => {
  const paid = await payByQr(world, '600.00');
  const answers = await Promise.all([world.till.refund(paid.id, '600.00'), world.hub.refund(paid.id, '600.00')]);
  expect(answers.filter((answer) => answer.status < 300).length).toBeGreaterThanOrEqual(1);
  await world.till.waitFor(paid.id, (payment) => payment.refundedAmount === '600.00');
  await expectAgreement(world);
  const refunds = (await world.bank.truth()).refunds.filter((refund) => refund.amount === '600.00');
  expect(refunds).toHaveLength(1);
});

test('the same refund asked twice under one key is one refund', async () => {
  const paid = await payByQr(world, '80.00');
  const key = 'refund-of-receipt-17';
  const [first, second] = [
    await world.till.refund(paid.id, '30.00', { key }),
    await world.till.refund(paid.id, '30.00', { key }),
  ];
  expect(second.body.id).toBe(first.body.id);
  await world.till.waitForRefund(first.body.id, 'confirmed');
  expect((await world.till.get(paid.id)).refundedAmount).toBe('30.00');
  await expectAgreement(world);
});
