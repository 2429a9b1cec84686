import { expect, it } from 'vitest';
import { type CoreBench, createCoreBench } from '../core-bench.ts';
import type { Payment } from './payment.ts';

it('waits with one timer, however often it has looked', async () => {
  const bench = await createCoreBench();
  for (let payment = 0; payment < 3; payment++) await bench.pay();
  await bench.clock.advance(20_000);
  const early = bench.clock.pendingTimers;
  await bench.clock.advance(120_000);
  expect(bench.clock.pendingTimers).toBeLessThanOrEqual(early + 1);
});

/** From here on, when the bank is asked about what. */
async function takeOver(bench: CoreBench) {
  const asked: Array<{ atMs: number; bankPaymentId: string }> = [];
  const startedMono = bench.clock.monoMs();
  const { readStatus } = bench.bank;
  bench.bank.readStatus = (bankPaymentId) => {
    asked.push({ atMs: bench.clock.monoMs() - startedMono, bankPaymentId });
    return readStatus(bankPaymentId);
  };
  await bench.restart();
  const firstOf = (payment: Payment) => asked.find((one) => one.bankPaymentId === payment.bankPaymentId)?.atMs;
  return { asked, firstOf };
}

it('asks about payments of an earlier owner evenly over a whole interval', async () => {
  const bench = await createCoreBench();
  for (let count = 0; count < 400; count++) await bench.pay();
  await bench.clock.advance(1_000);
  const { asked } = await takeOver(bench);
  await bench.clock.advance(5_100);
  expect(new Set(asked.map((one) => one.bankPaymentId)).size).toBe(400);
  for (let fromMs = 0; fromMs < 5_000; fromMs += 500) {
    const some = asked.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + 500).length;
    expect(some).toBeGreaterThan(15);
    expect(some).toBeLessThan(75);
  }
});

it('asks at once about a payment of an earlier owner whose time is over, and about one whose end is near at its end', async () => {
  const bench = await createCoreBench();
  const over = await bench.pay();
  await bench.clock.advance(12_000);
  const near = await bench.pay();
  await bench.clock.advance(165_000);
  const fresh = await bench.pay();
  bench.connection.crash();
  await bench.clock.advance(12_000);
  const { firstOf } = await takeOver(bench);
  await bench.clock.advance(6_000);
  expect(firstOf(over)).toBeLessThan(10);
  expect(firstOf(near)).toBeGreaterThan(2_900);
  expect(firstOf(near)).toBeLessThan(3_100);
  expect(firstOf(fresh)).toBeLessThanOrEqual(5_001);
});
