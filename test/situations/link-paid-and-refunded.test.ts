import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    bank: { scanWaitS: 4, confirmWaitS: 20 },
    hubIntervals: { lateWatch: [{ everyMs: 300, untilMs: 60_000 }] },
    agentIntervals: { lateAcceptMs: 4_000 },
  });
});
afterAll(() => world?.stop());

test('a link is opened and paid, and its money goes back in parts, from the till and from headquarters', async () => {
  const asked = await world.till.pay({ method: 'link', amount: '1200.00', orderId: 'order-link' });
  const [purchase] = await world.bank.purchases(asked.id);
  expect(asked.link).toMatch(/^https:\/\/pay\.kaspi\.kz\/pay\//);
  expect(asked).toMatchObject({ status: 'awaiting_scan', link: purchase?.paymentLink });
  expect(asked.paymentMethods?.length).toBeGreaterThan(0);
  const customer = createCustomer(world);
  await customer.scan(asked.id);
  const opened = await world.till.waitFor(asked.id, 'awaiting_confirmation');
  expect(opened.link).toBeUndefined();
  await customer.confirm(asked.id);
  await world.till.waitFor(asked.id, 'paid');
  const part = await world.till.refund(asked.id, '500.50');
  await world.till.waitForRefund(part.body.id, 'confirmed');
  expect((await world.hub.refund(asked.id, undefined)).status).toBeLessThan(300);
  const whole = await eventually('all of it went back', async () => {
    const payment = await world.hub.payment(asked.id);
    return payment.refundedAmount === '1200.00' ? payment : undefined;
  });
  expect(whole).toMatchObject({ method: 'link', status: 'paid' });
  await expectAgreement(world);
  const charged = (await world.bank.truth()).charges.filter((charge) => charge.externalId === asked.id);
  expect(charged).toMatchObject([{ source: 'link', amount: '1200.00' }]);
});

test('the same key asked twice gives one link, and a cancel takes it down', async () => {
  const body = { method: 'link', amount: '41.00' };
  const first = await world.till.ask(body, 'key-of-one-link-1');
  const second = await world.till.ask(body, 'key-of-one-link-1');
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.body).toMatchObject({ id: first.body.id, link: first.body.link, repeated: true });
  const cancelled = await world.till.post(first.body.id, 'cancel');
  expect(cancelled.body).toMatchObject({ status: 'cancelled', final: false });
  expect(cancelled.body.link).toBeUndefined();
  expect(await world.bank.purchases(first.body.id)).toHaveLength(1);
});

test('a link that nobody opens expires; paid afterwards it is late money, which the till claims', async () => {
  const asked = await world.till.pay({ method: 'link', amount: '310.00' });
  const expired = await world.till.waitFor(asked.id, 'expired');
  expect(expired.link).toBeUndefined();
  expect(expired.final).toBe(false);
  await createCustomer(world).confirmLate(asked.id);
  await world.till.waitFor(asked.id, (payment) => payment.late?.claimable === true);
  expect((await world.till.post(asked.id, 'accept-late')).status).toBe(200);
  await world.till.waitFor(asked.id, 'paid');
  await expectAgreement(world);
});

test('late money of a link that nobody claims goes back by itself', async () => {
  const asked = await world.till.pay({ method: 'link', amount: '311.00' });
  await world.till.waitFor(asked.id, 'expired');
  await createCustomer(world).confirmLate(asked.id);
  await world.till.waitFor(asked.id, (payment) => payment.refundedAmount === '311.00');
  expect((await world.till.get(asked.id)).status).not.toBe('paid');
  await expectAgreement(world);
});

test('with the hub away a link is refused and no money moves', async () => {
  world.wires.grpc.cut();
  try {
    const refused = await eventually('a link is refused', async () => {
      const answer = await world.till.ask({ method: 'link', amount: '42.00' });
      return answer.status === 503 ? answer : undefined;
    });
    expect(refused.body).toMatchObject({ code: 'hub_unreachable', money: 'none' });
  } finally {
    world.wires.grpc.heal();
  }
});
