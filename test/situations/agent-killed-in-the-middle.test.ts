import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { callArrives, createCustomer, payByQr } from '../support/customer.ts';
import { askAtTerminal, countCalls, pairTerminal } from '../support/terminal-hand.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ terminals: [{ id: 'front', api: 'v2' }] });
  await pairTerminal(world, 'front');
});
afterAll(() => world?.stop());

const SLOW_ANSWER_MS = 2_000;

test('killed between the request and its answer: the same key brings the same payment, and one purchase at most is shown', async () => {
  const before = await countCalls(world, 'qr/create');
  await world.bank.fault({
    where: 'bank',
    path: 'qr/create',
    kind: 'delay',
    ms: SLOW_ANSWER_MS,
    afterProcessing: true,
    times: 1,
  });
  const body = { method: 'qr', amount: '71.00' };
  const asking = world.till.ask(body, 'killed-agent-creating').catch(() => undefined);
  await callArrives(world, 'qr/create', before);
  await world.kill('agent');
  await asking;
  await world.restart('agent');
  const again = await world.till.ask(body, 'killed-agent-creating');
  expect(again.status).toBe(200);
  const payment = await world.till.waitFor(again.body.id, (one) => one.qr !== undefined || one.status === 'failed');
  if (payment.qr) {
    await createCustomer(world).scan(payment.id);
    await createCustomer(world).confirm(payment.id);
    await world.till.waitFor(payment.id, 'paid');
  }
  await expectAgreement(world);
});

test('killed between scan and confirm: paid is there after the restart', async () => {
  const customer = createCustomer(world);
  const asked = await world.till.pay({ method: 'qr', amount: '72.00' });
  await customer.scan(asked.id);
  await world.kill('agent');
  await customer.confirm(asked.id);
  await world.restart('agent');
  await world.till.waitFor(asked.id, 'paid');
  await expectAgreement(world);
});

test('killed between the refund call and its answer: one refund', async () => {
  const paid = await payByQr(world, '730.00');
  const before = await countCalls(world, 'payment/return');
  await world.bank.fault({
    where: 'bank',
    path: 'payment/return',
    kind: 'delay',
    ms: SLOW_ANSWER_MS,
    afterProcessing: true,
    times: 1,
  });
  const key = 'refund-agent-killed-1';
  const asking = world.till.refund(paid.id, '130.00', { key }).catch(() => undefined);
  await callArrives(world, 'payment/return', before);
  await world.kill('agent');
  await asking;
  await world.restart('agent');
  const again = await world.till.refund(paid.id, '130.00', { key });
  expect(again.status).toBe(200);
  await world.till.waitForRefund(again.body.id, 'confirmed');
  await expectAgreement(world);
  const refunds = (await world.bank.truth()).refunds.filter((refund) => refund.bankPaymentId === paid.bankPaymentId);
  expect(refunds).toHaveLength(1);
});

test('killed while the customer pays at the terminal: the payment is followed by its process id', async () => {
  const asked = await askAtTerminal(world, 'front', '740.00');
  await world.kill('agent');
  await world.bank.terminal('front', 'pay', { method: 'card' });
  await world.restart('agent');
  await world.till.waitFor(asked.id, 'paid');
  await expectAgreement(world);
});

test('killed while the terminal’s start answer is on its way: unknown, never started again', async () => {
  const before = await countCalls(world, '/v2/payment');
  await world.bank.fault({
    where: 'terminal:front',
    path: 'payment',
    kind: 'delay',
    ms: SLOW_ANSWER_MS,
    afterProcessing: true,
    times: 1,
  });
  const body = { method: 'terminal', terminalId: 'front', amount: '75.00' };
  const asking = world.till.ask(body, 'killed-agent-terminal').catch(() => undefined);
  await callArrives(world, '/v2/payment', before);
  await world.kill('agent');
  await asking;
  await world.restart('agent');
  const again = await world.till.ask(body, 'killed-agent-terminal');
  expect(again.status).toBe(200);
  await world.till.waitFor(again.body.id, 'unknown');
  expect(await countCalls(world, '/v2/payment')).toBe(before + 1);
  const settled = await world.till.post(again.body.id, 'resolve', {
    outcome: 'not_paid',
    by: 'Айгүл',
    reason: 'the screen shows nothing',
  });
  expect(settled.status).toBe(200);
});
