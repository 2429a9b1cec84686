import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer, payByQr } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import { startWorld, type World } from '../support/world.ts';

describe.each([1, 2] as const)('under scheme %i the bank gives nothing back by itself', (scheme) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      scheme,
      bank: { scanWaitS: 1, confirmWaitS: 2 },
      hubIntervals: { lateWatch: [{ everyMs: 300, untilMs: 60_000 }] },
      agentIntervals: { lateAcceptMs: 2_500 },
    });
  });
  afterAll(() => world?.stop());

  const expired = async (amount: string) => {
    const asked = await world.till.pay({ method: 'qr', amount });
    await world.till.waitFor(asked.id, 'expired');
    await createCustomer(world).confirmLate(asked.id);
    await world.till.waitFor(asked.id, (payment) => payment.late !== undefined);
    return asked.id;
  };

  test('late money that the till takes is paid', async () => {
    const id = await expired('410.00');
    expect((await world.till.post(id, 'accept-late')).status).toBe(200);
    await world.till.waitFor(id, 'paid');
    await expectAgreement(world);
  });

  test('late money that nobody takes becomes a case, and is never shown as returned or paid', async () => {
    const id = await expired('411.00');
    await world.till.waitFor(id, (payment) => payment.late?.claimable === false);
    await eventually('a case names it', async () =>
      (await world.hub.cases(true)).some((one) => one.paymentId === id && one.amount === '411.00'),
    );
    const told = await world.till.get(id);
    expect(told.status).not.toBe('paid');
    expect(told).toMatchObject({ refundedAmount: '0.00', refunds: [], late: { amount: '411.00' } });
    expect(told.late?.refund).toBeUndefined();
    expect((await world.bank.truth()).refunds).toEqual([]);
    await expectAgreement(world);
  });
});

describe('under scheme 1 there are no refunds', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ scheme: 1 });
  });
  afterAll(() => world?.stop());

  test('a refund is refused plainly, at the till and from headquarters; a session as well', async () => {
    expect((await world.till.call('/device')).body).toMatchObject({ scheme: 1, refunds: 'none' });
    const paid = await payByQr(world, '300.00');
    const refused = { status: 409, body: { code: 'refunds_not_offered', money: 'none' } };
    expect(await world.till.refund(paid.id, undefined)).toMatchObject(refused);
    expect(await world.till.call('/refund-sessions', { body: {} })).toMatchObject(refused);
    expect(await world.hub.refund(paid.id, undefined)).toMatchObject(refused);
    expect((await world.till.get(paid.id)).refunds).toEqual([]);
    await expectAgreement(world);
  });
});
