import { Money, ProblemError } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { type CoreBench, createCoreBench, PERSON, TILL } from './core-bench.ts';
import type { Payment } from './payment/payment.ts';
import type { CommitFate } from './store/memory-store.ts';

const MINUTE = 60_000;
/** Renewals are commits as well: few of them, so that the points that matter are met. */
const settings = { intervals: { leaseMs: 20 * MINUTE, renewMs: 10 * MINUTE, sweepMs: 5 * MINUTE } };

/** The till's part: asks again under the same id, as an agent does after a lost answer. */
async function insist<Result>(bench: CoreBench, run: () => Promise<Result>): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      const running = run();
      running.catch(() => undefined);
      await bench.clock.advance(15_000);
      return await running;
    } catch (error) {
      if (!(error instanceof ProblemError) || tries === 5 || error.problem.retry === 'never') throw error;
      if (bench.connection.isCrashed) await bench.restart();
    }
  }
}

/** Time goes by; a hub that has died is started again within ten seconds. */
async function live(bench: CoreBench, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10_000) {
    await bench.clock.advance(Math.min(left, 10_000));
    if (bench.connection.isCrashed) await bench.restart();
  }
}

type Scenario = (bench: CoreBench) => Promise<Payment>;

const paidAndRefunded: Scenario = async (bench) => {
  const paymentId = bench.ids.uuid();
  const payment = await insist(bench, () => bench.pay({ paymentId }));
  bench.scan(payment);
  await live(bench, 10_000);
  bench.confirm(payment);
  await live(bench, 30_000);
  const refundId = bench.ids.uuid();
  await insist(bench, () =>
    bench.hub.refunds.create(TILL, { refundId, paymentId, amount: Money.parse('900.00'), reason: 'goods' }),
  );
  return payment;
};

const paidLate: Scenario = async (bench) => {
  const paymentId = bench.ids.uuid();
  const payment = await insist(bench, () => bench.pay({ paymentId }));
  await live(bench, 190_000);
  bench.bank.customer.scan(payment.bankPaymentId ?? '', { late: true });
  bench.confirm(payment);
  await live(bench, 30_000);
  return payment;
};

/** Runs on until nothing happens any more, then compares the bank's truth with our ledger, to the tiyn. */
async function settleAndCompare(bench: CoreBench, payment: Payment): Promise<void> {
  await live(bench, 20 * MINUTE);
  const ledger = await bench.get(payment.paymentId);
  const charged = bench.bank.purchases().filter((one) => one.charged.isPositive);
  expect(charged).toHaveLength(1);
  expect(ledger.bankPaymentId).toBe(charged[0]?.bankPaymentId);
  const cases = (await bench.openCases()).filter((one) => one.kind !== 'not_collected');
  const held = Money.sum(
    (await bench.hub.refunds.listOf(PERSON, payment.paymentId))
      .filter((one) => one.status === 'unknown')
      .map((one) => one.amount),
  );
  const paid = ledger.amountPaid ?? Money.zero;
  expect(paid.toString()).toBe(charged[0]?.charged.toString());
  expect(ledger.refundReserved.toString()).toBe(held.toString());
  const difference = paid.minus(ledger.refunded).compare(Money.parse(bench.charged(payment)));
  if (difference !== 0) expect(cases.map((one) => one.kind)).toContain('refund_unknown');
  if (!ledger.final && ledger.late?.outcome !== 'refunded') expect(cases.length).toBeGreaterThan(0);
}

async function countCommits(scenario: Scenario): Promise<number> {
  const bench = await createCoreBench({ settings });
  await bench.restart();
  const payment = await scenario(bench);
  await settleAndCompare(bench, payment);
  expect(await bench.openCases()).toEqual(
    expect.not.arrayContaining([expect.objectContaining({ kind: 'refund_unknown' })]),
  );
  return bench.connection.commits;
}

async function crashAt(scenario: Scenario, point: number, fate: CommitFate): Promise<void> {
  const bench = await createCoreBench({ settings });
  // The commits of the start itself are not points of their own: without them there is no hub to ask.
  await bench.restart({ fateOf: (commit) => (commit > 1 && commit === point ? fate : 'commit') });
  const payment = await scenario(bench);
  await settleAndCompare(bench, payment);
}

describe.each([
  ['paid and refunded', paidAndRefunded],
  ['paid late and returned', paidLate],
] as const)('a hub that dies, or loses the answer, at any commit of a payment %s', (_name, scenario) => {
  it.each(['crash_before', 'crash_after', 'answer_lost'] as const)('loses no tiyn (%s)', async (fate) => {
    const commits = await countCommits(scenario);
    expect(commits).toBeGreaterThan(8);
    for (let point = 2; point <= commits; point++) await crashAt(scenario, point, fate);
  });
});
