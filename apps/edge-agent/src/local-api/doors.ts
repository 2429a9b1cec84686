import type { Context } from '@tolem/base';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { EdgeCore } from '../edge-core.ts';
import type { Caller, Scope } from '../tokens/access.ts';
import type { CashierPins } from '../tokens/cashier-pins.ts';
import type { PageSession, PageSessions } from '../tokens/page-sessions.ts';
import type { TokenStore } from '../tokens/token-store.ts';
import { doorProblem } from './door-problem.ts';

/** What the doors need from the rest of the agent. */
export interface Doors {
  core: EdgeCore;
  context: Context;
  tokens: TokenStore;
  sessions: PageSessions;
  /** Undefined where no PIN is configured; may change at SIGHUP. */
  cashierPins(): CashierPins | undefined;
  /** Fires when the doors close: whoever waits for a change is answered with what there is. */
  closing: AbortSignal;
}

/** A fastify app whose handlers get what the zod schemas of their route say. */
export type DoorApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
    pageSession: PageSession | undefined;
  }
}

/** The till has been told `paid`. What cannot be written down now is written at the next telling. */
export function recordCollected({ core, context }: Doors, paymentId: string): void {
  try {
    core.payments.recordCollected(paymentId);
  } catch (error) {
    context.log.warn({ error, paymentId }, 'that the till has collected this payment could not be recorded');
  }
}

/** Who calls; a route behind the authentication always has one. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw doorProblem('token_missing', 'this request needs a token');
  return request.caller;
}

/** Who decides, with the page or token by which it was said; named once where both are the same person. */
export function deciderOf(caller: Caller, by: string): string {
  if (caller.via !== 'till_page') return by;
  return caller.name.endsWith(`: ${by}`) ? caller.name : `${caller.name}: ${by}`;
}

/** The caller, who must have the scope. Throws `scope_missing`, and at a till page `pin_needed`. */
export function callerWith(scope: Scope, request: FastifyRequest): Caller {
  const caller = callerOf(request);
  if (caller.scopes.has(scope)) return caller;
  if (caller.via === 'till_page')
    throw doorProblem('pin_needed', `a cashier’s PIN with the right to ${scope} is needed`);
  throw doorProblem('scope_missing', `this token does not have the scope ${scope}`);
}
