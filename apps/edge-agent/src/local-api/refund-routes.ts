import { type Json, requestHash } from '@tolem/base';
import { z } from 'zod';
import { callerOf, callerWith, type DoorApp, type Doors, deciderOf } from './doors.ts';
import { answers } from './open-api.ts';
import { refundJson, toRefundJson } from './payment-json.ts';
import { untilClosed } from './payment-routes.ts';
import { createRefundBody, idempotencyKey, idParams, refundAmount, resolveRefundBody, waitQuery } from './requests.ts';

const tags = ['refunds'];
const FINAL: ReadonlySet<string> = new Set(['confirmed', 'declined']);

/** Money back. Limits of the till (`localApi.refunds`) and of the payment are the core's to hold. */
export function addRefundRoutes(app: DoorApp, doors: Doors): void {
  const { refunds } = doors.core;
  app.post(
    '/payments/:id/refunds',
    {
      schema: {
        tags,
        summary: 'Give money back; scope refund, needs Idempotency-Key',
        headers: z.looseObject({ 'idempotency-key': z.string().optional() }),
        params: idParams,
        body: createRefundBody,
        response: answers({ 201: refundJson, 200: refundJson }),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const key = idempotencyKey(request.headers['idempotency-key']);
      const { reason, refundSessionId } = request.body;
      const named = refundSessionId === undefined ? {} : { refundSessionId };
      const paymentId = request.params.id;
      const amount = request.body.amount === undefined ? undefined : refundAmount(request.body.amount);
      const hashed: Json = { refundOf: paymentId, reason, amount: amount?.toString(), ...named };
      const created = await refunds.create({
        token: caller.tokenId,
        idempotencyKey: key,
        bodyHash: requestHash(hashed),
        paymentId,
        reason,
        actor: caller.name,
        ...named,
        ...(amount === undefined ? {} : { amount }),
        // A page whose answer was lost asks again after its PIN has lapsed: told `pin_needed`, it would begin anew.
        mayBegin: () => void callerWith('refund', request),
      });
      reply.code(created.repeated ? 200 : 201).header('location', `/v1/refunds/${created.refund.refundId}`);
      return { ...toRefundJson(created.refund), ...(created.repeated ? { repeated: true } : {}) };
    },
  );

  app.post(
    '/refunds/:id/resolve',
    {
      schema: {
        tags,
        summary: 'A person settles an unknown refund of a terminal; scope settle',
        params: idParams,
        body: resolveRefundBody,
        response: answers({ 200: refundJson }),
      },
    },
    async (request) => {
      const caller = callerWith('settle', request);
      const by = deciderOf(caller, request.body.by);
      return toRefundJson(await refunds.resolve(request.params.id, { ...request.body, by }));
    },
  );

  app.get(
    '/refunds/:id',
    {
      schema: {
        tags,
        summary: 'The refund; with wait, at its next change',
        params: idParams,
        querystring: waitQuery,
        response: answers({ 200: refundJson }),
      },
    },
    async (request, reply) => {
      const { wait = 0, after } = request.query;
      const now = refunds.get(request.params.id);
      const afterVersion = after ?? now.version;
      const isSettled = after === undefined && FINAL.has(now.status);
      if (wait === 0 || isSettled || now.version > afterVersion) return toRefundJson(now);
      return toRefundJson(
        await untilClosed(doors, reply, (signal) =>
          refunds.waitForChange(now.refundId, afterVersion, wait * 1000, signal),
        ),
      );
    },
  );
}
