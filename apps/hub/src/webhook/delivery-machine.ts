import { assert, type Random } from '@tolem/base';
import type { Delivery, SendOutcome } from './webhook.ts';

export interface DeliveryRules {
  /** The pauses between attempts; the last one goes on. */
  retriesMs: readonly number[];
  /** A failure this long after `sinceMs` is the last. */
  giveUpMs: number;
  nowMs: number;
  random: Random;
}

/** Pauses are spread by this part of themselves, so that events which failed together do not come back together. */
const JITTER = 0.2;

/** What an attempt makes of a delivery that waits: delivered, waiting for a later attempt, or given up. */
export function nextDelivery(delivery: Delivery, outcome: SendOutcome, rules: DeliveryRules): Delivery {
  assert(delivery.state === 'waiting', 'only a waiting delivery is attempted');
  const { nowMs } = rules;
  const tried: Delivery = {
    ...delivery,
    attempts: delivery.attempts + 1,
    lastAnswer: outcome.answer,
    triedAtMs: nowMs,
  };
  if (outcome.isTaken) return { ...tried, state: 'delivered', deliveredAtMs: nowMs };
  if (nowMs - delivery.sinceMs >= rules.giveUpMs) return { ...tried, state: 'given_up' };
  return { ...tried, nextAtMs: nowMs + pauseMs(nowMs - delivery.sinceMs, rules) };
}

/**
 * The pause grows with the time for which it has failed, not with the attempts: an endpoint that comes and goes hastens what
 * waits, and these attempts must not push the next one hours away. Undisturbed, the n-th failure has the n-th pause.
 */
function pauseMs(failingMs: number, { retriesMs, random }: DeliveryRules): number {
  let pause = 0;
  let reachedMs = 0;
  for (const retryMs of retriesMs) {
    pause = retryMs;
    reachedMs += retryMs * (1 - JITTER);
    if (failingMs < reachedMs) break;
  }
  return Math.round(pause * (1 + JITTER * (2 * random.fraction() - 1)));
}
