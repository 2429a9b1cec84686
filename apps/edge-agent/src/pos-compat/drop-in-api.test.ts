import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OldShop, openOldShop } from './old-shop.ts';

let shop: OldShop;
afterEach(() => shop.end());

describe.each(['v1', 'v2'] as const)('an old till in front of a terminal that speaks %s', (version) => {
  beforeEach(async () => {
    shop = await openOldShop(version);
  });
  const pass = (ms: number) => shop.world.clock.advance(ms);
  const payment = () => {
    const [latest] = shop.world.core.payments.search({ limit: 1 }).payments;
    if (!latest) throw new Error('no payment');
    return latest;
  };
  const paid = async (tenge: number, method: 'card' | 'qr' = 'card') => {
    const sale = shop.till.sell(`/payment?amount=${tenge}`);
    await pass(500);
    shop.terminal.pay({ method });
    await pass(3_000);
    expect(sale.told).toBe('success');
    return sale;
  };

  test.each(['/payment?amount=100', '/payment/?amount=100&owncheque=true', '/payment?method=qr&amount=100'])(
    'starts by %s and gets the shapes of the document',
    async (target) => {
      const started = await shop.ask(target);
      const processId = String(started.body.processId);
      expect(processId).toMatch(/^\d{13}$/);
      expect(started).toEqual({ status: 200, body: { processId, status: 'wait' } });
      expect(await shop.ask(`/status/?processId=${processId}`)).toEqual(started);
      shop.terminal.pay({ method: 'card' });
      await pass(2_000);
      const { status, body } = await shop.ask(`/status?processId=${processId}`);
      expect(status).toBe(200);
      expect(Object.keys(body)).toEqual(['processId', 'status', 'transactionId', 'addInfo', 'chequeInfo']);
      expect(body).toMatchObject({ processId, status: 'success', transactionId: '900000000' });
      expect(body.addInfo).toEqual({ IsOffer: false, ProductType: 'OtherCard', LoanTerm: -1 });
      const cheque = body.chequeInfo as Record<string, unknown>;
      expect(cheque).toMatchObject({ amount: '100 ₸', method: 'card', storeName: 'Fake store' });
      expect(Object.values(cheque).every((value) => typeof value === 'string')).toBe(true);
    },
  );

  test('what it was told is collected, in the journal and at the hub', async () => {
    await paid(1500);
    expect(payment()).toMatchObject({ status: 'paid', token: 'pos-compat', terminal: { terminalId: 'front' } });
    expect(payment().collectedAtMs).toBeDefined();
    await pass(15 * 60_000);
    expect(shop.world.store.openCases()).toEqual([]);
    const facts = shop.world.intake.facts().filter((fact) => fact.kind === 'payment');
    expect(facts.at(-1)?.fact).toMatchObject({ paymentId: payment().paymentId, status: 'paid' });
  });

  test('a customer who gives up is `fail`, and the next sale of the same amount is a new one', async () => {
    const sale = shop.till.sell('/payment?amount=700');
    await pass(500);
    shop.terminal.cancel();
    await pass(3_000);
    expect(sale.told).toBe('fail');
    const next = await paid(700);
    expect(next.processIds).not.toEqual(sale.processIds);
  });

  test.each(['0', '-5', '10.50', '1e3', '007', 'NaN', '', ' 5', '5000001', '99999999999', '100&amount=200'])(
    'the amount "%s" is a message, and nothing reaches the terminal',
    async (amount) => {
      const { status, body } = await shop.ask(`/payment?amount=${amount}`);
      expect([status, body]).toEqual([200, { message: 'Invalid amount' }]);
      expect(shop.terminal.startCount).toBe(0);
    },
  );

  test('process ids that were never issued are 400, as in the document', async () => {
    for (const target of ['/status', '/status?processId=', '/status?processId=0', '/status?processId=1579237873554']) {
      expect(await shop.ask(target)).toEqual({ status: 400, body: { message: 'Process not found' } });
    }
    expect((await shop.ask('/cancel')).status).toBe(404);
  });

  test('a terminal that is away is a message, and no number is used up', async () => {
    shop.terminal.setAppRunning(false);
    await pass(60_000);
    for (let count = 0; count < 3; count++) {
      expect((await shop.ask('/payment?amount=100')).body).toEqual({ message: expect.stringContaining('Терминал') });
    }
    expect(shop.world.store.processes.newestId()).toBeUndefined();
    expect(shop.world.core.payments.search({ limit: 5 }).payments).toEqual([]);
  });

  test('a terminal that refuses passes on its message, and the next start is a new one', async () => {
    shop.terminal.misbehave({ on: 'start', kind: 'refuse', peerCode: 999 });
    const refused = await shop.ask('/payment?amount=100');
    expect([refused.status, Object.keys(refused.body)]).toEqual([200, ['message']]);
    await paid(100);
    expect(shop.charges(100)).toBe(1);
  });

  test('a start whose answer is lost waits, also after a restart, until a person decides', async () => {
    shop.terminal.misbehave({ on: 'start', kind: 'answer_lost' });
    const sale = shop.till.sell('/payment?amount=900');
    await pass(40_000);
    expect(sale.told).toBe('wait');
    expect(payment().status).toBe('unknown');
    shop.killAgent();
    await shop.startAgent();
    await pass(11 * 60_000);
    expect(sale.told).toBe('wait');
    expect((await shop.ask('/payment?amount=900')).body).toEqual({ processId: sale.processIds[0], status: 'wait' });
    expect((await shop.ask('/payment?amount=901')).body).toEqual({ message: expect.stringContaining('неизвестен') });
    expect((await shop.ask('/payment?amount=900', '192.168.1.20')).body).toHaveProperty('message');
    expect(shop.terminal.startCount).toBe(1);
    const word = { outcome: 'paid', by: 'Айгүл', reason: 'the cheque' } as const;
    await shop.world.core.payments.resolve(payment().paymentId, word);
    await pass(2_000);
    expect(sale.told).toBe('success');
    expect(sale.last).toMatchObject({ transactionId: sale.processIds[0], chequeInfo: { amount: '900 ₸' } });
  });

  test.each(['request_lost', 'answer_lost', 'answer_dropped'] as const)(
    'its start with %s is repeated and charged once',
    async (fault) => {
      shop.faults.push(fault);
      const sale = shop.till.sell('/payment?amount=300');
      await pass(7_000);
      shop.terminal.pay({ method: 'qr' });
      await pass(3_000);
      expect(sale.told).toBe('success');
      expect([shop.charges(300), shop.terminal.startCount]).toEqual([1, 1]);
    },
  );

  test('a slow terminal: impatient repetitions all belong to the one start', async () => {
    shop.terminal.misbehave({ on: 'start', kind: 'hang' });
    const sale = shop.till.sell('/payment?amount=300');
    await pass(60_000);
    expect(sale.told).toBe('wait');
    expect([shop.terminal.startCount, shop.world.core.payments.search({ limit: 9 }).payments.length]).toEqual([1, 1]);
  });

  test('a till that forgot the payment finds it again within three minutes of its end, and not later', async () => {
    const sale = shop.till.sell('/payment?amount=300');
    await pass(500);
    shop.till.switchOff();
    shop.terminal.pay({ method: 'card' });
    await pass(170_000);
    // A corrected clock makes nothing older.
    shop.world.clock.jumpWall(3_600_000);
    const again = shop.till.sell('/payment?amount=300');
    await pass(2_000);
    expect([again.told, again.processIds]).toEqual(['success', sale.processIds]);
    const next = shop.till.sell('/payment?amount=300');
    await pass(500);
    shop.till.switchOff();
    shop.terminal.pay({ method: 'card' });
    await pass(190_000);
    expect((await shop.ask('/payment?amount=300')).body.processId).not.toBe(next.processIds[0]);
  });

  test('killed between the start and its answer: the same process afterwards, and no second start', async () => {
    shop.terminal.misbehave({ on: 'start', kind: 'hang' });
    const sale = shop.till.sell('/payment?amount=300');
    await pass(1_000);
    shop.killAgent();
    await pass(10_000);
    await shop.startAgent();
    await pass(20_000);
    expect([sale.told, sale.processIds.length, shop.terminal.startCount]).toEqual(['wait', 1, 1]);
  });

  test('a terminal that forgets its operations or charges another amount is never `fail`', async () => {
    const sale = shop.till.sell('/payment?amount=300');
    await pass(500);
    shop.terminal.pay({ method: 'card', amount: shop.world.request({ tenge: 301 }).amount });
    await pass(10_000);
    expect([sale.told, payment().statusReason]).toEqual(['wait', 'amount_mismatch']);
    expect((await shop.ask('/payment?amount=5')).body).toHaveProperty('message');
  });

  test.each(['card', 'qr'] as const)('money by %s goes back by the number of the cheque, once', async (method) => {
    const sale = await paid(1000, method);
    const refund = `/refund/?method=${method}&amount=400&transactionId=${sale.last?.transactionId}&owncheque=true`;
    shop.faults.push('answer_lost');
    const back = shop.till.sell(refund);
    await pass(8_000);
    shop.terminal.pay({ method });
    await pass(6_000);
    expect(back.told).toBe('success');
    expect(back.last).toMatchObject({
      transactionId: sale.last?.transactionId,
      chequeInfo: { amount: expect.stringContaining('400'), method },
    });
    expect(shop.terminal.truth().refunds).toHaveLength(1);
    expect(payment().refunded.toString()).toBe('400.00');
    expect((await shop.ask(refund.replace('=400', '=601'))).body).toHaveProperty('message');
    const wrong = { message: 'Invalid transactionId.' };
    expect((await shop.ask(refund.replace(`=${method}`, '=alaqan'))).body).toEqual(wrong);
    expect((await shop.ask('/refund?method=card&amount=5&transactionId=77')).body).toEqual(wrong);
    expect((await shop.ask('/refund?method=card&amount=5')).body).toEqual(wrong);
  });

  test('a refund whose start was lost waits until a person decides', async () => {
    const sale = await paid(1000);
    shop.terminal.misbehave({ on: 'start', kind: 'answer_lost' });
    const back = shop.till.sell(`/refund?method=card&amount=1000&transactionId=${sale.last?.transactionId}`);
    await pass(60_000);
    expect(back.told).toBe('wait');
    const [refund] = shop.world.core.payments.refundsOf(payment().paymentId);
    const word = { outcome: 'declined', by: 'Айгүл', reason: 'nothing on the cheque' } as const;
    shop.terminal.cancel();
    await shop.world.core.refunds.resolve(refund?.refundId ?? '', word);
    await pass(2_000);
    expect(back.told).toBe('fail');
  });

  test('what it was told once is told for ever, also when the payment itself is kept no longer', async () => {
    const sale = await paid(1000);
    shop.world.clock.jumpWall(36 * 86_400_000);
    while (shop.world.store.prune(shop.world.clock.nowMs()) > 0);
    expect(shop.world.core.payments.search({ limit: 5 }).payments).toEqual([]);
    const { body } = await shop.ask(`/status?processId=${sale.processIds[0]}`);
    expect(body).toMatchObject({ status: 'success', transactionId: sale.last?.transactionId });
  });
});
