import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from './system-clock.ts';
import { createVirtualClock } from './virtual-clock.ts';

describe('the virtual clock', () => {
  it('runs timers in the order of their moments, then of their making, at their own moment', async () => {
    const clock = createVirtualClock(1_000);
    const ran: string[] = [];
    const note = (name: string) => () => void ran.push(`${name}@${clock.nowMs()}`);
    clock.after(20, note('c'));
    clock.after(10, note('a'));
    clock.after(10, note('b'));
    clock.after(31, note('late'));
    await clock.advance(30);
    expect(ran).toEqual(['a@1010', 'b@1010', 'c@1020']);
    expect([clock.nowMs(), clock.monoMs(), clock.pendingTimers]).toEqual([1_030, 30, 1]);
  });

  it('runs timers that timers set, within the same advance', async () => {
    const clock = createVirtualClock();
    let ticks = 0;
    const tick = () => {
      ticks++;
      clock.after(10, tick);
    };
    clock.after(10, tick);
    await clock.advance(100);
    expect(ticks).toBe(10);
  });

  it('lets promises settle between timers', async () => {
    const clock = createVirtualClock();
    const seen: number[] = [];
    const poll = async () => {
      for (let round = 0; round < 3; round++) {
        await clock.sleep(100);
        seen.push(clock.monoMs());
      }
    };
    const polling = poll();
    await clock.advance(1_000);
    await polling;
    expect(seen).toEqual([100, 200, 300]);
  });

  it('lets wall time jump without moving monotonic time or timers', async () => {
    const clock = createVirtualClock(0);
    let ran = false;
    clock.after(10, () => {
      ran = true;
    });
    clock.jumpWall(-3_600_000);
    expect([clock.nowMs(), clock.monoMs(), ran]).toEqual([-3_600_000, 0, false]);
    await clock.advance(10);
    expect(ran).toBe(true);
    await expect(clock.advance(-1)).rejects.toThrowError(/never goes back/);
  });

  it('forgets cancelled timers, and aborted sleeps with them', async () => {
    const clock = createVirtualClock();
    const never = vi.fn();
    clock.after(10, never).cancel();
    const stop = new AbortController();
    const asleep = clock.sleep(10, stop.signal);
    stop.abort();
    await expect(asleep).rejects.toMatchObject({ code: 'aborted' });
    await expect(clock.sleep(10, AbortSignal.abort('why'))).rejects.toMatchObject({ code: 'aborted', cause: 'why' });
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(20);
    expect(never).not.toHaveBeenCalled();
  });
});

describe('the system clock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits longer than a Node timer can, in steps, and not a moment shorter', async () => {
    const day = 86_400_000;
    const ran = vi.fn();
    createSystemClock().after(60 * day, ran);
    await vi.advanceTimersByTimeAsync(60 * day - 1);
    expect(ran).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ran).toHaveBeenCalledOnce();
  });

  it('can be cancelled between those steps', async () => {
    const ran = vi.fn();
    const timer = createSystemClock().after(60 * 86_400_000, ran);
    await vi.advanceTimersByTimeAsync(30 * 86_400_000);
    timer.cancel();
    await vi.advanceTimersByTimeAsync(40 * 86_400_000);
    expect(ran).not.toHaveBeenCalled();
  });

  it('takes a delay in the past as now', async () => {
    const ran = vi.fn();
    createSystemClock().after(-5, ran);
    await vi.advanceTimersByTimeAsync(0);
    expect(ran).toHaveBeenCalledOnce();
  });
});
