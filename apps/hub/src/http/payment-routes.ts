import { Money, PAYMENT_METHODS, PAYMENT_STATUSES } from '@tolem/base';
import { z } from 'zod';
import type { Command } from '../command/command.ts';
import type { HubCore } from '../hub-core.ts';
import type { Payment } from '../payment/payment.ts';
import type { PaymentFilter } from '../payment/payment-service.ts';
import { present } from '../present.ts';
import type { Refund } from '../refund/refund.ts';
import { type ApiParts, type App, callerOf } from './api.ts';
import { idempotentRefundId, readKey } from './idempotency.ts';
import {
  paymentEventSchema,
  paymentSchema,
  type RefundJson,
  refundSchema,
  toEventJson,
  toPaymentJson,
  toRefundJson,
} from './payment-json.ts';
import { doorProblem, problemSchema } from './problem-answer.ts';

const id = z.uuid();
const PAGE_MAX = 200;
/** One of several words, as `status=paid&status=unknown` or `status=paid,unknown`. */
const listOf = <Word extends string>(words: readonly [Word, ...Word[]]) =>
  z.preprocess(
    (value) => (Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : value),
    z.array(z.enum(words)).max(20).optional(),
  );
const searchQuery = z.object({
  agentId: z.string().max(64).optional(),
  status: listOf(PAYMENT_STATUSES),
  method: listOf(PAYMENT_METHODS),
  text: z.string().max(100).optional().describe("Our id, the bank's id or the order's id"),
  from: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
  cursor: z.string().max(500).optional(),
});
const refundRequest = z.object({
  amount: z
    .string()
    .regex(/^\d{1,13}(\.\d{1,2})?$/, 'an amount such as "1500.00"')
    .optional()
    .describe('All that is left where absent'),
  reason: z.string().trim().min(1).max(300),
});

const invoiceResolution = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('found'),
    bankPaymentId: z.string().regex(/^[1-9]\d{0,18}$/, 'the number of the purchase at the bank'),
  }),
  z.object({ outcome: z.literal('not_found'), reason: z.string().trim().min(1).max(500) }),
]);

