import { performance } from 'node:perf_hooks';
import { BaseError } from './base-error.ts';
import type { Clock, Timer } from './clock.ts';

/** The longest delay that a Node timer takes; longer waits are made of several. */
const LONGEST_TIMER_MS = 2_147_000_000;

export function createSystemClock(): Clock {
  const after = (delayMs: number, run: () => void): Timer => {
    let left = Math.max(0, delayMs);
    let handle: NodeJS.Timeout;
    const step = () => {
      const slice = Math.min(left, LONGEST_TIMER_MS);
      left -= slice;
      handle = setTimeout(left > 0 ? step : run, slice);
    };
    step();
    return { cancel: () => clearTimeout(handle) };
  };
  return {
    nowMs: () => Date.now(),
    monoMs: () => performance.now(),
    after,
    sleep: (delayMs, signal) => sleepOn(after, delayMs, signal),
  };
}

/** `Clock.sleep` in terms of `Clock.after`, shared by the real and the virtual clock. */
export function sleepOn(after: Clock['after'], delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      timer.cancel();
      reject(new BaseError('aborted', 'the wait was cut short', { cause: signal?.reason }));
    };
    if (signal?.aborted) {
      reject(new BaseError('aborted', 'the wait was cut short', { cause: signal.reason }));
      return;
    }
    const timer = after(delayMs, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}
