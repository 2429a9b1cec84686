import { createSeededRandom, Money, ProblemError, type Random } from '@tolem/base';
import type { FakeFault } from '@tolem/kaspi-core/fake';
import { expect, it } from 'vitest';
import { type CoreBench, createCoreBench, PERSON, TILL } from './core-bench.ts';
import type { Payment } from './payment/payment.ts';
import type { CommitFate } from './store/memory-store.ts';

/**
 * Customers, tills, a bank that misbehaves and a hub that dies, drawn by seed; afterwards the bank's truth and the ledger
 * agree to the tiyn, or a case is open about the difference. A failing seed is run alone by `TOLEM_SEED=n`.
 */
const SEEDS = 25;
const PAYMENTS = 6;
const MINUTE = 60_000;
const PATIENCE_MS = 40_000;
const CHAOS_MS = 10 * MINUTE;
const settings = { intervals: { leaseMs: 60_000, renewMs: 20_000, sweepMs: 40_000, watchRereadMs: 3_600_000 } };

interface Life {
  payment: Payment;
  refundIds: string[];
}

function chaosOf(random: Random) {
  const chance = (probability: number) => random.fraction() < probability;
  const upTo = (limit: number) => Math.floor(random.fraction() * limit);
  const pick = <One>(...from: One[]): One => from[upTo(from.length)] as One;
  return { chance, upTo, pick };
}
type Chaos = ReturnType<typeof chaosOf>;

function drawFault({ chance, upTo, pick }: Chaos, method: string): FakeFault | undefined {
  // Some refunds are worked off when everybody has long given up.
  if (method === 'refund' && chance(0.2)) return { kind: 'stalled', ms: upTo(25 * MINUTE) };
  if (!chance(0.25)) return undefined;
  const kind = pick(
    'answer_lost',
    'request_lost',
    'connect_failed',
    'unavailable',
    'unavailable_after',
    'garbage',
    'unlisted_code',
    'unlisted_code_after',
    'slow',
    'stalled',
  );
  return kind === 'slow' || kind === 'stalled' ? { kind, ms: upTo(50_000) } : { kind };
}

async function runSeed(seed: number): Promise<void> {
  const chaos = chaosOf(createSeededRandom(seed));
  const scheme = chaos.pick(1, 2, 3, 3);
  let isChaotic = true;
  const bank = {
    decideFault: (method: string) => (isChaotic ? drawFault(chaos, method) : undefined),
    cancelLagMs: 30_000,
    tellsAmount: chaos.chance(0.7),
    scheme,
  };
  const bench = await createCoreBenchQuietly(
    () => (isChaotic = false),
    () => (isChaotic = true),
    bank,
  );
  // A hub lives long enough to have started.
  const fateOf = (commit: number): CommitFate =>
    isChaotic && commit > 5 && chaos.chance(0.02)
      ? chaos.pick('crash_before', 'crash_after', 'answer_lost', 'answer_lost')
      : 'commit';
  const lives: Life[] = [];
  const actors = Array.from({ length: PAYMENTS }, () => live(bench, chaos, lives));
  for (let spent = 0; spent < CHAOS_MS; spent += 1_000) {
    await bench.clock.advance(1_000);
    if (bench.connection.isCrashed || chaos.chance(0.004)) await bench.restart({ fateOf });
  }
  isChaotic = false;
  await bench.restart();
  await bench.clock.advance(30 * MINUTE);
  await Promise.all(actors);
  await bench.clock.advance(26 * 60 * MINUTE);
  for (const one of lives) await compare(bench, one);
  const open = await bench.connection.transaction((tx) => tx.refundSessions.activeOf('till-1', 'till-1'));
  expect(open).toBeUndefined();
}

/** The bench's own agents and devices are set up before anything goes wrong. */
async function createCoreBenchQuietly(calm: () => void, unleash: () => void, bank: object): Promise<CoreBench> {
  calm();
  const bench = await createCoreBench({ settings, bank });
  unleash();
  return bench;
}

/** Asks until there is an answer that is not about the hub or the bank being away. */
async function insist<Result>(
  bench: CoreBench,
  run: () => Promise<Result>,
  tries: number,
): Promise<Result | undefined> {
  for (let count = 0; count < tries; count++) {
    try {
      // A hub that died never answers: the till's own patience ends.
      const answer = await Promise.race([run(), bench.clock.sleep(PATIENCE_MS)]);
      if (answer !== undefined) return answer;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.problem.retry === 'never') return undefined;
      await bench.clock.sleep(3_000);
    }
  }
  return undefined;
}

