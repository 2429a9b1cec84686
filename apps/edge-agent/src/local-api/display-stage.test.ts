import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDisplayStage, type DisplayStage } from './display-stage.ts';
import { type DoorTest, newKey, openDoorTest } from './door-test.ts';

let test: DoorTest;
let stage: DisplayStage;
beforeEach(async () => {
  test = await openDoorTest();
  test.core.setScheme(2);
  stage = createDisplayStage(test.core, test.clock);
});
afterEach(async () => {
  stage.close();
  await test.close();
});

const screen = () => stage.view().screen;
const pay = async () => {
  await test.clock.advance(10);
  const asked = await test.call({ path: '/v1/payments', body: { method: 'qr', amount: '900.00' }, key: newKey() });
  return asked.body.id;
};
const openRefund = async () => (await test.core.refundSessions.open({})).refundSessionId;

it('keeps the code of the newer payment, whoever asks later: not the refund code of the customer before', async () => {
  await openRefund();
  expect(screen()).toBe('refund_scan');
  await pay();
  expect(screen()).toBe('scan');
  await test.clock.advance(5_000);
  expect(screen()).toBe('scan');
});

it('shows an open payment again once the refund code is over', async () => {
  await pay();
  const id = await openRefund();
  expect(screen()).toBe('refund_scan');
  test.core.refundSessions.expire(id);
  expect(screen()).toBe('scan');
});

it('tells how a payment goes on when only the time of the refund code is over', async () => {
  const paymentId = await pay();
  await openRefund();
  await test.clock.advance(180_001);
  let told = 0;
  stage.onChange(() => (told += 1));
  test.core.payments.pay(paymentId);
  expect([told, screen()]).toEqual([1, 'paid']);
});

it('says that the customer is known for a while, not to the next one', async () => {
  test.core.refundSessions.scan(await openRefund());
  expect(screen()).toBe('refund_known');
  await test.clock.advance(20_000);
  expect(screen()).toBe('idle');
});
