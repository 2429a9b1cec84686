import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { payByQr } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import { askAtTerminal, pairTerminal } from '../support/terminal-hand.ts';
import { startWebhookShop, type WebhookShop } from '../support/webhook-shop.ts';
import { startWorld, type World } from '../support/world.ts';

/** Every program logs on `debug`, which shows most. */
let shop: WebhookShop;
let world: World;
beforeAll(async () => {
  shop = await startWebhookShop();
  world = await startWorld({
    terminals: [{ id: 'front', api: 'v2' }],
    hubConfig: { webhooks: [shop.endpoint] },
    bank: { scanWaitS: 3, confirmWaitS: 3 },
  });
});
afterAll(async () => {
  await world?.stop();
  await shop?.stop();
});

const PHONE = '87019945566';
const logOf = (name: 'hub' | 'agent') => readFileSync(join(world.folder, `${name}.log`), 'utf8');
const linesOf = (name: 'hub' | 'agent') =>
  logOf(name)
    .split('\n')
    .filter((line) => line.startsWith('{"level"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('payments and refunds of every kind go by, and the logs tell them by their ids and nothing that is nobody’s business', async () => {
  const paid = await payByQr(world, '810.00');
  await world.till.refund(paid.id, '10.00');
  const cancelled = await world.till.pay({ method: 'qr', amount: '811.00', orderId: 'receipt-811' });
  await world.till.post(cancelled.id, 'cancel', {});
  await pairTerminal(world, 'front');
  const shown = await askAtTerminal(world, 'front', '812.00');
  await world.bank.terminal('front', 'pay', { method: 'card' });
  await world.till.waitFor(shown.id, 'paid');
  const payer = await world.till.call(`/payers?phone=${PHONE}`);
  const invoiced = await world.till.ask({ method: 'invoice', amount: '813.00', phone: PHONE, comment: 'чек 813' });
  expect([payer.status, invoiced.status]).toEqual([200, 201]);
  await world.till.post(invoiced.body.id, 'refresh', {});
  await world.till.call('/payments', { token: 'a-wrong-token-0123456789' });
  world.wires.bank.cut();
  await world.till.ask({ method: 'qr', amount: '814.00' });
  world.wires.bank.heal();
  await eventually('the shop hears of the invoice', () =>
    shop.events().some((one) => one.payment?.id === invoiced.body.id),
  );

  const read = (...path: string[]) => readFileSync(join(...path), 'utf8').trim();
  const name = String(payer.body.clientName);
  const forbidden = {
    'the token of the hub’s API': read(world.paths.hubData, 'http-token'),
    'a till’s token': read(world.paths.tillToken),
    'the agent’s own token': read(world.paths.agentData, 'local-token'),
    'the passphrase of the bank’s key': read(world.simReady.pki, 'passphrase'),
    'a webhook’s secret': read(shop.endpoint.secretFile),
    'a private key': 'PRIVATE KEY',
    'the customer’s phone': PHONE.slice(1),
    'the customer’s name': name,
    'a whole card number': /(?<![\d-])\d{16}(?![\d-])/,
  };
  expect(name.length).toBeGreaterThan(2);
  for (const program of ['hub', 'agent'] as const) {
    const log = logOf(program);
    for (const [what, text] of Object.entries(forbidden)) {
      const isThere = typeof text === 'string' ? log.includes(text) : text.test(log);
      expect(isThere, `${what} in the ${program}'s log`).toBe(false);
    }
  }
  // What the shop is told says no more about the customer.
  expect(JSON.stringify(shop.events())).not.toContain(PHONE.slice(1));
  expect(JSON.stringify(shop.events())).not.toContain(name);

  for (const program of ['hub', 'agent'] as const) {
    const about = linesOf(program).filter((line) => line.paymentId === paid.id);
    const names = about.map((line) => line.msg);
    for (const event of ['payment.created', 'payment.paid', 'refund.approved', 'refund.confirmed']) {
      expect(
        names.filter((msg) => msg === event),
        `${event} in the ${program}'s log`,
      ).toHaveLength(1);
    }
    expect(linesOf(program).filter((line) => line.msg === 'payment.cancelled')).toMatchObject([
      { paymentId: cancelled.id, orderId: 'receipt-811', level: 'info' },
    ]);
  }
});