/** One till and one customer. */
async function live(bench: CoreBench, chaos: Chaos, lives: Life[]): Promise<void> {
  const { clock, bank } = bench;
  await clock.sleep(chaos.upTo(60_000));
  const paymentId = bench.ids.uuid();
  const payment = await insist(bench, () => bench.pay({ paymentId }), 6);
  if (!payment) {
    await insist(bench, () => bench.hub.payments.cancel(TILL, paymentId, 'abandoned'), 3);
    return;
  }
  const one: Life = { payment, refundIds: [] };
  lives.push(one);
  const id = payment.bankPaymentId;
  if (id === undefined) return;
  const customer = async () => {
    await clock.sleep(chaos.upTo(240_000));
    if (chaos.chance(0.85)) bank.customer.scan(id, { late: chaos.chance(0.5) });
    await clock.sleep(chaos.upTo(80_000));
    // Where the bank never tells the amount (scheme 1 without v02) nobody could know of another one.
    const isToldOf = bank.offer.details || bank.tellsAmount;
    if (chaos.chance(0.1) && isToldOf) bank.purchase(id).chargeInstead = Money.parse('1.00');
    if (chaos.chance(0.1)) bank.customer.decline(id);
    bank.customer.confirm(id, { late: chaos.chance(0.5) });
  };
  const till = async () => {
    await clock.sleep(chaos.upTo(200_000));
    if (chaos.chance(0.2)) await insist(bench, () => bench.hub.payments.cancel(TILL, paymentId, 'till'), 3);
    await clock.sleep(chaos.upTo(120_000));
    if (chaos.chance(0.4)) await insist(bench, () => bench.hub.payments.acceptLate(TILL, paymentId), 2);
    for (let count = chaos.upTo(3); count > 0; count--) await refund(bench, chaos, one);
  };
  await Promise.all([customer(), till()]);
}

async function refund(bench: CoreBench, chaos: Chaos, { payment, refundIds }: Life): Promise<void> {
  const refundId = bench.ids.uuid();
  const amount = Money.parse(chaos.pick('100.00', '800.00', '1500.00'));
  refundIds.push(refundId);
  const session = bench.bank.offer.refunds === 'with_customer' ? await comeBack(bench, chaos) : {};
  const ask = { refundId, paymentId: payment.paymentId, amount, reason: 'goods', ...session };
  await insist(bench, () => bench.hub.refunds.create(TILL, ask), 3);
  if (chaos.chance(0.1) && payment.bankPaymentId && bench.charged(payment) === '1500.00') {
    bench.bank.refundElsewhere(payment.bankPaymentId, Money.parse('50.00'));
  }
}

/** Scheme 2: the customer comes back to the till, and mostly scans the code; sometimes the till asks too early. */
async function comeBack(bench: CoreBench, chaos: Chaos): Promise<{ refundSessionId?: string }> {
  const refundSessionId = bench.ids.uuid();
  const opened = await insist(bench, () => bench.hub.refundSessions.open(TILL, { refundSessionId }), 4);
  if (!opened) return {};
  const { refundCodeId } = opened;
  await bench.clock.sleep(chaos.upTo(20_000));
  if (refundCodeId !== undefined && chaos.chance(0.9)) bench.bank.scanRefundCode(refundCodeId);
  await bench.clock.sleep(chaos.upTo(30_000));
  const now = await insist(bench, () => bench.hub.refundSessions.get(TILL, refundSessionId), 4);
  // One session shows one code, whatever was lost and whoever died meanwhile.
  if (refundCodeId !== undefined && now) expect(now.refundCodeId).toBe(refundCodeId);
  return { refundSessionId };
}

/** The invariants: one charge, nothing lost, nothing refunded twice, nothing open without a case. */
async function compare(bench: CoreBench, { payment }: Life): Promise<void> {
  const ledger = await bench.get(payment.paymentId);
  const charged = bench.bank
    .purchases()
    .filter((one) => one.externalId === payment.paymentId && one.charged.isPositive);
  expect(charged.filter((one) => one.bankPaymentId !== ledger.bankPaymentId)).toEqual([]);
  if (ledger.bankPaymentId === undefined) {
    expect([ledger.status, ledger.final]).toEqual(['cancelled', true]);
    return;
  }
  const truth = bench.bank.purchase(ledger.bankPaymentId);
  const cases = (await bench.openCases()).filter(
    (one) => one.paymentId === payment.paymentId && one.kind !== 'not_collected',
  );
  expect(ledger.amountPaid?.toString() ?? '0.00').toBe(truth.charged.toString());
  if (ledger.status === 'paid') expect(truth.charged.toString()).toBe('1500.00');
  if (['failed'].includes(ledger.status)) expect(truth.charged.isZero).toBe(true);
  const ours = Money.sum(truth.refunds.filter((one) => !one.elsewhere).map((one) => one.amount));
  const refunds = await bench.hub.refunds.listOf(PERSON, payment.paymentId);
  if (bench.bank.offer.refunds !== 'without_customer') {
    expect(refunds.filter((one) => one.actor === 'system:late')).toEqual([]);
  }
  const unsettled = refunds.filter((one) => one.status !== 'confirmed' && one.status !== 'declined');
  if (unsettled.length === 0) expect(ledger.refunded.toString()).toBe(ours.toString());
  else expect(cases.length).toBeGreaterThan(0);
  // A refund is held back for another amount than expected only where somebody else has refunded.
  const isAlone = truth.refunds.every((one) => !one.elsewhere);
  if (isAlone) expect(cases.map((one) => one.kind)).not.toContain('refund_available_differs');
  expect(ours.compare(truth.charged)).toBeLessThanOrEqual(0);
  if (!ledger.final) expect(cases.length).toBeGreaterThan(0);
  expect(ledger.watched).toBe(false);
}

const only = process.env.TOLEM_SEED;
const seeds =
  only === undefined
    ? Array.from({ length: Number(process.env.TOLEM_SEEDS ?? SEEDS) }, (_, at) => at + 1)
    : [Number(only)];

it('whatever the bank, the customers and the crashes do, the ledger and the bank agree', async () => {
  for (const seed of seeds) {
    await runSeed(seed).catch((cause: unknown) => {
      throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    });
  }
}, 600_000);
