import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRandom, createSystemRandom } from './random.ts';
import { retryDelayMs } from './retry-schedule.ts';

describe('randomness', () => {
  it('of a seed repeats, and differs from another seed', () => {
    const draw = (seed: number) => {
      const random = createSeededRandom(seed);
      return [random.fraction(), ...random.bytes(8), random.fraction()];
    };
    expect(draw(42)).toEqual(draw(42));
    expect(draw(42)).not.toEqual(draw(43));
  });

  it.each([
    ['seeded', createSeededRandom(1)],
    ['of the system', createSystemRandom()],
  ])('%s lies in [0, 1) and is spread over it', (_name, random) => {
    const buckets = new Array<number>(10).fill(0);
    for (let count = 0; count < 10_000; count++) {
      const value = random.fraction();
      expect(value >= 0 && value < 1).toBe(true);
      const bucket = Math.floor(value * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(200);
    expect(random.bytes(5)).toHaveLength(5);
    expect(random.bytes(0)).toHaveLength(0);
  });

  it('of the system never hands out the same bytes twice, and keeps nothing of them', () => {
    const random = createSystemRandom();
    const drawn = Array.from({ length: 2_000 }, () => Buffer.from(random.bytes(16)).toString('hex'));
    expect(new Set(drawn).size).toBe(drawn.length);
    const first = random.bytes(16);
    expect(first.buffer.byteLength).toBe(16);
    const large = random.bytes(10_000);
    expect(large).toHaveLength(10_000);
    expect(new Set(large).size).toBeGreaterThan(250);
  });
});

describe('a retry schedule', () => {
  const schedule = { firstMs: 500, maxMs: 60_000, jitter: 0.2 };
  const still = { bytes: () => new Uint8Array(), fraction: () => 0.5 };

  it('doubles up to its maximum', () => {
    const delays = [0, 1, 2, 3, 6, 7, 8, 1_000].map((attempt) => retryDelayMs(schedule, attempt, still));
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('spreads every delay by its jitter and no further', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer(), (attempt, seed) => {
        const plain = retryDelayMs(schedule, attempt, still);
        const delay = retryDelayMs(schedule, attempt, createSeededRandom(seed));
        expect(delay).toBeGreaterThanOrEqual(Math.floor(plain * 0.8));
        expect(delay).toBeLessThanOrEqual(Math.ceil(plain * 1.2));
      }),
    );
  });
});
