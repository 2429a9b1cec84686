import { expect, it } from 'vitest';
import { createCoreBench } from '../core-bench.ts';

it('waits with one timer, however often it has looked', async () => {
  const bench = await createCoreBench();
  for (let payment = 0; payment < 3; payment++) await bench.pay();
  await bench.clock.advance(20_000);
  const early = bench.clock.pendingTimers;
  await bench.clock.advance(120_000);
  expect(bench.clock.pendingTimers).toBeLessThanOrEqual(early + 1);
});
