import type { Random } from './random.ts';

/** Growing delays with jitter: `firstMs`, doubled up to `maxMs`, each spread by ± `jitter` (a fraction). */
export interface RetrySchedule {
  firstMs: number;
  maxMs: number;
  jitter: number;
}

/** The delay before attempt `attempt` (0 is the first repetition). */
export function retryDelayMs(schedule: RetrySchedule, attempt: number, random: Random): number {
  const plain = Math.min(schedule.maxMs, schedule.firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(plain * (1 + schedule.jitter * (2 * random.fraction() - 1)));
}
