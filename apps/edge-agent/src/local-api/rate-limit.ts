import type { Clock } from '@tolem/base';

export interface RateLimit {
  perSecond: number;
  burst: number;
}

/** A till asks a few times a second even when it polls; beyond this it is a loop that went wrong. */
export const CALL_LIMIT: RateLimit = { perSecond: 40, burst: 120 };
/** Nobody starts payments or refunds faster by hand. */
export const MONEY_LIMIT: RateLimit = { perSecond: 5, burst: 20 };
/** Wrong tokens, per address: enough for a mistake, nothing for a search. */
export const WRONG_TOKEN_LIMIT: RateLimit = { perSecond: 0.5, burst: 10 };
/** Callers and addresses remembered; the oldest is forgotten first. */
const BUCKETS_MAX = 500;

/** Token buckets by name. `take` returns 0 when there was room, else the seconds until there is. */
export function createRateLimiter(limit: RateLimit, clock: Clock): { take(name: string): number } {
  const buckets = new Map<string, { level: number; atMono: number }>();
  return {
    take(name) {
      const nowMono = clock.monoMs();
      const known = buckets.get(name);
      const refilled = known ? known.level + ((nowMono - known.atMono) / 1000) * limit.perSecond : limit.burst;
      const level = Math.min(limit.burst, refilled);
      buckets.delete(name);
      const oldest = buckets.keys().next().value;
      if (buckets.size >= BUCKETS_MAX && oldest !== undefined) buckets.delete(oldest);
      buckets.set(name, { level: level >= 1 ? level - 1 : level, atMono: nowMono });
      return level >= 1 ? 0 : Math.max(1, Math.ceil((1 - level) / limit.perSecond));
    },
  };
}
