import { type Hint, type MoneyMoved, type Problem, ProblemError, type Retry } from '@tolem/base';
import { REFUSAL_HINTS, type RefusalCode } from '../text/refusal-hints.ts';

/** The sentence of a code, where there is one. */
export function hintOf(code: string): Hint | undefined {
  return isRefusalCode(code) ? REFUSAL_HINTS[code] : undefined;
}

function isRefusalCode(code: string): code is RefusalCode {
  return Object.hasOwn(REFUSAL_HINTS, code);
}

/** With a code that has a sentence, or with a sentence of its own where that says more. */
export type Refusing = Described & ({ code: RefusalCode; hint?: Hint } | { code: string; hint: Hint });

interface Described {
  status: number;
  detail: string;
  money?: MoneyMoved;
  retry?: Retry;
  retryAfterS?: number;
  paymentId?: string;
  refundId?: string;
}

/** A refusal to a caller, with the sentence for the person at the till. No money moved unless it says so. */
export function refusal(refusing: Refusing, cause?: unknown): ProblemError {
  const { money = 'none', retry = 'never', ...more } = refusing;
  const hint = 'hint' in more && more.hint ? more.hint : REFUSAL_HINTS[more.code as RefusalCode];
  const problem: Problem = { ...more, money, retry, hint };
  return new ProblemError(problem, cause);
}
