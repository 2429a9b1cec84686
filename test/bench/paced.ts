import type { Clock } from '@tolem/base';

/**
 * Begins `run` so many times a second for `forMs`, whatever the earlier ones do; resolves when all have ended. Tells how
 * late each began: what the machine alone makes of a timer.
 */
export async function paced(
  clock: Clock,
  perSecond: number,
  forMs: number,
  run: () => Promise<unknown>,
): Promise<{ latenessMs: number[] }> {
  const startedMono = clock.monoMs();
  const underWay = new Set<Promise<unknown>>();
  const latenessMs: number[] = [];
  const dueMs = () => (latenessMs.length * 1000) / perSecond;
  while (dueMs() < forMs) {
    const sinceMs = clock.monoMs() - startedMono;
    if (dueMs() > sinceMs) await clock.sleep(dueMs() - sinceMs);
    else {
      latenessMs.push(sinceMs - dueMs());
      const running: Promise<unknown> = run().finally(() => underWay.delete(running));
      underWay.add(running);
    }
  }
  await Promise.all(underWay);
  return { latenessMs };
}

/** Runs `run` so many times, at most `atOnce` together. */
export async function atMost(atOnce: number, times: number, run: (turn: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < times) await run(next++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, times) }, worker));
}
