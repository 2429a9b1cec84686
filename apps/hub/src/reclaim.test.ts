import { ProblemError } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { type CoreBench, createCoreBench, PERSON, payAndConfirm, TILL } from './core-bench.ts';
import type { HubChange } from './hub-core.ts';
import { HubError } from './hub-error.ts';
import type { Payment } from './payment/payment.ts';
import type { FateOf } from './store/memory-store.ts';
import type { Store, StoreTransaction } from './store/store.ts';

const HOUR = 3_600_000;
const quietly = (run: Promise<unknown>) =>
  run.then(
    () => 'resolved',
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : error),
  );
/** The n-th commit that tells of such a change loses its answer; nothing else goes wrong. */
const losing = (kind: HubChange['kind'], nth: number): FateOf => {
  let count = 0;
  return (_commit, hints) => (hints.some((one) => one.kind === kind) && ++count === nth ? 'answer_lost' : 'commit');
};
async function payLate(bench: CoreBench): Promise<Payment> {
  const payment = await bench.pay();
  await bench.clock.advance(181_000);
  bench.bank.customer.scan(payment.bankPaymentId ?? '', { late: true });
  bench.bank.customer.confirm(payment.bankPaymentId ?? '', { late: true });
  await bench.clock.advance(17_000);
  return payment;
}

