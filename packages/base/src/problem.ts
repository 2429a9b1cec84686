/**
 * An error as callers see it (RFC 9457, `application/problem+json`): what happened, whether money moved,
 * whether and how to try again, and a sentence for the person at the till in three languages.
 */
export type MoneyMoved = 'none' | 'maybe' | 'moved';
export type Retry = 'never' | 'same_key' | 'after';

export interface Hint {
  kk: string;
  ru: string;
  en: string;
}

export interface Problem {
  /** HTTP status. */
  status: number;
  /** A word from a closed list of the API in question. */
  code: string;
  /** One English sentence for the integrator. */
  detail: string;
  money: MoneyMoved;
  retry: Retry;
  /** Seconds to wait, with `retry: 'after'`. */
  retryAfterS?: number;
  hint: Hint;
  paymentId?: string;
  refundId?: string;
  /** The offending members of a request, by path. */
  fields?: Array<{ path: string; expected: string }>;
}

/** Carries a `Problem` from domain code to the door that answers it. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  readonly code: string;

  constructor(problem: Problem, cause?: unknown) {
    super(`${problem.code}: ${problem.detail}`, cause === undefined ? undefined : { cause });
    this.problem = problem;
    this.code = problem.code;
  }
}
