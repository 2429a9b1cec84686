import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { callArrives, comeBack, payByQr } from '../support/customer.ts';
import { payElsewhere } from '../support/other-till.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    scheme: 2,
    bank: { listeners: [{ scheme: 1, listen: '127.0.0.1:0' }] },
    hubIntervals: { refundReadsMs: [500, 1000, 2000], refundWaitsMs: [300, 600], leaseMs: 1_500, renewMs: 400 },
  });
});
afterAll(() => world?.stop());

const elsewhere: string[] = [];
const expectAgreed = () => expectAgreement(world, 20_000, { elsewhere });
const returned = async (bankPaymentId = '') =>
  (await world.bank.truth()).refunds.filter((one) => one.bankPaymentId === bankPaymentId).map((one) => one.amount);

test('the agent tells the scheme: its ways of paying, and that the customer is needed', async () => {
  const device = await world.till.call('/device');
  expect(device.body).toMatchObject({ scheme: 2, methods: ['qr', 'link'], refunds: 'with_customer' });
  const invoice = await world.till.ask({ method: 'invoice', amount: '100.00', phone: '+77011234567' });
  expect(invoice).toMatchObject({ status: 409, body: { code: 'method_not_offered', money: 'none' } });
  expect((await world.till.call('/payments')).body.payments).toEqual([]);
});

describe('the customer comes back', () => {
  test('a part, then the rest, in one session', async () => {
    const paid = await payByQr(world, '1000.00');
    const refundSessionId = await comeBack(world);
    const [purchase] = await world.till.customerPurchases(refundSessionId);
    expect(purchase).toMatchObject({ paymentId: paid.id, amount: '1000.00', available: '1000.00', refundable: true });
    const part = await world.till.refund(paid.id, '300.50', { refundSessionId });
    expect(part.status).toBe(201);
    await world.till.waitForRefund(part.body.id, 'confirmed');
    const [left] = await world.till.customerPurchases(refundSessionId);
    expect(left).toMatchObject({ available: '699.50', refundable: true });
    const rest = await world.till.refund(paid.id, undefined, { refundSessionId });
    await world.till.waitForRefund(rest.body.id, 'confirmed');
    const [nothing] = await world.till.customerPurchases(refundSessionId);
    expect(nothing).toMatchObject({ refundable: false, reason: 'fully_refunded' });
    expect(await returned(paid.bankPaymentId)).toEqual(['300.50', '699.50']);
    await expectAgreed();
  });

  test('without the customer, and before the scan, nothing goes back and nothing is stored', async () => {
    const paid = await payByQr(world, '110.00');
    const alone = await world.till.refund(paid.id, undefined);
    expect(alone).toMatchObject({ status: 409, body: { code: 'customer_required', money: 'none' } });
    const { id } = await world.till.openRefundSession();
    const early = await world.till.refund(paid.id, undefined, { refundSessionId: id });
    expect(early).toMatchObject({ status: 409, body: { code: 'customer_not_known', money: 'none' } });
    expect((await world.till.get(paid.id)).refunds).toEqual([]);
    await expectAgreed();
  });

  test('what they bought elsewhere is shown and cannot be given back here', async () => {
    elsewhere.push(await payElsewhere(world, '250.00'));
    const refundSessionId = await comeBack(world);
    const purchases = await world.till.customerPurchases(refundSessionId);
    const other = purchases.find((one) => one.bankPaymentId === elsewhere[0]);
    expect(other).toMatchObject({ amount: '250.00', refundable: false, reason: 'not_of_this_till' });
    expect(other?.paymentId).toBeUndefined();
    expect(await returned(elsewhere[0])).toEqual([]);
    await expectAgreed();
  });

  test('another customer scans: the payment is not among their purchases, and no money goes back', async () => {
    const paid = await payByQr(world, '120.00');
    const refundSessionId = await comeBack(world, 'somebody-else');
    expect(await world.till.customerPurchases(refundSessionId)).toEqual([]);
    const asked = await world.till.refund(paid.id, undefined, { refundSessionId });
    const problem =
      asked.status < 300 ? (await world.till.waitForRefund(asked.body.id, 'declined')).statusReason : asked.body.code;
    expect(problem).toBe('not_customers_purchase');
    expect(await returned(paid.bankPaymentId)).toEqual([]);
    await expectAgreed();
  });
});

