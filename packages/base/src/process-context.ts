import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';
import { createIds } from './ids.ts';
import type { Logger } from './log.ts';
import type { Random } from './random.ts';
import { createSystemRandom } from './random.ts';
import { createSystemClock } from './system-clock.ts';

/** The injected world that nearly every module takes: time, randomness, ids and the log. */
export interface Context {
  clock: Clock;
  random: Random;
  ids: Ids;
  log: Logger;
}

export function createSystemContext(log: Logger): Context {
  const clock = createSystemClock();
  const random = createSystemRandom();
  return { clock, random, ids: createIds(clock, random), log };
}
