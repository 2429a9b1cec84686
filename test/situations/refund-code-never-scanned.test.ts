import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { comeBack, payByQr } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ scheme: 2, bank: { scanWaitS: 2, refundSessionS: 3 } });
});
afterAll(() => world?.stop());

test('a refund code that nobody scans expires; nothing goes back, and a new one works', async () => {
  const paid = await payByQr(world, '700.00');
  const first = await world.till.openRefundSession();
  const over = await world.till.waitForSession(first.id, 'expired');
  expect(over.qr).toBeUndefined();
  const late = await world.till.refund(paid.id, undefined, { refundSessionId: first.id });
  expect(late).toMatchObject({ status: 409, body: { code: 'refund_session_over', money: 'none' } });
  expect((await world.till.get(paid.id)).refunds).toEqual([]);
  const refundSessionId = await comeBack(world);
  const asked = await world.till.refund(paid.id, undefined, { refundSessionId });
  await world.till.waitForRefund(asked.body.id, 'confirmed');
  await expectAgreement(world);
});

test('the bank forgets a customer who was known for too long: declined, no money moved', async () => {
  const paid = await payByQr(world, '710.00');
  const refundSessionId = await comeBack(world);
  await eventually('the bank knows them no longer', async () =>
    (await world.bank.refundCodes()).every((code) => code.phase === 'ended' || code.phase === 'expired'),
  );
  const asked = await world.till.refund(paid.id, undefined, { refundSessionId });
  if (asked.status < 300) await world.till.waitForRefund(asked.body.id, 'declined');
  else expect(asked.body.money).toBe('none');
  expect((await world.bank.truth()).refunds.filter((one) => one.bankPaymentId === paid.bankPaymentId)).toEqual([]);
  await expectAgreement(world);
});

test('an unknown session is 404', async () => {
  const answer = await world.till.call('/refund-sessions/0190a6b2-0000-7000-8000-00000000abcd');
  expect(answer).toMatchObject({ status: 404, body: { code: 'refund_session_unknown', money: 'none' } });
});
