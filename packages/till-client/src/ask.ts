import type { Delays } from './delay.ts';
import { inDoubt, type Problem, refused, TillError, unreachable, unreadable } from './till-error.ts';

/** A call is given up after this; the longest answers come from `wait` (25 s) and from slow terminals (60 s). */
const ANSWER_MS = 75_000;
/** How long a request that found nobody is repeated: an agent that restarts is back within seconds. */
const PERSIST_MS = 30_000;
/** Pauses between repetitions; the last one stays. */
const PAUSES_MS = [250, 500, 1000, 2000] as const;

/** Refused at the agent's door, before it has looked for the key or the payment: asked again after a pause. */
const AT_THE_DOOR: ReadonlySet<string> = new Set(['stopping', 'too_many_requests']);

/**
 * What a failure can say of money. `acts`: an unanswered request may have moved it; the same key makes repeating it safe.
 * `follows`: it looks at what was begun before, so whatever it fails with, that may be paid. `asks`: no money is meant.
 */
export type Stake = 'acts' | 'follows' | 'asks';

export interface Asking {
  delays: Delays;
  signal: AbortSignal | undefined;
  stake: Stake;
}

/** An answer of openapi-fetch. */
export interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/**
 * Sends a request until it is answered: the very same again (with its key) when nobody answered or the agent said
 * `same_key`. Throws `TillError` for a refusal, and with `money: maybe` when nobody answered for 30 s. A refusal says `none`
 * of its own attempt only: after one that nobody answered it is `maybe`.
 */
export async function ask<Data>(asking: Asking, send: (signal: AbortSignal) => Promise<Answer<Data>>): Promise<Data> {
  const { delays, signal, stake } = asking;
  let isInDoubt = stake === 'follows';
  let waitedMs = 0;
  for (let attempt = 0; ; attempt += 1) {
    const limit = delays.limit(ANSWER_MS);
    const failure = await once(asking, limit, send).catch((error: unknown) => {
      if (error instanceof TillError) return error;
      throw error;
    });
    if (!(failure instanceof TillError)) return failure.data;
    isInDoubt ||= stake === 'acts' && failure.problem === undefined;
    const pauseMs = Math.max(pauseAfter(attempt), (failure.retryAfterS ?? 0) * 1000);
    waitedMs += pauseMs + (limit.aborted ? ANSWER_MS : 0);
    const isWorthRepeating = failure.retry === 'same_key' || AT_THE_DOOR.has(failure.code);
    if (!isWorthRepeating || waitedMs > PERSIST_MS) throw isInDoubt ? inDoubt(failure) : failure;
    await delays.pause(pauseMs, signal);
  }
}

function pauseAfter(attempt: number): number {
  return PAUSES_MS[attempt] ?? PAUSES_MS[PAUSES_MS.length - 1] ?? 0;
}

async function once<Data>(
  { signal, stake }: Asking,
  limit: AbortSignal,
  send: (signal: AbortSignal) => Promise<Answer<Data>>,
): Promise<{ data: Data }> {
  const canMoveMoney = stake !== 'asks';
  const answer = await send(signal ? AbortSignal.any([signal, limit]) : limit).catch((error: unknown) => {
    if (signal?.aborted) throw signal.reason;
    throw unreachable(canMoveMoney, error);
  });
  const { data, error, response } = answer;
  if (response.ok && data !== undefined) return { data };
  throw isProblem(error) ? refused(error) : unreadable(canMoveMoney, response.status);
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  return 'code' in value && 'money' in value && 'retry' in value && 'hint' in value;
}