describe('answers are lost', () => {
  test('of the refund: found by the difference, and given back once', async () => {
    const paid = await payByQr(world, '1000.00');
    const refundSessionId = await comeBack(world);
    await world.bank.fault({ where: 'bank', path: 'payment/return', kind: 'answer_lost', times: 1 });
    const asked = await world.till.refund(paid.id, '400.00', { refundSessionId });
    expect((await world.till.waitForRefund(asked.body.id, 'confirmed')).evidence).toBe('difference');
    expect(await returned(paid.bankPaymentId)).toEqual(['400.00']);
    await expectAgreed();
  });

  test('of the code: one code is shown', async () => {
    const before = (await world.bank.refundCodes()).length;
    await world.bank.fault({ where: 'bank', path: 'return/create', kind: 'answer_lost', times: 1 });
    const opened = await world.till.openRefundSession();
    const shown = await world.till.waitForSession(opened.id, 'awaiting_customer');
    const codes = await world.bank.refundCodes();
    expect(codes.filter((code) => code.qrToken === shown.qr?.token)).toHaveLength(1);
    expect(codes.length - before).toBeLessThanOrEqual(2);
  });
});

describe('killed with a session open', () => {
  test('the hub: the customer scans meanwhile, and the refund goes on after the restart', async () => {
    const paid = await payByQr(world, '500.00');
    const opened = await world.till.openRefundSession();
    await world.kill('hub');
    await world.bank.scanRefundCode(opened.qr?.token ?? '');
    await world.restart('hub');
    await world.till.waitForSession(opened.id, 'customer_known');
    const asked = await world.till.refund(paid.id, undefined, { refundSessionId: opened.id });
    await world.till.waitForRefund(asked.body.id, 'confirmed');
    expect(await returned(paid.bankPaymentId)).toEqual(['500.00']);
    await expectAgreed();
  });

  test('the hub, between the call to the bank and its answer: given back once, and found', async () => {
    const paid = await payByQr(world, '520.00');
    const refundSessionId = await comeBack(world);
    const before = (await world.bank.calls()).filter((call) => call.path.includes('payment/return')).length;
    const slow = { where: 'bank', path: 'payment/return', kind: 'delay', ms: 3_000, afterProcessing: true, times: 1 };
    await world.bank.fault(slow);
    const asking = world.till.refund(paid.id, undefined, { refundSessionId });
    await callArrives(world, 'payment/return', before);
    await world.kill('hub');
    await world.restart('hub');
    const asked = await asking;
    await world.till.waitForRefund(asked.body.id, 'confirmed');
    expect(await returned(paid.bankPaymentId)).toEqual(['520.00']);
    await expectAgreed();
  });

  test('the agent: the session is asked of the hub again', async () => {
    const paid = await payByQr(world, '510.00');
    const refundSessionId = await comeBack(world);
    await world.kill('agent');
    await world.restart('agent');
    await world.till.waitForSession(refundSessionId, 'customer_known');
    const asked = await world.till.refund(paid.id, '10.00', { refundSessionId });
    await world.till.waitForRefund(asked.body.id, 'confirmed');
    await expectAgreed();
  });

  test('the hub is away: no code, no refund, no money moved', async () => {
    const paid = await payByQr(world, '130.00');
    const refundSessionId = await comeBack(world);
    world.wires.grpc.cut();
    try {
      const away = { status: 503, body: { code: 'hub_unreachable', money: 'none', retry: 'after' } };
      expect(await world.till.call('/refund-sessions', { body: {} })).toMatchObject(away);
      expect(await world.till.refund(paid.id, undefined, { refundSessionId })).toMatchObject(away);
    } finally {
      world.wires.grpc.heal();
    }
    expect((await world.till.get(paid.id)).refunds).toEqual([]);
    await expectAgreed();
  });
});
