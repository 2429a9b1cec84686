import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { callArrives, createCustomer, payByQr } from '../support/customer.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ hubIntervals: { refundReadsMs: [500, 1000, 2000], leaseMs: 1_500, renewMs: 400 } });
});
afterAll(() => world?.stop());

const SLOW_ANSWER_MS = 3_000;

test('killed between the creation at the bank and its answer: one code at most is shown, and nothing is lost', async () => {
  const before = (await world.bank.calls()).filter((call) => call.path.includes('qr/create')).length;
  await world.bank.fault({
    where: 'bank',
    path: 'qr/create',
    kind: 'delay',
    ms: SLOW_ANSWER_MS,
    afterProcessing: true,
    times: 1,
  });
  const asking = world.till.ask({ method: 'qr', amount: '61.00' }, 'killed-while-creating');
  await callArrives(world, 'qr/create', before);
  await world.kill('hub');
  await world.restart('hub');
  const answer = await asking;
  if (answer.status < 300) {
    const id = answer.body.id;
    const shown = await world.till.waitFor(id, (payment) => payment.qr !== undefined || payment.status === 'failed');
    if (shown.qr) {
      const purchases = await world.bank.purchases(id);
      const mine = purchases.find((purchase) => purchase.qrToken === shown.qr?.token);
      expect(mine).toBeDefined();
      await world.bank.act(mine?.bankPaymentId ?? '', 'scan');
      await world.bank.act(mine?.bankPaymentId ?? '', 'confirm');
      await world.till.waitFor(id, 'paid');
    }
  } else {
    expect(answer.body.money).toBe('none');
  }
  await expectAgreement(world);
  expect((await world.bank.truth()).charges.length).toBeLessThanOrEqual(1);
});

test('killed between scan and confirm: the payment is found and paid after the restart', async () => {
  const customer = createCustomer(world);
  const asked = await world.till.pay({ method: 'qr', amount: '62.00' });
  await customer.scan(asked.id);
  await world.till.waitFor(asked.id, 'awaiting_confirmation');
  await world.kill('hub');
  await customer.confirm(asked.id);
  await world.restart('hub');
  await world.till.waitFor(asked.id, 'paid');
  await expectAgreement(world);
});

test('killed between the refund call and its answer: the bank gives the money back once, and we know it', async () => {
  const paid = await payByQr(world, '630.00');
  const before = (await world.bank.calls()).filter((call) => call.path.includes('payment/return')).length;
  await world.bank.fault({
    where: 'bank',
    path: 'payment/return',
    kind: 'delay',
    ms: SLOW_ANSWER_MS,
    afterProcessing: true,
    times: 1,
  });
  const asking = world.till.refund(paid.id, '230.00', { key: 'refund-while-killed-1' });
  await callArrives(world, 'payment/return', before);
  await world.kill('hub');
  await world.restart('hub');
  const answer = await asking;
  expect(answer.status).toBeLessThan(500);
  await world.till.waitFor(paid.id, (payment) => payment.refundedAmount === '230.00', 30_000);
  await expectAgreement(world);
  const refunds = (await world.bank.truth()).refunds.filter((refund) => refund.bankPaymentId === paid.bankPaymentId);
  expect(refunds).toHaveLength(1);
});

test('both killed while the customer confirms: paid is found by both', async () => {
  const customer = createCustomer(world);
  const asked = await world.till.pay({ method: 'qr', amount: '64.00' });
  await customer.scan(asked.id);
  await world.till.waitFor(asked.id, 'awaiting_confirmation');
  await world.kill('hub', 'agent');
  await customer.confirm(asked.id);
  await world.restart('hub', 'agent');
  await world.till.waitFor(asked.id, 'paid');
  await expectAgreement(world);
});
