import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIds, isUuid } from './ids.ts';
import { createSeededRandom } from './random.ts';
import { createVirtualClock } from './virtual-clock.ts';

describe('ids', () => {
  it('are UUIDs of version 7 that hold the moment of their making', () => {
    const clock = createVirtualClock(0x0190_1234_5678);
    const id = createIds(clock, createSeededRandom(1)).uuid();
    expect(id).toMatch(/^01901234-5678-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(isUuid(id)).toBe(true);
  });

  it('sort in the order of their making and never repeat, also within a millisecond and under a clock that jumps back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 40 }), async (jumps) => {
        const clock = createVirtualClock();
        const ids = createIds(clock, createSeededRandom(7));
        const made: string[] = [];
        for (const jump of jumps) {
          clock.jumpWall(jump);
          for (let count = 0; count < 20; count++) made.push(ids.uuid());
        }
        expect(made).toEqual([...made].sort());
        expect(new Set(made).size).toBe(made.length);
      }),
      { numRuns: 30 },
    );
  });

  it('stay in order through more than 4096 of one millisecond', () => {
    const ids = createIds(createVirtualClock(), createSeededRandom(3));
    const made = Array.from({ length: 20_000 }, () => ids.uuid());
    expect(made).toEqual([...made].sort());
    expect(new Set(made).size).toBe(made.length);
    expect(made.every(isUuid)).toBe(true);
  });

  it('leave the bytes of their source alone', () => {
    const pool = new Uint8Array(64).fill(0xff);
    const ids = createIds(createVirtualClock(), { bytes: (count) => pool.subarray(8, 8 + count), fraction: () => 0 });
    expect(isUuid(ids.uuid())).toBe(true);
    expect([...pool]).toEqual(Array(64).fill(0xff));
  });

  it.each([
    '',
    '01901234-5678-7000-8000-00000000000',
    '01901234-5678-7000-8000-0000000000000',
    '0190123456787000800000000000',
  ])('"%s" is no UUID', (text) => {
    expect(isUuid(text)).toBe(false);
  });
});
