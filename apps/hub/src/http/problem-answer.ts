import type { Hint, Problem, UnreadableReason } from '@tolem/base';
import { ProblemError } from '@tolem/base';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';

export const PROBLEM_TYPE = 'application/problem+json';

const hint = z.object({ kk: z.string(), ru: z.string(), en: z.string() });

/** The body of every refusal (RFC 9457). */
export const problemSchema = z
  .object({
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    money: z.enum(['none', 'maybe', 'moved']).describe('Whether money may have moved'),
    retry: z.enum(['never', 'same_key', 'after']).describe('Whether and how to try again'),
    retryAfterS: z.number().optional(),
    hint,
    paymentId: z.string().optional(),
    refundId: z.string().optional(),
    fields: z.array(z.object({ path: z.string(), expected: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

const CALL_HQ: Hint = {
  kk: 'Бас кеңсеге хабарласыңыз.',
  ru: 'Обратитесь в головной офис.',
  en: 'Call the head office.',
};
const LOG_IN: Hint = { kk: 'Қайта кіріңіз.', ru: 'Войдите заново.', en: 'Log in again.' };
const WRONG_TOKEN: Hint = {
  kk: 'Кілт дұрыс емес.',
  ru: 'Ключ не подходит.',
  en: 'This is not the right token.',
};
const LATER: Hint = { kk: 'Кейінірек қайталаңыз.', ru: 'Попробуйте позже.', en: 'Try again later.' };
const CHECK: Hint = {
  kk: 'Енгізілген деректерді тексеріңіз.',
  ru: 'Проверьте введённые данные.',
  en: 'Check what was entered.',
};
const UNSURE: Hint = {
  kk: 'Нәтиже белгісіз. Қайталамас бұрын төлемнің күйін тексеріңіз.',
  ru: 'Итог неизвестен. Прежде чем повторять, проверьте состояние платежа.',
  en: 'The outcome is unknown. Look at the payment before repeating.',
};

/** Refusals of the door itself; nothing has been done when they are given. */
const DOOR_PROBLEMS = {
  request_invalid: { status: 400, retry: 'never', hint: CHECK },
  http_invalid: { status: 400, retry: 'never', hint: CALL_HQ },
  headers_too_large: { status: 431, retry: 'never', hint: CALL_HQ },
  request_too_slow: { status: 408, retry: 'same_key', hint: LATER },
  key_missing: { status: 400, retry: 'never', hint: CALL_HQ },
  not_json: { status: 415, retry: 'never', hint: CALL_HQ },
  host_foreign: { status: 403, retry: 'never', hint: CALL_HQ },
  origin_foreign: { status: 403, retry: 'never', hint: CALL_HQ },
  site_foreign: { status: 403, retry: 'never', hint: CALL_HQ },
  token_missing: { status: 401, retry: 'never', hint: LOG_IN },
  token_wrong: { status: 401, retry: 'never', hint: WRONG_TOKEN },
  not_found: { status: 404, retry: 'never', hint: CALL_HQ },
  too_large: { status: 413, retry: 'never', hint: CHECK },
  too_many_requests: { status: 429, retry: 'after', hint: LATER },
  too_many_streams: { status: 503, retry: 'after', hint: LATER },
  key_used: { status: 409, retry: 'never', hint: CALL_HQ },
  overloaded: { status: 503, retry: 'same_key', hint: LATER },
} as const;
export type DoorProblemCode = keyof typeof DOOR_PROBLEMS;

export function doorProblem(code: DoorProblemCode, detail: string, more: Partial<Problem> = {}): ProblemError {
  return new ProblemError({ ...DOOR_PROBLEMS[code], code, detail, money: 'none', ...more });
}

const UNREADABLE: Readonly<Record<UnreadableReason, string>> = {
  http_invalid: 'this is not HTTP/1.1 as it should be',
  headers_too_large: 'the head of a request is too large',
  request_too_slow: 'the request did not come whole in time',
};

/** What is told about bytes that never became a request. */
export function unreadableProblem(reason: UnreadableReason): Problem {
  return doorProblem(reason, UNREADABLE[reason]).problem;
}

/** What the operator's own commands are told: they show the sentence. */
export function operatorProblem(code: string, detail: string): Problem {
  return { status: 409, code, detail, money: 'none', retry: 'never', hint: CHECK };
}

/** Turns anything thrown in a route into a problem. Unforeseen failures of what may move money are `money: maybe`. */
export function toProblem(error: unknown, request: Pick<FastifyRequest, 'method'>): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (hasZodFastifySchemaValidationErrors(error)) return invalid(error.validation);
  const known = fromFastify(error as Partial<FastifyError>);
  if (known) return known.problem;
  const mayHaveMoved = request.method === 'POST';
  return {
    status: 500,
    code: 'internal',
    detail: 'the hub failed in a way that it did not foresee',
    money: mayHaveMoved ? 'maybe' : 'none',
    retry: 'same_key',
    hint: mayHaveMoved ? UNSURE : LATER,
  };
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterS !== undefined) reply.header('retry-after', Math.ceil(problem.retryAfterS));
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

function invalid(validation: Array<{ instancePath: string; message?: string | undefined }>): Problem {
  const fields = validation.map(({ instancePath, message }) => ({
    path: instancePath.replace(/^\//, '').replaceAll('/', '.'),
    expected: message ?? '',
  }));
  return doorProblem('request_invalid', 'the request is not valid', { fields }).problem;
}

function fromFastify({ code, statusCode, message }: Partial<FastifyError>): ProblemError | undefined {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return doorProblem('too_large', 'the body is too large');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return doorProblem('not_json', 'send application/json');
  if (statusCode === 429) return doorProblem('too_many_requests', 'too many requests', { retryAfterS: 10 });
  if (statusCode === 503) return doorProblem('overloaded', 'the hub is overloaded');
  if (statusCode === 404) return doorProblem('not_found', 'no such page');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return doorProblem('request_invalid', message ?? 'the request is not valid', { status: statusCode });
  }
  return undefined;
}
