import { AssertionFailure, type Logger, type Problem, ProblemError } from '@tolem/base';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { doorProblem } from './door-problem.ts';

const language = z.object({ kk: z.string(), ru: z.string(), en: z.string() });

export const problemJson = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string().describe('A word from a closed list'),
    detail: z.string().describe('One English sentence for the integrator'),
    money: z.enum(['none', 'maybe', 'moved']).describe('Whether money moved; on maybe: never charge again, ask'),
    retry: z.enum(['never', 'same_key', 'after']),
    retryAfter: z.number().int().optional().describe('Seconds'),
    hint: language.describe('A sentence for the person at the till'),
    paymentId: z.string().optional(),
    refundId: z.string().optional(),
    fields: z.array(z.object({ path: z.string(), expected: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export function toProblemJson(problem: Problem): z.output<typeof problemJson> {
  const { retryAfterS, status, code, ...rest } = problem;
  return {
    type: `urn:tolem:problem:${code}`,
    title: code.replaceAll('_', ' '),
    status,
    code,
    ...rest,
    ...(retryAfterS === undefined ? {} : { retryAfter: retryAfterS }),
  };
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterS !== undefined) reply.header('retry-after', String(problem.retryAfterS));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="tolem-agent"');
  // By hand: the schemas of a route describe its successes, and an error must never fail to be written.
  return reply
    .code(problem.status)
    .header('content-type', PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(toProblemJson(problem));
}

/** Every failure of a request ends here and leaves as a problem. A bug is answered, then handed to `onBug`. */
export function answerErrors(app: FastifyInstance, log: Logger, onBug: (error: AssertionFailure) => void): void {
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, doorProblem('route_unknown', `there is no ${request.method} here`).problem),
  );
  app.setErrorHandler((error, request, reply) => {
    const known = knownProblem(error);
    if (known) return sendProblem(reply, known);
    log.error({ error, route: request.routeOptions.url, method: request.method }, 'a request failed unexpectedly');
    void sendProblem(reply, internalProblem(request));
    if (error instanceof AssertionFailure) onBug(error);
    return reply;
  });
}

interface FrameworkError {
  code?: string;
  statusCode?: number;
  validationContext?: string;
  validation?: Array<{ instancePath: string; message?: string; keyword: string; params?: { keys?: string[] } }>;
}

function knownProblem(error: unknown): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  if (!(error instanceof Error)) return undefined;
  const { code, statusCode, validation, validationContext = 'request' } = error as FrameworkError;
  if (validation) {
    const fields = validation.slice(0, 20).flatMap(fieldsOf);
    const first = fields[0];
    const detail = `the ${validationContext === 'querystring' ? 'query' : validationContext} is not valid${first ? `: ${first.path}: ${first.expected}` : ''}`;
    return doorProblem('request_invalid', detail, { fields }).problem;
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return doorProblem('body_too_large', 'a body is at most 16 KB').problem;
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' || code === 'FST_ERR_CTP_EMPTY_TYPE') {
    return doorProblem('content_type_refused', 'a body is sent as content-type: application/json').problem;
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return doorProblem('request_invalid', error.message).problem;
  }
  return undefined;
}

function fieldsOf(issue: NonNullable<FrameworkError['validation']>[number]): Array<{ path: string; expected: string }> {
  const path = issue.instancePath.replace(/^\//, '').replaceAll('/', '.');
  if (issue.keyword === 'unrecognized_keys') {
    return (issue.params?.keys ?? []).slice(0, 20).map((key) => ({
      path: [path, key.slice(0, 64)].filter(Boolean).join('.'),
      expected: 'no such member',
    }));
  }
  return [{ path: path || '(root)', expected: issue.message ?? 'another value' }];
}

/** A request that could move money and broke inside may have moved it: the same key finds out. */
function internalProblem(request: FastifyRequest): Problem {
  const mayMove =
    request.method === 'POST' &&
    /\/(payments|refunds|accept-late|resolve|cancel)$/.test(request.routeOptions.url ?? '');
  const detail = 'something went wrong inside the agent; its log says what';
  return doorProblem(
    'internal_error',
    detail,
    mayMove ? { money: 'maybe', retry: 'same_key' } : { retry: 'after', retryAfterS: 1 },
  ).problem;
}
