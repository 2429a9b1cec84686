import type { FastifyReply } from 'fastify';
import { SimError } from '../sim-error.ts';

const STATUS = {
  not_found: 404,
  not_possible: 409,
  address_in_use: 500,
  data_unusable: 500,
  control_failed: 500,
} as const;

const HELP = 'every operation with its members and examples is in /control/openapi.json';

/** Answers every error of the control API as `{code, detail}`, the detail saying what to do. */
export function answerError(error: unknown, reply: FastifyReply): unknown {
  if (error instanceof SimError)
    return reply.code(STATUS[error.code]).send({ code: error.code, detail: error.message });
  if (error instanceof Error && 'validation' in error) {
    return reply.code(400).send({ code: 'request_invalid', detail: `${error.message}; ${HELP}` });
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (error instanceof Error && status >= 400 && status < 500) {
    return reply.code(status).send({ code: 'request_invalid', detail: `${error.message}; ${HELP}` });
  }
  throw error;
}

/** A page of another site in the developer's browser may not put its hands here: a POST without a body needs no permission to be sent. */
export function isForeign(headers: { origin?: string | undefined; host?: string | undefined }): boolean {
  if (headers.origin === undefined) return false;
  return !URL.canParse(headers.origin) || new URL(headers.origin).host !== headers.host;
}

export function answerForeign(reply: FastifyReply): FastifyReply {
  const detail = 'the control API takes calls from its own pages and from programs, not from other web sites';
  return reply.code(403).send({ code: 'foreign_origin', detail });
}

export function answerNotFound(method: string, url: string, reply: FastifyReply): unknown {
  return reply.code(404).send({ code: 'not_found', detail: `there is no ${method} ${url}; ${HELP}` });
}
