import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import { askAtTerminal, pairTerminal } from '../support/terminal-hand.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ terminals: [{ id: 'front', api: 'v2' }] });
  await pairTerminal(world, 'front');
});
afterAll(() => world?.stop());

test('with the hub away QR is refused with no money moved, the terminal goes on, and the journal arrives later', async () => {
  const customer = createCustomer(world);
  const open = await world.till.pay({ method: 'qr', amount: '81.00' });
  await customer.scan(open.id);
  world.wires.grpc.cut();
  world.wires.mqtt.cut();
  await customer.confirm(open.id);
  const refused = await eventually('QR is refused', async () => {
    const answer = await world.till.ask({ method: 'qr', amount: '82.00' });
    return answer.status === 503 ? answer : undefined;
  });
  expect(refused.body.money).toBe('none');
  for (let count = 0; count < 5; count++) {
    const asked = await askAtTerminal(world, 'front', '83.00');
    await world.bank.terminal('front', 'pay', { method: 'card' });
    await world.till.waitFor(asked.id, 'paid');
  }
  expect((await world.till.get(open.id)).status).not.toBe('failed');
  world.wires.grpc.heal();
  world.wires.mqtt.heal();
  await world.till.waitFor(open.id, 'paid', 30_000);
  await expectAgreement(world, 30_000);
  const atHub = await world.hub.payments();
  expect(atHub.filter((payment) => payment.method === 'terminal' && payment.status === 'paid')).toHaveLength(5);
});

test('a link that hangs without closing stops no terminal payment, and everything arrives when it lives again', async () => {
  world.wires.mqtt.freeze();
  const asked = await askAtTerminal(world, 'front', '84.00');
  await world.bank.terminal('front', 'pay', { method: 'card' });
  await world.till.waitFor(asked.id, 'paid');
  world.wires.mqtt.heal();
  await expectAgreement(world, 40_000);
});
