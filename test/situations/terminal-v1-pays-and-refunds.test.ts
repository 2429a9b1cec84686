import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { askAtTerminal, terminalShowsOperation } from '../support/terminal-hand.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ terminals: [{ id: 'front', api: 'v1' }] });
});
afterAll(() => world?.stop());

test.each(['card', 'qr'])('a customer pays by %s and gets the money back', async (method) => {
  const asked = await askAtTerminal(world, 'front', '700.00');
  await world.bank.terminal('front', 'pay', { method });
  const paid = await world.till.waitFor(asked.id, 'paid');
  expect(paid.amount).toBe('700.00');
  const refund = await world.till.refund(asked.id, '300.00');
  expect(refund.status).toBe(201);
  await terminalShowsOperation(world, 'front').catch(() => {});
  await world.bank.terminal('front', 'pay', { method }).catch(() => {});
  await world.till.waitForRefund(refund.body.id, 'confirmed');
  await expectAgreement(world);
});

test('a customer who gives up fails the payment, and the next one can start', async () => {
  const asked = await askAtTerminal(world, 'front');
  await world.bank.terminal('front', 'cancel');
  await world.till.waitFor(asked.id, 'failed');
  const next = await askAtTerminal(world, 'front', '10.00');
  await world.bank.terminal('front', 'pay', { method: 'card' });
  await world.till.waitFor(next.id, 'paid');
  await expectAgreement(world);
});

test('tiyn are refused before they reach the terminal', async () => {
  const answer = await world.till.ask({ method: 'terminal', terminalId: 'front', amount: '10.50' });
  expect([400, 422]).toContain(answer.status);
  expect(answer.body.money).toBe('none');
});

test('two tills on one terminal: the second is told that it is busy, and nothing is charged twice', async () => {
  const first = await askAtTerminal(world, 'front', '20.00');
  const second = await world.till.ask({ method: 'terminal', terminalId: 'front', amount: '21.00' });
  expect(second.status).toBe(409);
  expect(second.body.code).toBe('terminal_busy');
  await world.bank.terminal('front', 'pay', { method: 'card' });
  await world.till.waitFor(first.id, 'paid');
  await expectAgreement(world);
});
