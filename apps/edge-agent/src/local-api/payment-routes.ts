import { type Json, requestHash } from '@tolem/base';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Payment } from '../payment/payment.ts';
import type { Caller } from '../tokens/access.ts';
import { doorProblem } from './door-problem.ts';
import { callerOf, callerWith, type DoorApp, type Doors, deciderOf, recordCollected } from './doors.ts';
import { answers } from './open-api.ts';
import { type PaymentJson, paymentJson, showPayment } from './payment-json.ts';
import {
  createPaymentBody,
  emptyBody,
  idempotencyKey,
  idParams,
  paymentAmount,
  resolveBody,
  searchQuery,
  waitQuery,
} from './requests.ts';

const SEARCH_LIMIT = 20;
const tags = ['payments'];

/** Payments as tills ask for them [interfaces: The agent's local API]. */
export function addPaymentRoutes(app: DoorApp, doors: Doors): void {
  const { payments } = doors.core;
  const answer = (request: FastifyRequest, reply: FastifyReply, payment: Payment) =>
    answerPayment(doors, { caller: callerOf(request), reply, payment });

  app.post(
    '/payments',
    {
      schema: {
        tags,
        summary: 'Ask for a payment; needs Idempotency-Key',
        headers: z.looseObject({ 'idempotency-key': z.string().optional() }),
        body: createPaymentBody,
        response: answers({ 201: paymentJson, 200: paymentJson }),
      },
    },
    async (request, reply) => {
      const caller = callerWith('pay', request);
      const key = idempotencyKey(request.headers['idempotency-key']);
      const amount = paymentAmount(request.body.amount, request.body.method === 'terminal');
      const wanted = withoutUndefined({ ...request.body, amount });
      const bodyHash = requestHash({ ...withoutUndefined(request.body), amount: amount.toString() } as Json);
      const created = await payments.create({ token: caller.tokenId, idempotencyKey: key, bodyHash, ...wanted });
      reply.code(created.repeated ? 200 : 201).header('location', `/v1/payments/${created.payment.paymentId}`);
      return { ...answer(request, reply, created.payment), ...(created.repeated ? { repeated: true } : {}) };
    },
  );

  app.get(
    '/payments',
    {
      schema: {
        tags,
        summary: 'Search, newest first',
        querystring: searchQuery,
        response: answers({ 200: z.object({ payments: z.array(paymentJson), nextCursor: z.string().optional() }) }),
      },
    },
    async (request) => {
      const { limit = SEARCH_LIMIT, ...filter } = request.query;
      const found = payments.search({ ...withoutUndefined(filter), limit });
      return {
        payments: found.payments.map((payment) => showPayment(doors, payment)),
        ...(found.nextCursor === undefined ? {} : { nextCursor: found.nextCursor }),
      };
    },
  );

  app.get(
    '/payments/:id',
    {
      schema: {
        tags,
        summary: 'The payment; with wait, at its next change',
        params: idParams,
        querystring: waitQuery,
        response: answers({ 200: paymentJson }),
      },
    },
    async (request, reply) => {
      const { wait = 0, after } = request.query;
      const now = payments.get(request.params.id);
      const afterVersion = after ?? now.version;
      // Whoever waits without a version must not wait for a change that came before the question.
      const isSettled = after === undefined && (now.final || now.status === 'paid');
      if (wait === 0 || isSettled || now.version > afterVersion) return answer(request, reply, now);
      const waited = await untilClosed(doors, reply, (signal) =>
        payments.waitForChange(now.paymentId, afterVersion, wait * 1000, signal),
      );
      return answer(request, reply, waited);
    },
  );

  addPaymentActions(app, doors, answer);
}

function addPaymentActions(
  app: DoorApp,
  { core: { payments } }: Doors,
  answer: (request: FastifyRequest, reply: FastifyReply, payment: Payment) => PaymentJson,
): void {
  const schema = (summary: string) => ({
    schema: { tags, summary, params: idParams, body: emptyBody, response: answers({ 200: paymentJson }) },
  });
  app.post(
    '/payments/:id/cancel',
    schema('Stop waiting; a QR that a person has seen may still be paid'),
    async (request, reply) => {
      callerWith('pay', request);
      return answer(request, reply, await payments.cancel(request.params.id));
    },
  );
  app.post('/payments/:id/accept-late', schema('Take late money; otherwise it is refunded'), async (request, reply) => {
    callerWith('pay', request);
    return answer(request, reply, await payments.acceptLate(request.params.id));
  });
  app.post(
    '/payments/:id/refresh',
    schema('Ask the bank about an invoice, because a person wants to know'),
    async (request, reply) => {
      const caller = callerWith('pay', request);
      const { method, paymentId } = payments.get(request.params.id);
      if (method !== 'invoice') {
        throw doorProblem('refresh_unavailable', `a payment by ${method} is followed by itself`, { paymentId });
      }
      return answer(request, reply, await payments.refresh(paymentId, caller.name));
    },
  );
  app.post(
    '/payments/:id/resolve',
    {
      schema: {
        tags,
        summary: 'A person settles an unknown terminal payment; scope settle',
        params: idParams,
        body: resolveBody,
        response: answers({ 200: paymentJson }),
      },
    },
    async (request, reply) => {
      const caller = callerWith('settle', request);
      const by = deciderOf(caller, request.body.by);
      return answer(request, reply, await payments.resolve(request.params.id, { ...request.body, by }));
    },
  );
}

/** A payment to be written as the answer. A till that is told `paid` has collected it, once the answer has left. */
export function answerPayment(doors: Doors, parts: { caller: Caller; reply: FastifyReply; payment: Payment }) {
  const { caller, reply, payment } = parts;
  if (payment.status === 'paid' && caller.scopes.has('pay')) {
    reply.raw.once('finish', () => recordCollected(doors, payment.paymentId));
  }
  return showPayment(doors, payment);
}

/** Waits with a signal that fires when the caller goes away or the doors close. */
export async function untilClosed<Result>(
  { closing }: Doors,
  reply: FastifyReply,
  wait: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  reply.raw.once('close', leave);
  try {
    return await wait(AbortSignal.any([gone.signal, closing]));
  } finally {
    reply.raw.off('close', leave);
  }
}

type Defined<Shape> = { [Key in keyof Shape]: Exclude<Shape[Key], undefined> };

/** Optional members that are absent stay absent. */
export function withoutUndefined<Shape extends object>(shape: Shape): Defined<Shape> {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Defined<Shape>;
}
