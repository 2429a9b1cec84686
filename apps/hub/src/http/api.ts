import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '@tolem/base';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { HubCore } from '../hub-core.ts';
import type { Person } from './access.ts';
import { doorProblem } from './problem-answer.ts';

/** A fastify application whose routes are typed by their zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What every group of routes takes. */
export interface ApiParts {
  core: HubCore;
  context: Context;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before every route that needs it. */
    person: Person | null;
  }
}

export function callerOf(request: FastifyRequest): Person {
  if (request.person === null) throw doorProblem('token_missing', 'send a bearer token or log in');
  return request.person;
}
