import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ENTRIES } from '../product/configurations.ts';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer, payByQr } from '../support/customer.ts';
import { eventually, runCommand } from '../support/program.ts';
import { type ShopEvent, startWebhookShop, type WebhookShop } from '../support/webhook-shop.ts';
import { startWorld, type World } from '../support/world.ts';

let shop: WebhookShop;
let world: World;
beforeAll(async () => {
  shop = await startWebhookShop();
  world = await startWorld({
    hubConfig: { webhooks: [shop.endpoint] },
    hubIntervals: { leaseMs: 1_500, renewMs: 400, webhookTurnMs: 200, webhookRetriesMs: [200, 400, 1_000] },
  });
});
afterAll(async () => {
  await world?.stop();
  await shop?.stop();
});
afterEach(() => {
  shop.mood = 'well';
});

interface Sent {
  eventId: string;
  type: string;
  state: string;
}

/** What the hub says that it has sent about a payment, the oldest first. */
async function sentAbout(paymentId: string): Promise<Sent[]> {
  const { body } = await world.hub.call(`/webhooks/deliveries?subject=${paymentId}&limit=200`);
  return (body.deliveries as Sent[]).reverse();
}

const told = (paymentId: string): ShopEvent[] => shop.events().filter((one) => one.payment?.id === paymentId);

/** Every event arrived, once, in the order of its payment, and the last one says what the ledger says. */
async function expectTold(paymentId: string): Promise<ShopEvent[]> {
  await eventually(`everything about ${paymentId} is delivered`, async () =>
    (await sentAbout(paymentId)).every((one) => one.state === 'delivered'),
  );
  const events = told(paymentId);
  expect(events.map((one) => one.id)).toEqual((await sentAbout(paymentId)).map((one) => one.eventId));
  const ledger = await world.hub.payment(paymentId);
  const last = events.at(-1)?.payment;
  expect([last?.status, last?.refundedAmount]).toEqual([ledger.status, ledger.refundedAmount]);
  return events;
}

test('a payment and its refund are told from beginning to end, with the evidence', async () => {
  const paid = await payByQr(world, '700.00');
  await world.hub.refund(paid.id, '300.00');
  await eventually('the refund is told', () => told(paid.id).some((one) => one.type === 'refund.confirmed'));
  const events = await expectTold(paid.id);
  const types = events.map((one) => one.type);
  expect(types.slice(0, 2)).toEqual(['payment.created', 'payment.awaiting_scan']);
  expect(types).toContain('payment.paid');
  expect(events.find((one) => one.type === 'refund.confirmed')?.refund?.evidence).toBe('answer');
});

test('a receiver that fails, dawdles, talks nonsense and loses its answers is told everything once, in order', async () => {
  const ids: string[] = [];
  for (const mood of ['failing', 'garbage', 'answer_lost', 'slow', 'answer_lost'] as const) {
    shop.mood = mood;
    ids.push((await payByQr(world, '710.00')).id);
  }
  const before = shop.posts;
  shop.mood = 'well';
  for (const id of ids) await expectTold(id);
  expect(before).toBeGreaterThan(ids.length);
  const kept = shop.events().map((one) => one.id);
  expect(new Set(kept).size).toBe(kept.length);
});

test('one payment’s event is refused: the other payments are told meanwhile', async () => {
  shop.mood = 'failing';
  const first = await payByQr(world, '721.00');
  shop.mood = 'well';
  const second = await payByQr(world, '722.00');
  await expectTold(second.id);
  await expectTold(first.id);
});

test('the receiver and the hub are killed in the middle: nothing is lost, nothing is kept twice', async () => {
  const customer = createCustomer(world);
  await shop.kill();
  const asked = await world.till.pay({ method: 'qr', amount: '730.00' });
  await customer.scan(asked.id);
  await customer.confirm(asked.id);
  await world.till.waitFor(asked.id, 'paid');
  await world.kill('hub');
  await shop.restart();
  shop.mood = 'answer_lost';
  await world.restart('hub');
  await eventually('the first event is kept, and unanswered', () => told(asked.id).length > 0);
  const posts = shop.posts;
  await eventually('it is sent again', () => shop.posts > posts + 1);
  expect(told(asked.id).map((one) => one.type)).toEqual(['payment.created']);
  await world.kill('hub');
  shop.mood = 'well';
  await world.restart('hub');
  await expectTold(asked.id);
  await expectAgreement(world);
});

test('an operator lists, tests and replays from the command line', async () => {
  const webhook = (...args: string[]) =>
    runCommand(ENTRIES.hub, ['webhook', ...args, '--config', world.paths.hubConfig]);
  const paid = await payByQr(world, '740.00');
  await expectTold(paid.id);
  const listed = await webhook('list');
  expect(listed).toMatchObject({ code: 0 });
  expect(listed.stdout).toMatch(/^shop +ok .*0 waiting/);
  expect((await webhook('test', 'shop')).stdout).toMatch(/took the event: 204/);
  shop.mood = 'failing';
  expect(await webhook('test', 'shop')).toMatchObject({ code: 1 });
  shop.mood = 'well';
  const posts = shop.posts;
  const sent = await sentAbout(paid.id);
  const replayed = await webhook('replay', 'shop', '--event', sent[0]?.eventId ?? '');
  expect(replayed.stdout).toMatch(/1 events? will be sent again/);
  await eventually('it is sent again', () => shop.posts > posts);
  await expectTold(paid.id);
  const shown = await webhook('deliveries', '--payment', paid.id, '--json');
  expect(JSON.parse(shown.stdout)).toHaveLength(sent.length);
  expect(await webhook('replay', 'nobody', '--state', 'given_up')).toMatchObject({ code: 1 });
  expect(await webhook('replay', 'shop')).toMatchObject({ code: 2 });
});
