import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { eventually } from '../support/program.ts';
import { askAtTerminal, countCalls, pairTerminal, terminalIsFree } from '../support/terminal-hand.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    terminals: [
      { id: 'front', api: 'v2' },
      { id: 'old', api: 'v1' },
    ],
    agentIntervals: { terminalAnswerMs: 2_000, actualizeEveryMs: 500 },
  });
  await pairTerminal(world, 'front');
});
afterAll(() => world?.stop());

test('the terminal app dies in the middle: the payment stays open until the app is back and tells', async () => {
  const asked = await askAtTerminal(world, 'front', '150.00');
  await world.bank.terminal('front', 'app', { running: false });
  await eventually('the agent has missed the terminal', async () => {
    const health = (await world.till.health()) as { layers?: Array<{ layer: string; subject: string; state: string }> };
    return health.layers?.some((one) => one.subject === 'front' && one.state === 'fail');
  });
  const seen = await world.till.get(asked.id);
  expect(['awaiting_scan', 'awaiting_confirmation', 'created', 'unknown']).toContain(seen.status);
  await world.bank.terminal('front', 'app', { running: true });
  await world.bank.terminal('front', 'pay', { method: 'card' });
  await world.till.waitFor(asked.id, 'paid');
  await expectAgreement(world);
});

test('tokens that expire in the middle are renewed and the payment is paid', async () => {
  const asked = await askAtTerminal(world, 'front', '151.00');
  await world.bank.terminal('front', 'expire-tokens');
  await world.bank.terminal('front', 'pay', { method: 'qr' });
  await world.till.waitFor(asked.id, 'paid');
  await expectAgreement(world);
});

test('an unknown outcome is looked up and becomes paid', async () => {
  const asked = await askAtTerminal(world, 'front', '152.00');
  await world.bank.terminal('front', 'unknown', { resolvesTo: 'success' });
  await world.till.waitFor(asked.id, 'paid', 40_000);
  expect(await countCalls(world, 'actualize')).toBeGreaterThan(0);
  await expectAgreement(world);
});

test.each(['front', 'old'])(
  'terminal %s: a start whose answer was lost is unknown, blocks the next, and a person settles it',
  async (id) => {
    await world.bank.fault({ where: `terminal:${id}`, path: 'payment', kind: 'answer_lost', times: 1 });
    const before = await countCalls(world, '/payment');
    const asked = await world.till.ask({ method: 'terminal', terminalId: id, amount: '153.00' });
    const paymentId = asked.body.id ?? String(asked.body.paymentId);
    await world.till.waitFor(paymentId, 'unknown');
    const next = await world.till.ask({ method: 'terminal', terminalId: id, amount: '154.00' });
    expect(next.status).toBe(409);
    expect(next.body.code).toBe('terminal_unresolved');
    expect(await countCalls(world, '/payment')).toBe(before + 1);
    await world.bank.terminal(id, 'pay', { method: 'card' });
    const settled = await world.till.post(paymentId, 'resolve', {
      outcome: 'paid',
      by: 'Айгүл',
      reason: 'the terminal shows success',
    });
    expect(settled.status).toBe(200);
    await world.till.waitFor(paymentId, 'paid');
    await terminalIsFree(world, id);
    const free = await askAtTerminal(world, id, '155.00');
    await world.bank.terminal(id, 'cancel');
    await world.till.waitFor(free.id, 'failed');
  },
);
