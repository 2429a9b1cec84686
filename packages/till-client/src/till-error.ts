import type { components } from './gen/local-api.ts';

/** What the local API says of a refused request [openapi.json: Problem]. */
export type Problem = components['schemas']['Problem'];

/** What the client says itself: nobody answered, or something that is no local API did. */
export type ClientCode = 'agent_unreachable' | 'answer_unreadable';

/**
 * A request that did not lead to what was asked for. `money` tells whether any moved: `none` start again freely; `maybe`
 * ask again **with the same key**, never charge anew; `moved` it did. `hint` is a sentence for the cashier.
 */
export class TillError extends Error {
  override readonly name = 'TillError';
  readonly code: string;
  readonly money: Problem['money'];
  readonly retry: Problem['retry'];
  readonly retryAfterS: number | undefined;
  readonly hint: Problem['hint'];
  readonly paymentId: string | undefined;
  /** The whole answer, where the agent gave one. */
  readonly problem: Problem | undefined;

  constructor(facts: TillErrorFacts, options?: ErrorOptions) {
    super(`${facts.code}: ${facts.detail}`, options);
    this.code = facts.code;
    this.money = facts.money;
    this.retry = facts.retry;
    this.retryAfterS = facts.retryAfter;
    this.hint = facts.hint;
    this.paymentId = facts.paymentId;
    this.problem = facts.problem;
  }
}

type TillErrorFacts = Pick<Problem, 'code' | 'detail' | 'money' | 'retry' | 'hint'> & {
  retryAfter?: number | undefined;
  paymentId?: string | undefined;
  problem?: Problem;
};

export function refused(problem: Problem): TillError {
  return new TillError({ ...problem, problem });
}

/** The same failure where what was asked for may have been begun by an attempt before. */
export function inDoubt(failure: TillError): TillError {
  if (failure.money !== 'none') return failure;
  const { code, problem, paymentId, retryAfterS } = failure;
  const detail = problem?.detail ?? failure.message;
  const about = { code, detail, paymentId, retryAfter: retryAfterS, ...(problem ? { problem } : {}) };
  return new TillError({ ...about, money: 'maybe', retry: 'same_key', hint: MAYBE }, { cause: failure });
}

/** No answer at all. A request that can move money may have arrived all the same. */
export function unreachable(canMoveMoney: boolean, cause: unknown): TillError {
  return silence('agent_unreachable', 'tolem-agent did not answer; is it running?', canMoveMoney, cause);
}

export function unreadable(canMoveMoney: boolean, status: number): TillError {
  return silence('answer_unreadable', `the answer (HTTP ${status}) is none of tolem-agent`, canMoveMoney, undefined);
}

function silence(code: ClientCode, detail: string, canMoveMoney: boolean, cause: unknown): TillError {
  const money = canMoveMoney ? 'maybe' : 'none';
  return new TillError({ code, detail, money, retry: 'same_key', hint: canMoveMoney ? MAYBE : NOTHING }, { cause });
}

const MAYBE: Problem['hint'] = {
  kk: 'Касса агенті жауап бермеді. Төлемді қайта бастамаңыз: осы сатуды қайта сұраңыз.',
  ru: 'Агент кассы не ответил. Не начинайте оплату заново: повторите запрос по этой же продаже.',
  en: 'The till’s agent did not answer. Do not start a new payment: ask again for this same sale.',
};
const NOTHING: Problem['hint'] = {
  kk: 'Касса агенті жауап бермеді. Оның қосулы екенін тексеріңіз.',
  ru: 'Агент кассы не ответил. Проверьте, что он запущен.',
  en: 'The till’s agent did not answer. Check that it is running.',
};
