import '@fastify/cookie';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../tokens/access.ts';
import { callerOfPage, type PageSession } from '../tokens/page-sessions.ts';
import { doorProblem } from './door-problem.ts';
import type { Doors } from './doors.ts';
import { CALL_LIMIT, createRateLimiter, MONEY_LIMIT, WRONG_TOKEN_LIMIT } from './rate-limit.ts';

/** Our pages' cookie; strict, unreadable for scripts, for this host alone. */
export const SESSION_COOKIE = 'tolem_page';
/** Longer than any token or cookie of ours; what is longer is not hashed. */
const CREDENTIAL_CHARS_MAX = 200;
/** All that the customer's display may ask for. */
const DISPLAY_ROUTES: ReadonlySet<string> = new Set([
  '/page/display',
  '/v1/payments/:id/qr.svg',
  '/v1/refund-sessions/:id/qr.svg',
]);

/** Finds out who calls, before the body is read. Throws `token_missing`, `token_invalid`, `session_missing`, `too_many_requests`. */
export function createAuthentication(doors: Doors): (request: FastifyRequest) => Promise<void> {
  const { clock } = doors.context;
  const calls = createRateLimiter(CALL_LIMIT, clock);
  const moneyCalls = createRateLimiter(MONEY_LIMIT, clock);
  const wrongTokens = createRateLimiter(WRONG_TOKEN_LIMIT, clock);

  return async (request) => {
    const caller = identify(request, doors);
    if (!caller) {
      const waitS = request.headers.authorization === undefined ? 0 : wrongTokens.take(request.ip);
      if (waitS > 0) throw tooMany('too many wrong tokens', waitS);
      if (request.headers.authorization === undefined) throw missingCredential(request);
      throw doorProblem('token_invalid', 'this token is not known here');
    }
    if (caller.via === 'display_page' && !DISPLAY_ROUTES.has(request.routeOptions.url ?? '')) {
      throw doorProblem('scope_missing', 'the customer’s display only shows the payment');
    }
    request.caller = caller;
    const waitS = calls.take(caller.tokenId);
    if (waitS > 0) throw tooMany('too many requests of this token', waitS);
    if (request.method !== 'POST') return;
    const moneyWaitS = moneyCalls.take(caller.tokenId);
    if (moneyWaitS > 0) throw tooMany('too many requests of this token that start something', moneyWaitS);
  };
}

function identify(request: FastifyRequest, doors: Doors): Caller | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [, token = ''] = /^Bearer ([\w~+/.=-]+)$/i.exec(authorization.slice(0, CREDENTIAL_CHARS_MAX + 8)) ?? [];
    return token === '' || token.length > CREDENTIAL_CHARS_MAX ? undefined : doors.tokens.find(token);
  }
  const cookie = request.cookies[SESSION_COOKIE];
  if (cookie === undefined || cookie.length > CREDENTIAL_CHARS_MAX) return undefined;
  const found = doors.sessions.find(cookie);
  if (!found) return undefined;
  const session = withoutDismissed(found, doors);
  request.pageSession = session;
  return callerOfPage(session);
}

/** A cashier whose PIN was taken away is out at once, also from a page that it has just unlocked. */
function withoutDismissed(session: PageSession, doors: Doors): PageSession {
  const { unlockedBy, ...locked } = session;
  const isCashier = unlockedBy !== undefined && doors.cashierPins()?.names().includes(unlockedBy.name) === true;
  return isCashier ? session : locked;
}

/** A browser is told to open the link, a program to bring a token. */
function missingCredential(request: FastifyRequest) {
  return request.headers['sec-fetch-site'] === undefined
    ? doorProblem('token_missing', 'bring the token of dataDir/local-token: Authorization: Bearer …')
    : doorProblem('session_missing', 'open the page by the link of `tolem-agent link`');
}

function tooMany(detail: string, waitS: number) {
  return doorProblem('too_many_requests', detail, { retry: 'after', retryAfterS: waitS });
}
