import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { eventually } from '../support/program.ts';
import { askAtTerminal, countCalls, pairTerminal, terminalShowsOperation } from '../support/terminal-hand.ts';
import { startWorld, type World } from '../support/world.ts';

interface ShownRefund {
  id: string;
  status: string;
  statusReason?: string;
  source: string;
  actor: string;
  evidence?: string;
  command?: { state: string; stateReason?: string };
}

/** How long a command waits for its agent here: twice what a claim wants left, short for a test. */
const EXPIRY_MS = 12_000;

let world: World;
let paymentId: string;
beforeAll(async () => {
  world = await startWorld({
    terminals: [
      { id: 'front', api: 'v2' },
      { id: 'old', api: 'v1' },
    ],
    hubIntervals: { commandExpiryMs: EXPIRY_MS, sweepMs: 500 },
  });
  await pairTerminal(world, 'front');
});
afterAll(() => world?.stop());

const pay = async (terminalId: string, method = 'card'): Promise<string> => {
  const asked = await askAtTerminal(world, terminalId, '800.00');
  await world.bank.terminal(terminalId, 'pay', { method });
  await world.till.waitFor(asked.id, 'paid');
  await eventually('headquarters sees it paid', async () => {
    const seen = await world.hub.call(`/payments/${asked.id}`);
    return seen.status === 200 && seen.body.status === 'paid';
  });
  return asked.id;
};
const ask = async (amount: string | undefined, key?: string): Promise<ShownRefund> => {
  const answer = await world.hub.refund(paymentId, amount, key);
  expect([200, 201]).toContain(answer.status);
  return answer.body as unknown as ShownRefund;
};
const shown = async (refundId: string): Promise<ShownRefund> =>
  (await world.hub.call(`/refunds/${refundId}`)).body as unknown as ShownRefund;
const until = (refundId: string, status: string): Promise<ShownRefund> =>
  eventually(`the refund is ${status} at headquarters`, async () => {
    const refund = await shown(refundId);
    return refund.status === status ? refund : undefined;
  });
const refundsInTruth = async (): Promise<number> => (await world.bank.truth()).refunds.length;

describe.each([
  { terminal: 'front', path: '/v2/refund' },
  { terminal: 'old', path: '/refund' },
])('a payment at the terminal $terminal', ({ terminal, path }) => {
  beforeEach(async () => {
    paymentId = await pay(terminal);
  });

  test('is refunded in parts from the hub’s API, the same key once, and the till sees it', async () => {
    const before = await countCalls(world, path);
    const first = await ask('300.00', 'headquarters-refund-1');
    expect(first).toMatchObject({ source: 'edge', actor: 'person:api' });
    expect(await ask('300.00', 'headquarters-refund-1')).toMatchObject({ id: first.id });
    expect(await until(first.id, 'confirmed')).toMatchObject({ evidence: 'answer', command: { state: 'done' } });
    const rest = await ask(undefined);
    await until(rest.id, 'confirmed');
    expect((await world.till.get(paymentId)).refunds).toMatchObject([
      { id: first.id, status: 'confirmed', amount: '300.00' },
      { id: rest.id, status: 'confirmed', amount: '500.00' },
    ]);
    expect((await world.hub.call(`/payments/${paymentId}`)).body).toMatchObject({
      refundedAmount: '800.00',
      refundableAmount: '0.00',
      refunds: [{ id: first.id }, { id: rest.id }],
    });
    expect(await countCalls(world, path)).toBe(before + 2);
    await expectAgreement(world);
  });

  test('refunded at the till is seen at headquarters, and more than what is left is refused there', async () => {
    const made = await world.till.refund(paymentId, '600.00');
    await world.till.waitForRefund(made.body.id, 'confirmed');
    expect(await until(made.body.id, 'confirmed')).toMatchObject({
      source: 'edge',
      actor: expect.stringMatching(/^agent:/),
    });
    const refused = await world.hub.refund(paymentId, '201.00');
    expect([refused.status, refused.body.code]).toEqual([422, 'refund_exceeds_payment']);
    await expectAgreement(world);
  });
});

