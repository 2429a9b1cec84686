import { assert } from './assert.ts';
import type { Clock, Timer } from './clock.ts';
import { sleepOn } from './system-clock.ts';

/** A clock that moves only when told to; timers run in the order of their moments, then of their making. */
export interface VirtualClock extends Clock {
  /** Moves time forward, running every timer that falls due and letting promises settle between timers. */
  advance(ms: number): Promise<void>;
  /** Makes wall time jump without moving `monoMs`, as a corrected system clock does. */
  jumpWall(ms: number): void;
  readonly pendingTimers: number;
}

interface Pending {
  atMono: number;
  order: number;
  run: () => void;
}

/** How many turns of the event loop let the promises of one timer settle before the next one runs. */
const SETTLING_TURNS = 3;

export function createVirtualClock(startMs = Date.UTC(2026, 0, 15, 6, 0, 0)): VirtualClock {
  let mono = 0;
  let wallOffset = startMs;
  let order = 0;
  const pending = new Set<Pending>();

  const settle = async () => {
    for (let turn = 0; turn < SETTLING_TURNS; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const nextDue = (untilMono: number): Pending | undefined => {
    let first: Pending | undefined;
    for (const entry of pending) {
      if (entry.atMono > untilMono) continue;
      if (!first || entry.atMono < first.atMono || (entry.atMono === first.atMono && entry.order < first.order))
        first = entry;
    }
    return first;
  };
  const after = (delayMs: number, run: () => void): Timer => {
    const entry: Pending = { atMono: mono + Math.max(0, delayMs), order: order++, run };
    pending.add(entry);
    return { cancel: () => void pending.delete(entry) };
  };
  return {
    nowMs: () => wallOffset + mono,
    monoMs: () => mono,
    after,
    sleep: (delayMs, signal) => sleepOn(after, delayMs, signal),
    async advance(ms) {
      assert(ms >= 0, 'monotonic time never goes back; use jumpWall');
      const until = mono + ms;
      await settle();
      for (let entry = nextDue(until); entry; entry = nextDue(until)) {
        pending.delete(entry);
        mono = entry.atMono;
        entry.run();
        await settle();
      }
      mono = until;
    },
    jumpWall: (ms) => {
      wallOffset += ms;
    },
    get pendingTimers() {
      return pending.size;
    },
  };
}
