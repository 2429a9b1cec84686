import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Caller } from '../caller.ts';
import type { HubCore } from '../hub-core.ts';
import { present } from '../present.ts';
import { DELIVERY_STATES, type Delivery, type EndpointState } from '../webhook/webhook.ts';
import type { App } from './api.ts';
import { optionalIso, toIso } from './payment-json.ts';
import { problemSchema } from './problem-answer.ts';

const moment = z.iso.datetime();
const endpointId = z.string().min(1).max(40);

export const webhookSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(z.string()),
    waiting: z.int(),
    givenUp: z.int().describe('Events that were not taken for days; replay them'),
    oldestWaitingAt: moment.optional(),
    last: z
      .object({ at: moment, ok: z.boolean(), answer: z.string().describe('An HTTP status, or a word such as timeout') })
      .optional(),
  })
  .meta({ id: 'Webhook' });

export const deliverySchema = z
  .object({
    endpointId: z.string(),
    eventId: z.string(),
    type: z.string(),
    subject: z.string().describe('The payment, or a case without one'),
    at: moment,
    state: z.enum(DELIVERY_STATES),
    attempts: z.int(),
    answer: z.string().optional(),
    triedAt: moment.optional(),
    nextAt: moment.optional(),
    deliveredAt: moment.optional(),
  })
  .meta({ id: 'WebhookDelivery' });

export const webhookListSchema = z.object({ webhooks: z.array(webhookSchema) });
export const deliveryListSchema = z.object({ deliveries: z.array(deliverySchema), nextCursor: z.string().optional() });
export const testedSchema = z.object({ ok: z.boolean(), answer: z.string(), tookMs: z.int() });
export const replayedSchema = z.object({ replayed: z.int() });

const replayBody = z
  .object({
    eventId: z.uuid().optional(),
    from: moment.optional(),
    until: moment.optional(),
    state: z.enum(DELIVERY_STATES).optional(),
  })
  .refine(
    (body) => Object.values(body).some((value) => value !== undefined),
    'name events: eventId, from, until or state',
  );

/** Whoever is told what happens: how they fare, what they were told, and telling them again. */
export function addWebhookRoutes(
  app: App,
  { core, callerOf }: { core: Pick<HubCore, 'webhooks'>; callerOf: (request: FastifyRequest) => Caller },
): void {
  const errors = { '4xx': problemSchema, '5xx': problemSchema };
  const tags = ['webhooks'];
  app.get('/webhooks', { schema: { tags, response: { 200: webhookListSchema, ...errors } } }, async () => ({
    webhooks: (await core.webhooks.endpoints()).map(toWebhookJson),
  }));
  app.get(
    '/webhooks/deliveries',
    {
      schema: {
        tags,
        querystring: z.object({
          endpointId: endpointId.optional(),
          state: z.enum(DELIVERY_STATES).optional(),
          subject: z.string().max(64).optional(),
          limit: z.coerce.number().int().min(1).max(200).default(50),
          cursor: z.string().max(500).optional(),
        }),
        response: { 200: deliveryListSchema, ...errors },
      },
    },
    async ({ query: { limit, ...filter } }) => {
      const { deliveries, nextCursor } = await core.webhooks.deliveries({ limit, ...present(filter) });
      return { deliveries: deliveries.map(toDeliveryJson), ...present({ nextCursor }) };
    },
  );
  app.post(
    '/webhooks/:id/replay',
    {
      schema: {
        tags,
        description: 'Sends events again, under their ids and with their bodies; `from` inclusive, `until` exclusive.',
        params: z.object({ id: endpointId }),
        body: replayBody,
        response: { 200: replayedSchema, ...errors },
      },
    },
    async (request) => {
      const { eventId, from, until, state } = request.body;
      const span = { fromMs: momentOf(from), untilMs: momentOf(until) };
      const replay = { endpointId: request.params.id, ...present({ eventId, state, ...span }) };
      return { replayed: await core.webhooks.replay(callerOf(request), replay) };
    },
  );
  app.post(
    '/webhooks/:id/test',
    {
      schema: {
        tags,
        description: 'Posts a `webhook.test` event at once and tells what the endpoint answered.',
        params: z.object({ id: endpointId }),
        response: { 200: testedSchema, ...errors },
      },
    },
    async (request) => {
      const { isTaken, answer, tookMs } = await core.webhooks.test(callerOf(request), request.params.id);
      return { ok: isTaken, answer, tookMs };
    },
  );
}

function momentOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

export function toWebhookJson(one: EndpointState): z.output<typeof webhookSchema> {
  const { endpointId: id, url, events, waiting, givenUp, oldestWaitingAtMs, last } = one;
  return {
    id,
    url,
    events: [...events],
    waiting,
    givenUp,
    ...present({
      oldestWaitingAt: optionalIso(oldestWaitingAtMs),
      last: last && { at: toIso(last.atMs), ok: last.isTaken, answer: last.answer },
    }),
  };
}

export function toDeliveryJson(one: Delivery): z.output<typeof deliverySchema> {
  const { eventId, type, subject, state, attempts } = one;
  return {
    endpointId: one.endpointId,
    eventId,
    type,
    subject,
    at: toIso(one.atMs),
    state,
    attempts,
    ...present({
      answer: one.lastAnswer,
      triedAt: optionalIso(one.triedAtMs),
      nextAt: state === 'waiting' ? toIso(one.nextAtMs) : undefined,
      deliveredAt: optionalIso(one.deliveredAtMs),
    }),
  };
}
