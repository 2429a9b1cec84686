import type { Clock } from '@tolem/base';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { REFUND_SESSION_STATUSES } from '../hub/hub-refund-sessions.ts';
import { type CustomerPurchase, PURCHASE_REFUSALS, type RefundSession } from '../refund-session/refund-session.ts';
import { doorProblem } from './door-problem.ts';
import { callerOf, callerWith, type DoorApp, type Doors } from './doors.ts';
import { answers } from './open-api.ts';
import { amount, moment, withoutUndefined } from './payment-json.ts';
import { untilClosed } from './payment-routes.ts';
import { sendPng, sendSvg } from './qr-images.ts';
import { idParams, openRefundSessionBody, waitQuery } from './requests.ts';

const tags = ['refund sessions'];

export const refundSessionJson = z
  .object({
    id: z.string(),
    status: z
      .enum(REFUND_SESSION_STATUSES)
      .describe('customer_known: the bank knows who stands at the till; no money has moved'),
    statusReason: z.string().optional(),
    version: z.number().int().describe('Grows with every change; `?after=` takes it'),
    qr: z.object({ token: z.string() }).optional().describe('What to show; gone as soon as it is of no use'),
    expiresInS: z.number().int().optional().describe('Left for the scan, then for the refund with the known customer'),
    createdAt: moment,
    deviceId: z.string(),
  })
  .meta({ id: 'RefundSession' });
export type RefundSessionJson = z.output<typeof refundSessionJson>;

export const purchasesJson = z
  .object({
    purchases: z.array(
      z.object({
        bankPaymentId: z.string(),
        amount,
        at: moment.optional(),
        paymentId: z.string().optional().describe('The payment of this agent; absent for a purchase made elsewhere'),
        available: amount.optional().describe('The most that this till may give back of it now'),
        refundable: z.boolean(),
        reason: z.enum(PURCHASE_REFUSALS).optional().describe('Why it cannot be given back here'),
      }),
    ),
  })
  .meta({ id: 'CustomerPurchases' });

/** Refunds with the customer, as scheme 2 wants them: they scan a code, and their last purchases can be read. */
export function addRefundSessionRoutes(app: DoorApp, doors: Doors): void {
  const { refundSessions } = doors.core;
  const { clock } = doors.context;
  const answer = (session: RefundSession) => toRefundSessionJson(session, clock);

  app.post(
    '/refund-sessions',
    {
      schema: {
        tags,
        summary: 'Get a code that the customer scans, to be known for a refund; scope refund',
        body: openRefundSessionBody,
        response: answers({ 201: refundSessionJson }),
      },
    },
    async (request, reply) => {
      mayRefund(request);
      const deviceId = request.body?.deviceId;
      const opened = await refundSessions.open(deviceId === undefined ? {} : { deviceId });
      reply.code(201).header('location', `/v1/refund-sessions/${opened.refundSessionId}`);
      return answer(opened);
    },
  );

  app.get(
    '/refund-sessions/:id',
    {
      schema: {
        tags,
        summary: 'The refund session; with wait, at its next change; scope refund',
        params: idParams,
        querystring: waitQuery,
        response: answers({ 200: refundSessionJson }),
      },
    },
    async (request, reply) => {
      mayRefund(request);
      const { wait = 0, after } = request.query;
      const now = await refundSessions.find(request.params.id);
      const afterVersion = after ?? now.version;
      if (wait === 0 || now.version > afterVersion) return answer(now);
      return answer(
        await untilClosed(doors, reply, (signal) =>
          refundSessions.waitForChange(now.refundSessionId, afterVersion, wait * 1000, signal),
        ),
      );
    },
  );

  app.get(
    '/refund-sessions/:id/purchases',
    {
      schema: {
        tags,
        summary: 'The last purchases of the known customer, newest first, at most ten; scope refund',
        params: idParams,
        response: answers({ 200: purchasesJson }),
      },
    },
    async (request) => {
      mayRefund(request);
      const purchases = await refundSessions.purchases(request.params.id);
      return { purchases: purchases.map(toPurchaseJson) };
    },
  );
  addCodeImages(app, doors);
}

function addCodeImages(app: DoorApp, { core, context }: Doors): void {
  const schema = (summary: string) => ({ schema: { tags, summary, params: idParams } });
  const tokenOf = async (request: FastifyRequest, id: string): Promise<string> => {
    if (callerOf(request).via !== 'display_page') mayRefund(request);
    const token = shownToken(await core.refundSessions.find(id), context.clock);
    if (token === undefined) throw doorProblem('refund_code_not_shown', 'this session has no code to show');
    return token;
  };
  app.get('/refund-sessions/:id/qr.svg', schema('The refund code as SVG'), async (request, reply) =>
    sendSvg(reply, await tokenOf(request, request.params.id)),
  );
  app.get('/refund-sessions/:id/qr.png', schema('The refund code as PNG, 600 pixels wide'), async (request, reply) =>
    sendPng(reply, await tokenOf(request, request.params.id)),
  );
}

/** A token needs the scope. At the till page the PIN is asked for where the money moves: by the refund itself. */
function mayRefund(request: FastifyRequest): void {
  if (callerOf(request).via !== 'till_page') callerWith('refund', request);
}

function shownToken({ status, qrToken, expiresAtMs }: RefundSession, clock: Clock): string | undefined {
  const isOver = expiresAtMs !== undefined && expiresAtMs <= clock.nowMs();
  return status === 'awaiting_customer' && !isOver ? qrToken : undefined;
}

export function toRefundSessionJson(session: RefundSession, clock: Clock): RefundSessionJson {
  const token = shownToken(session, clock);
  const { expiresAtMs } = session;
  return withoutUndefined({
    id: session.refundSessionId,
    status: session.status,
    statusReason: session.statusReason,
    version: session.version,
    qr: token === undefined ? undefined : { token },
    expiresInS: expiresAtMs === undefined ? undefined : Math.max(0, Math.ceil((expiresAtMs - clock.nowMs()) / 1000)),
    createdAt: new Date(session.createdAtMs).toISOString(),
    deviceId: session.deviceId,
  });
}

function toPurchaseJson({ atMs, available, ...purchase }: CustomerPurchase) {
  return {
    ...purchase,
    amount: purchase.amount.toString(),
    ...(atMs === undefined ? {} : { at: new Date(atMs).toISOString() }),
    ...(available === undefined ? {} : { available: available.toString() }),
  };
}
