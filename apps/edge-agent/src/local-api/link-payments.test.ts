import { afterEach, beforeEach, expect, it } from 'vitest';
import { displayView } from './display-view.ts';
import { type DoorTest, newKey, openDoorTest } from './door-test.ts';
import { paymentJson } from './payment-json.ts';

const LINK = { method: 'link', amount: '1500.00', orderId: 'A-18' };
const URL_SHOWN = 'https://pay.kaspi.kz/pay/51236903777280167836178166503744993984459';

let test: DoorTest;
beforeEach(async () => {
  test = await openDoorTest();
});
afterEach(() => test.close());

const ask = (key = newKey()) => test.call({ path: '/v1/payments', body: LINK, key });
const read = async (id: string) => (await test.call({ path: `/v1/payments/${id}` })).body;

it('answers 201 with the link and the ways to pay, as the contract describes it', async () => {
  const answer = await ask();
  expect(answer.status).toBe(201);
  expect(paymentJson.strict().parse(answer.body)).toEqual(answer.body);
  const paymentMethods = ['Gold', 'Red', 'Loan'];
  expect(answer.body).toMatchObject({ method: 'link', status: 'awaiting_scan', link: URL_SHOWN, paymentMethods });
  expect(answer.body.qr).toBeUndefined();
});

it('gives the same link for a repeated key', async () => {
  const key = newKey();
  const first = await ask(key);
  const again = await ask(key);
  expect(again.status).toBe(200);
  expect(again.body).toMatchObject({ id: first.body.id, link: URL_SHOWN, repeated: true });
});

it('refuses with no money moved while the hub is away', async () => {
  test.core.setHubAway(true);
  const answer = await ask();
  expect(answer.status).toBe(503);
  expect(answer.body).toMatchObject({ code: 'hub_unreachable', money: 'none', retry: 'after' });
});

it('draws the link as a code while it may be opened', async () => {
  const { id } = (await ask()).body;
  const svg = await test.call({ path: `/v1/payments/${id}/qr.svg` });
  expect(svg.headers['content-type']).toContain('image/svg+xml');
  expect((await test.call({ path: `/v1/payments/${id}/qr.png` })).headers['content-type']).toBe('image/png');
  await test.call({ path: `/v1/payments/${id}/cancel`, body: {} });
  const gone = await test.call({ path: `/v1/payments/${id}/qr.svg` });
  expect(gone.body).toMatchObject({ status: 409, code: 'code_not_shown' });
});

it('takes the link down when it has ended, and where nothing was said to have started', async () => {
  const { id } = (await ask()).body;
  test.core.payments.change(id, { toldNone: true });
  expect((await read(id)).link).toBeUndefined();
  test.core.payments.change(id, { toldNone: false, status: 'expired' });
  const expired = await read(id);
  expect(expired.link).toBeUndefined();
  expect(expired.paymentMethods).toBeUndefined();
  expect(expired.mayStillBePaid).toBe(true);
});

it('stands on the customer’s display as a link, without its text', async () => {
  const { id } = (await ask()).body;
  const view = displayView(test.core.payments.get(id), test.clock.nowMs());
  expect(view).toMatchObject({ screen: 'link', methods: ['Gold', 'Red', 'Loan'], leftMs: 180_000 });
  expect(JSON.stringify(view)).not.toContain('pay.kaspi.kz');
});