describe('a hub that loses the answer to a commit', () => {
  it('of the bank’s answer goes on with the payment', async () => {
    const bench = await createCoreBench();
    await bench.restart({ fateOf: losing('payment', 2) });
    const paymentId = bench.ids.uuid();
    expect(await quietly(bench.pay({ paymentId }))).toBe('hub_unavailable');
    const again = await bench.pay({ paymentId });
    expect(again.status).toBe('awaiting_scan');
    bench.scan(again);
    bench.confirm(again);
    await bench.clock.advance(6_000);
    expect(await bench.status(again)).toBe('paid');
  });

  it('of an intent asks the bank at the next try, without waiting for the lost claim', async () => {
    const bench = await createCoreBench();
    await bench.restart({ fateOf: losing('payment', 1) });
    const paymentId = bench.ids.uuid();
    expect(await quietly(bench.pay({ paymentId }))).toBe('hub_unavailable');
    expect((await bench.pay({ paymentId })).status).toBe('awaiting_scan');
    expect(bench.bank.purchases()).toHaveLength(1);
  });

  it('of the automatic refund sends it, without turning round meanwhile', async () => {
    const bench = await createCoreBench();
    await bench.restart({ fateOf: losing('refund', 1) });
    const payment = await payLate(bench);
    await bench.clock.advance(61_000);
    const before = bench.transactions;
    await bench.clock.advance(20_000);
    expect(bench.transactions - before).toBeLessThan(100);
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('of a refund that a person asked for sends it', async () => {
    const bench = await createCoreBench();
    await bench.restart({ fateOf: losing('refund', 1) });
    const payment = await payAndConfirm(bench);
    const ask = { refundId: bench.ids.uuid(), paymentId: payment.paymentId, reason: 'goods' };
    expect(await quietly(bench.hub.refunds.create(PERSON, ask))).toBe('hub_unavailable');
    await bench.hub.refunds.create(PERSON, ask);
    await bench.clock.advance(1_000);
    expect(await bench.hub.refunds.get(PERSON, ask.refundId)).toMatchObject({ status: 'confirmed' });
    expect(bench.bank.calls.filter((call) => call.method === 'refund')).toHaveLength(1);
  });

  it('of a second call that was not sent does not forget the first', async () => {
    const bench = await createCoreBench();
    const calls = () => bench.bank.calls.filter((call) => call.method === 'refund').length;
    let isLost = false;
    const fateOf: FateOf = (_commit, hints) => {
      if (isLost || calls() < 2 || !hints.some((one) => one.kind === 'refund')) return 'commit';
      isLost = true;
      return 'answer_lost';
    };
    await bench.restart({ fateOf });
    const payment = await payAndConfirm(bench);
    for (const fault of ['request_lost', 'connect_failed'] as const) bench.bank.faults.next('refund', fault);
    const refundId = bench.ids.uuid();
    const asked = quietly(
      bench.hub.refunds.create(PERSON, { refundId, paymentId: payment.paymentId, reason: 'goods' }),
    );
    await bench.clock.advance(610_000);
    await asked;
    expect(isLost).toBe(true);
    expect(await bench.hub.refunds.get(PERSON, refundId)).toMatchObject({ status: 'sent', sends: 1 });
  });

  it('of taking over watches what it took', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    // The second commit of a start follows the lease's own.
    for (const lost of [2, 3])
      await bench.restart({ fateOf: (commit) => (commit === lost ? 'answer_lost' : 'commit') });
    bench.scan(payment);
    bench.confirm(payment);
    await bench.clock.advance(25_000);
    expect(await bench.status(payment)).toBe('paid');
  });
});

/** Every transaction goes through `around`, which may wait, or fail, before or after it. */
const wrapped =
  (around: (commit: () => Promise<unknown>, seen: { refundRead: boolean; renewed: boolean }) => Promise<unknown>) =>
  (store: Store): Store => ({
    ...store,
    exclusive: store.exclusive,
    transaction: <Result>(run: (tx: StoreTransaction) => Promise<Result>) => {
      const seen = { refundRead: false, renewed: false };
      const spy = (tx: StoreTransaction): StoreTransaction => ({
        ...tx,
        leases: {
          ...tx.leases,
          renew(...given) {
            seen.renewed = true;
            return tx.leases.renew(...given);
          },
        },
        refunds: {
          ...tx.refunds,
          get(...given) {
            seen.refundRead = true;
            return tx.refunds.get(...given);
          },
        },
      });
      return around(() => store.transaction((tx) => run(spy(tx))), seen) as Promise<Result>;
    },
  });

describe('a hub whose store is in trouble', () => {
  it('that fails the first read of a new automatic refund still sends it', async () => {
    let failures = 0;
    const bench = await createCoreBench({
      wrapStore: wrapped(async (commit, seen) => {
        const result = await commit();
        if (seen.refundRead && failures++ === 0) throw new HubError('store_unavailable', 'not now');
        return result;
      }),
    });
    const payment = await payLate(bench);
    await bench.clock.advance(61_000 + 20_000);
    expect(failures).toBeGreaterThan(1);
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('that answers two renewals late goes on with its payments under the same generation', async () => {
    const delays = [6_000, 9_000];
    const holder: { bench?: CoreBench } = {};
    const bench = await createCoreBench({
      wrapStore: wrapped(async (commit, seen) => {
        const result = await commit();
        const delayMs = seen.renewed && holder.bench ? (delays.shift() ?? 0) : 0;
        if (delayMs > 0) await holder.bench?.clock.sleep(delayMs);
        return result;
      }),
    });
    holder.bench = bench;
    const payments = [];
    for (let count = 0; count < 20; count++) payments.push(await bench.pay());
    await bench.clock.advance(30_000);
    for (const payment of payments) {
      bench.scan(payment);
      bench.confirm(payment);
    }
    await bench.clock.advance(30_000);
    for (const payment of payments) expect(await bench.status(payment)).toBe('paid');
  });
});

it('a creation that is asked for while its window ends is waited for without turning round', async () => {
  const bench = await createCoreBench();
  const paymentId = bench.ids.uuid();
  bench.bank.faults.next('createQr', 'request_lost');
  expect(await quietly(bench.pay({ paymentId }))).toBe('bank_unavailable');
  await bench.clock.advance(119_000);
  bench.bank.faults.next('createQr', { kind: 'slow', ms: 25_000 });
  const asked = bench.pay({ paymentId });
  await bench.clock.advance(1_000);
  const before = bench.transactions;
  await bench.clock.advance(2_000);
  expect(bench.transactions - before).toBeLessThan(20);
  await bench.clock.advance(25_000);
  expect((await asked).status).toBe('awaiting_scan');
});

it('a creation that its till gives up after the bank’s silence ends at once', async () => {
  const bench = await createCoreBench();
  const paymentId = bench.ids.uuid();
  bench.bank.faults.next('createQr', 'request_lost');
  expect(await quietly(bench.pay({ paymentId }))).toBe('bank_unavailable');
  for (const reason of ['abandoned', 'till']) {
    expect(await bench.hub.payments.cancel(TILL, paymentId, reason)).toMatchObject({
      status: 'cancelled',
      final: true,
    });
  }
  await bench.clock.advance(HOUR);
  expect(await bench.get(paymentId)).toMatchObject({ status: 'cancelled', statusReason: 'abandoned' });
});
