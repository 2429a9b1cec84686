import { get } from 'node:http';
import { createSystemClock } from '@tolem/base';
import { createOldTill, type OldFetch } from '@tolem/edge-agent/old-till';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentReady } from '../product/configurations.ts';
import { expectAgreement } from '../support/agreement.ts';
import { eventually } from '../support/program.ts';
import { countCalls, pairTerminal, terminalShowsOperation } from '../support/terminal-hand.ts';
import { startWorld, type World } from '../support/world.ts';

describe.each(['v1', 'v2'] as const)('an old till, the agent and a terminal that speaks %s', (api) => {
  let world: World;
  const ready = () => world.program('agent').ready as AgentReady & { posCompat: string };
  /** `fetch` marks its requests as a browser does, and is refused. */
  const fetchOnce: OldFetch = (path, timeoutMs) =>
    new Promise((resolve) => {
      const asking = get(`http://${ready().posCompat}${path}`, { timeout: timeoutMs }, async (answer) => {
        const chunks: Buffer[] = await answer.toArray().catch(() => []);
        const text = Buffer.concat(chunks).toString('utf8');
        resolve(text === '' ? undefined : { status: answer.statusCode ?? 0, body: JSON.parse(text) });
      });
      asking.on('timeout', () => asking.destroy());
      asking.on('error', () => resolve(undefined));
    });
  const till = createOldTill({ clock: createSystemClock(), fetch: fetchOnce });
  const ended = (sale: { told: string }) => eventually('the till is told', async () => sale.told !== 'wait');
  const pay = (method: string) => world.bank.terminal('front', 'pay', { method });

  beforeAll(async () => {
    world = await startWorld({
      terminals: [{ id: 'front', api }],
      agentConfig: { posCompat: { listen: '127.0.0.1:0' } },
    });
    if (api === 'v2') await pairTerminal(world, 'front');
  });
  afterAll(() => world?.stop());

  test('sells and gives back; the hub sees both', async () => {
    const sale = till.sell('/payment/?amount=700&owncheque=true');
    await terminalShowsOperation(world, 'front');
    await pay('card');
    await ended(sale);
    expect(sale.told).toBe('success');
    expect(sale.last).toMatchObject({ addInfo: {}, chequeInfo: { method: 'card' } });
    const back = till.sell(`/refund/?amount=200&method=card&transactionId=${sale.last?.transactionId}`);
    await ended(back);
    expect([back.told, back.last?.message]).toEqual(['success', undefined]);
    await expectAgreement(world);
    const [payment] = await world.hub.payments();
    expect(payment).toMatchObject({ status: 'paid', amountPaid: '700.00', refundedAmount: '200.00' });
  });

  test('the agent is killed while the customer pays: one charge, and the till is told', async () => {
    const sale = till.sell('/payment?amount=300');
    await terminalShowsOperation(world, 'front');
    await eventually('the till has its number', async () => sale.processIds.length > 0);
    await world.kill('agent');
    await pay('qr');
    await world.restart('agent');
    await ended(sale);
    expect([sale.told, sale.processIds.length]).toEqual(['success', 1]);
    await expectAgreement(world);
  });

  test('the answer to the start is lost: wait, one start, until a person decides', async () => {
    const starts = await countCalls(world, '/payment');
    await world.bank.fault({ where: 'terminal:front', path: 'payment', kind: 'answer_lost', times: 1 });
    const sale = till.sell('/payment?amount=400');
    await terminalShowsOperation(world, 'front');
    await pay('card');
    const unknown = await eventually('the agent knows that it does not know', async () => {
      const { body } = await world.till.call('/payments?status=unknown&limit=5');
      return (body.payments as Array<{ id: string }> | undefined)?.[0];
    });
    expect(sale.told).toBe('wait');
    const word = { outcome: 'paid', by: 'Айгүл', reason: 'the cheque' };
    expect((await world.till.post(unknown.id, 'resolve', word)).status).toBe(200);
    await ended(sale);
    expect([sale.told, (await countCalls(world, '/payment')) - starts]).toEqual(['success', 1]);
  });
});