/** Search, one payment with its refunds and timeline, and refunds. */
export function addPaymentRoutes(app: App, { core, context }: ApiParts): void {
  const errors = { '4xx': problemSchema, '5xx': problemSchema };
  const show = async (refund: Refund): Promise<RefundJson> =>
    toRefundJson(refund, (await commandsOf(core, [refund])).get(refund.refundId));
  const shown = (payment: Payment) => toPaymentJson(payment, core.nowMs());
  app.get(
    '/payments',
    {
      schema: {
        tags: ['payments'],
        querystring: searchQuery,
        response: { 200: z.object({ payments: z.array(paymentSchema), nextCursor: z.string().optional() }), ...errors },
      },
    },
    async (request) => {
      const { payments, nextCursor } = await core.payments.search(toFilter(request.query));
      return { payments: payments.map(shown), ...present({ nextCursor }) };
    },
  );
  app.get(
    '/payments/:id',
    {
      schema: {
        tags: ['payments'],
        params: z.object({ id }),
        response: {
          200: paymentSchema.extend({ refunds: z.array(refundSchema), timeline: z.array(paymentEventSchema) }),
          ...errors,
        },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const payment = await core.payments.get(caller, request.params.id);
      const [refunds, timeline] = await Promise.all([
        core.refunds.listOf(caller, payment.paymentId),
        core.payments.timeline(payment.paymentId),
      ]);
      const commands = await commandsOf(core, refunds);
      return {
        ...shown(payment),
        refunds: refunds.map((one) => toRefundJson(one, commands.get(one.refundId))),
        timeline: timeline.map(toEventJson),
      };
    },
  );
  app.post(
    '/payments/:id/refresh',
    {
      schema: {
        tags: ['payments'],
        description: 'Asks the bank once more about a payment that is not final; at most once in 30 s for each.',
        params: z.object({ id }),
        response: { 200: paymentSchema, ...errors },
      },
    },
    async (request) => shown(await core.payments.refresh(callerOf(request), request.params.id)),
  );
  app.post(
    '/payments/:id/resolve-invoice',
    {
      schema: {
        tags: ['payments'],
        description:
          'A person has looked for an invoice whose answer was lost, by the payment id in its comment: its id at the bank, which is verified there, or after 24 h that there is none.',
        params: z.object({ id }),
        body: invoiceResolution,
        response: { 200: paymentSchema, ...errors },
      },
    },
    async (request) => shown(await core.payments.resolveInvoice(callerOf(request), request.params.id, request.body)),
  );
  app.post(
    '/payments/:id/refunds',
    {
      schema: {
        tags: ['refunds'],
        description: describeRefund,
        params: z.object({ id }),
        headers: z.looseObject({ 'idempotency-key': z.string().optional() }),
        body: refundRequest,
        response: { 200: refundSchema, 201: refundSchema, ...errors },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const refundId = idempotentRefundId(caller, request.params.id, readKey(request.headers['idempotency-key']));
      const known = await core.refunds.get(caller, refundId).catch(() => undefined);
      if (known && context.clock.nowMs() - known.createdAtMs > KEY_LIFE_MS) {
        throw doorProblem('key_used', 'this key was used more than a day ago', {
          refundId,
          paymentId: known.paymentId,
        });
      }
      const { amount, reason } = request.body;
      const refund = await core.refunds.create(caller, {
        refundId,
        paymentId: request.params.id,
        reason,
        ...(amount === undefined ? {} : { amount: Money.parse(amount) }),
      });
      reply.code(known ? 200 : 201);
      return { ...(await show(refund)), ...(known ? { repeated: true } : {}) };
    },
  );
  app.get(
    '/refunds/:id',
    { schema: { tags: ['refunds'], params: z.object({ id }), response: { 200: refundSchema, ...errors } } },
    async (request) => show(await core.refunds.get(callerOf(request), request.params.id)),
  );
  app.post(
    '/refunds/:id/cancel',
    {
      schema: {
        tags: ['refunds'],
        description: 'Takes back a refund that was asked of an agent and that the agent has not yet claimed.',
        params: z.object({ id }),
        response: { 200: refundSchema, ...errors },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      await core.commands.cancel(caller, request.params.id);
      return show(await core.refunds.get(caller, request.params.id));
    },
  );
  app.post(
    '/refunds/:id/settle',
    {
      schema: {
        tags: ['refunds'],
        description: 'A person has looked at the bank and tells the outcome of an unknown refund.',
        params: z.object({ id }),
        body: z.object({ outcome: z.enum(['confirmed', 'declined']), reason: z.string().trim().min(1).max(300) }),
        response: { 200: refundSchema, ...errors },
      },
    },
    async (request) => {
      const settled = await core.refunds.settle(callerOf(request), { refundId: request.params.id, ...request.body });
      return toRefundJson(settled);
    },
  );
}

const describeRefund =
  'Needs an Idempotency-Key: the same key and body never start a second refund. A refund of a terminal payment is asked ' +
  "of its agent: it is `requested` until the agent claims it (`command`), and its outcome comes with the agent's journal.";

/** The commands by which refunds were asked for; only an agent's refund can have one. */
async function commandsOf(core: HubCore, refunds: readonly Refund[]): Promise<Map<string, Command>> {
  const paymentId = refunds.find((one) => one.source === 'edge')?.paymentId;
  const commands = paymentId === undefined ? [] : await core.commands.listOf(paymentId);
  return new Map(commands.map((one) => [one.refundId, one]));
}

/** [decisions: At the till] A repeated key means the same refund for a day, then it is an error. */
const KEY_LIFE_MS = 24 * 3_600_000;

function toFilter(query: z.output<typeof searchQuery>): PaymentFilter {
  const { agentId, status, method, text, limit, cursor } = query;
  return {
    limit,
    ...present({ agentId, status, method, text, cursor }),
    ...(query.from === undefined ? {} : { fromMs: Date.parse(query.from) }),
    ...(query.until === undefined ? {} : { untilMs: Date.parse(query.until) }),
  };
}