describe('when something is away', () => {
  beforeEach(async () => {
    paymentId = await pay('front');
  });

  test('the doorbell is lost with the broker’s wire: found after the next Hello', async () => {
    world.wires.mqtt.cut();
    try {
      const refund = await ask('100.00');
      world.wires.grpc.cut();
      world.wires.grpc.heal();
      await eventually('it is claimed', async () => (await shown(refund.id)).command?.state !== 'pending');
      expect((await shown(refund.id)).command?.state).toBe('claimed');
      world.wires.mqtt.heal();
      await until(refund.id, 'confirmed');
    } finally {
      world.wires.mqtt.heal();
      world.wires.grpc.heal();
    }
    await expectAgreement(world);
  });

  test('the agent is away until the command expires: no money moves, then or later', async () => {
    const before = await refundsInTruth();
    await world.kill('agent');
    const refund = await ask('100.00');
    expect(await until(refund.id, 'declined')).toMatchObject({ command: { state: 'expired' } });
    await world.restart('agent');
    const second = await ask('100.00');
    await until(second.id, 'confirmed');
    expect(await shown(refund.id)).toMatchObject({ status: 'declined' });
    expect(await refundsInTruth()).toBe(before + 1);
    await expectAgreement(world);
  });

  test('headquarters takes it back before the agent returns', async () => {
    const before = await refundsInTruth();
    await world.kill('agent');
    const refund = await ask('100.00');
    const cancelled = await world.hub.call(`/refunds/${refund.id}/cancel`, { body: {} });
    expect(cancelled.body).toMatchObject({
      status: 'declined',
      statusReason: 'cancelled',
      command: { state: 'cancelled' },
    });
    await world.restart('agent');
    expect((await world.hub.call(`/payments/${paymentId}`)).body).toMatchObject({ refundableAmount: '800.00' });
    expect(await refundsInTruth()).toBe(before);
  });

  test('the hub is killed while it waits: the command is there after the restart', async () => {
    world.wires.mqtt.cut();
    world.wires.grpc.cut();
    try {
      const refund = await ask('100.00');
      await world.kill('hub');
      world.wires.mqtt.heal();
      world.wires.grpc.heal();
      await world.restart('hub');
      await eventually('it has ended', async () => ['confirmed', 'declined'].includes((await shown(refund.id)).status));
    } finally {
      world.wires.mqtt.heal();
      world.wires.grpc.heal();
    }
    await expectAgreement(world);
  });
});

test('the terminal is in use: it waits for it, and the cashier’s customer is not disturbed', async () => {
  paymentId = await pay('old');
  const other = await askAtTerminal(world, 'old', '55.00');
  const refund = await ask('100.00');
  await world.bank.terminal('old', 'pay', { method: 'card' });
  await world.till.waitFor(other.id, 'paid');
  expect(await until(refund.id, 'confirmed')).toMatchObject({ command: { state: 'done' } });
  await expectAgreement(world);
});

test('killed while the terminal’s answer to the refund is on its way: unknown, never sent again, settled at the till', async () => {
  paymentId = await pay('front');
  const before = await countCalls(world, '/v2/refund');
  const fault = { where: 'terminal:front', path: 'refund', kind: 'delay', ms: 2_000, afterProcessing: true, times: 1 };
  await world.bank.fault(fault);
  const refund = await ask('100.00');
  await eventually('the terminal has the call', async () => (await countCalls(world, '/v2/refund')) > before);
  await world.kill('agent');
  await world.restart('agent');
  expect(await until(refund.id, 'unknown')).toMatchObject({ statusReason: 'start_answer_lost' });
  expect(await countCalls(world, '/v2/refund')).toBe(before + 1);
  const atHub = await world.hub.call(`/refunds/${refund.id}/settle`, { body: { outcome: 'declined', reason: 'r' } });
  expect(atHub.body.code).toBe('refund_at_agent');
  await terminalShowsOperation(world, 'front').catch(() => undefined);
  const settled = await world.till.call(`/refunds/${refund.id}/resolve`, {
    body: { outcome: 'confirmed', by: 'Айгүл', reason: 'the terminal printed a slip' },
  });
  expect(settled.status).toBe(200);
  expect(await until(refund.id, 'confirmed')).toMatchObject({ evidence: 'person', command: { state: 'done' } });
});
