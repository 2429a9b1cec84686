import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { payByQr } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ hubIntervals: { refundReadsMs: [500, 1000, 2000], refundWaitsMs: [300, 600] } });
});
afterAll(() => world?.stop());

test('a refund whose answer was lost but which happened is confirmed by the difference', async () => {
  const paid = await payByQr(world, '1000.00');
  await world.bank.fault({ where: 'bank', path: 'payment/return', kind: 'answer_lost', times: 1 });
  const asked = await world.till.refund(paid.id, '400.00');
  const confirmed = await world.till.waitForRefund(asked.body.id, 'confirmed');
  expect(confirmed.evidence).toBe('difference');
  await expectAgreement(world);
});

test('a refund whose request was lost is sent again only where the bank’s own limit makes a double impossible', async () => {
  const paid = await payByQr(world, '1000.00');
  await world.bank.fault({ where: 'bank', path: 'payment/return', kind: 'request_lost', times: 1 });
  const most = await world.till.refund(paid.id, '700.00');
  await world.till.waitForRefund(most.body.id, 'confirmed');
  await expectAgreement(world);
});

test('a small refund whose request was lost waits for a person', async () => {
  const paid = await payByQr(world, '1000.00');
  await world.bank.fault({ where: 'bank', path: 'payment/return', kind: 'request_lost', times: 1 });
  const some = await world.till.refund(paid.id, '100.00');
  await world.till.waitForRefund(some.body.id, 'unknown');
  const cases = await world.hub.cases(true);
  expect(cases.some((one) => one.refundId === some.body.id)).toBe(true);
  const truth = await world.bank.truth();
  expect(truth.refunds.filter((refund) => refund.bankPaymentId === paid.bankPaymentId)).toHaveLength(0);
});

test('a refund made elsewhere meanwhile stops ours and asks a person', async () => {
  const paid = await payByQr(world, '500.00');
  await world.bank.act(paid.bankPaymentId ?? '', 'refund', { amount: '120.00' });
  const asked = await world.till.refund(paid.id, '500.00');
  expect(asked.status).toBeLessThan(500);
  await eventually('a case names it', async () =>
    (await world.hub.cases(true)).some((one) => one.paymentId === paid.id),
  );
  const truth = await world.bank.truth();
  const returned = truth.refunds.filter((refund) => refund.bankPaymentId === paid.bankPaymentId);
  expect(returned.map((refund) => refund.amount)).toEqual(['120.00']);
});
