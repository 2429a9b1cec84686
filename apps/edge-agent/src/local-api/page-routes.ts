import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Payment } from '../payment/payment.ts';
import type { PageKind } from '../tokens/page-sessions.ts';
import { toHealthJson, toOfferJson, toTerminalJson } from './agent-routes.ts';
import { createAuthentication, SESSION_COOKIE } from './authentication.ts';
import { doorProblem } from './door-problem.ts';
import { callerOf, type DoorApp, type Doors } from './doors.ts';
import type { EventStreams } from './event-stream.ts';
import { type PageAsset, readPageAssets } from './page-assets.ts';
import { addDisplayFeed, addTillFeed } from './page-feeds.ts';
import { showPayment, toRefundJson } from './payment-json.ts';

/** The longest that browsers keep a cookie; the session behind it ends earlier when it is not used. */
const COOKIE_S = 400 * 24 * 3600;
/** Unfinished payments that a till page offers to go on with. */
const OPEN_MAX = 20;

/** The till page and the customer's display, with what only they need: session, state, feeds, the cashier's PIN. */
export async function addPageRoutes(app: DoorApp, doors: Doors, streams: EventStreams): Promise<void> {
  const assets = readPageAssets();
  const hide = { schema: { hide: true } };
  const page = (path: string, kind: PageKind, file: string) =>
    app.get(path, hide, async (request, reply) => {
      const { key } = request.query as { key?: unknown };
      if (typeof key === 'string') return enter(doors, { request, reply, key, kind, path });
      const session = sessionOf(doors, request);
      const isAllowed = session !== undefined && (kind === 'display' || session.kind === 'till');
      return sendAsset(request, reply.code(isAllowed ? 200 : 401), assets.get(isAllowed ? file : 'locked.html'));
    });
  page('/', 'till', 'till.html');
  page('/display', 'display', 'display.html');
  app.get('/pages/*', hide, async (request, reply) => {
    const { '*': name } = request.params as { '*': string };
    return sendAsset(request, reply, assets.get(name));
  });
  await app.register(async (behind) => {
    behind.addHook('onRequest', createAuthentication(doors));
    addPageApi(behind as unknown as DoorApp, doors, streams);
  });
}

function addPageApi(app: DoorApp, doors: Doors, streams: EventStreams): void {
  const { core } = doors;
  const hide = { hide: true };
  app.get('/page/state', { schema: hide }, async (request) => {
    onlyTill(request);
    return {
      identity: core.identity,
      devices: core.devices(),
      offer: toOfferJson(core),
      health: toHealthJson(core),
      terminals: core.terminals.list().map(toTerminalJson),
      cashiers: doors.cashierPins()?.names() ?? [],
      unlockedBy: request.pageSession?.unlockedBy ?? null,
      open: openPayments(doors).map((payment) => showPayment(doors, payment)),
      asked: core.refunds.asked().map(toRefundJson),
      now: new Date(doors.context.clock.nowMs()).toISOString(),
    };
  });
  const unlockBody = z.strictObject({ cashier: z.string().min(1).max(64), pin: z.string().regex(/^\d{4,8}$/) });
  app.post('/page/unlock', { schema: { ...hide, body: unlockBody } }, async (request) => {
    onlyTill(request);
    const pins = doors.cashierPins();
    const session = request.pageSession;
    if (!pins || !session) throw doorProblem('scope_missing', 'no PINs are configured at this agent');
    const verdict = await pins.check(request.body.cashier, request.body.pin);
    if (verdict.kind === 'locked') {
      const retryAfterS = Math.ceil(verdict.retryAfterMs / 1000);
      throw doorProblem('pin_locked', 'too many wrong PINs', { retry: 'after', retryAfterS });
    }
    if (verdict.kind === 'wrong') throw doorProblem('pin_wrong', `wrong PIN, ${verdict.attemptsLeft} attempts left`);
    doors.sessions.unlock(session, verdict);
    return { name: verdict.name, scopes: verdict.scopes };
  });
  addTillFeed(app, doors, streams);
  addDisplayFeed(app, doors, streams);
}

/** A browser came by the link: its key becomes a cookie, and disappears from the address. */
function enter(
  doors: Doors,
  parts: { request: FastifyRequest; reply: FastifyReply; key: string; kind: PageKind; path: string },
): FastifyReply {
  const { request, reply, key, kind, path } = parts;
  const known = sessionOf(doors, request);
  // A display opened beside the till in the same browser must not take the till's cookie away.
  const needsCookie = known === undefined || (kind === 'till' && known.kind !== 'till');
  const cookie = needsCookie ? doors.sessions.redeem(key, kind) : undefined;
  if (cookie !== undefined) {
    reply.setCookie(SESSION_COOKIE, cookie, { httpOnly: true, sameSite: 'strict', path: '/', maxAge: COOKIE_S });
  }
  return reply.header('cache-control', 'no-store').redirect(path, 303);
}

function sessionOf(doors: Doors, request: FastifyRequest) {
  const cookie = request.cookies[SESSION_COOKIE];
  return cookie === undefined || cookie.length > 200 ? undefined : doors.sessions.find(cookie);
}

/** Throws `scope_missing` for anything but our till page. */
export function onlyTill(request: FastifyRequest): void {
  if (callerOf(request).via !== 'till_page') throw doorProblem('scope_missing', 'only the till page may ask for this');
}

/** What the till has not finished: waiting, unknown, or late money that can still be taken; newest first. */
function openPayments({ core: { payments } }: Doors): Payment[] {
  const waiting = payments.search({
    status: ['created', 'awaiting_scan', 'awaiting_confirmation', 'unknown'],
    limit: OPEN_MAX,
  });
  const ended = payments.search({ status: ['expired', 'cancelled'], limit: OPEN_MAX });
  return [...waiting.payments, ...ended.payments.filter((payment) => payment.late?.claimable)]
    .sort((a, b) => b.createdAtMs - a.createdAtMs)
    .slice(0, OPEN_MAX);
}

function sendAsset(request: FastifyRequest, reply: FastifyReply, asset: PageAsset | undefined): FastifyReply {
  if (!asset) throw doorProblem('route_unknown', 'there is no such file');
  reply.header('cache-control', 'no-cache').header('etag', asset.etag);
  if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send();
  return reply.type(asset.type).send(asset.content);
}
