import { z } from 'zod';
import { present } from '../present.ts';
import { caseSchema, toCaseJson } from './agent-json.ts';
import { type ApiParts, type App, callerOf } from './api.ts';
import { problemSchema } from './problem-answer.ts';

const id = z.string().min(1).max(64);

/** What a person must look at. */
export function addCaseRoutes(app: App, { core }: ApiParts): void {
  const errors = { '4xx': problemSchema, '5xx': problemSchema };
  app.get(
    '/cases',
    {
      schema: {
        tags: ['cases'],
        querystring: z.object({
          open: z.enum(['true', 'false']).optional(),
          paymentId: z.uuid().optional(),
          limit: z.coerce.number().int().min(1).max(200).default(50),
          cursor: z.string().max(500).optional(),
        }),
        response: { 200: z.object({ cases: z.array(caseSchema), nextCursor: z.string().optional() }), ...errors },
      },
    },
    async ({ query: { open, paymentId, limit, cursor } }) => {
      const isOpen = open === undefined ? undefined : open === 'true';
      const { cases, nextCursor } = await core.cases.list({ limit, ...present({ open: isOpen, paymentId, cursor }) });
      return { cases: cases.map(toCaseJson), ...present({ nextCursor }) };
    },
  );
  app.get(
    '/cases/:id',
    { schema: { tags: ['cases'], params: z.object({ id }), response: { 200: caseSchema, ...errors } } },
    async (request) => toCaseJson(await core.cases.get(request.params.id)),
  );
  app.post(
    '/cases/:id/assign',
    {
      schema: {
        tags: ['cases'],
        params: z.object({ id }),
        body: z.object({ owner: z.string().trim().min(1).max(100) }),
        response: { 200: caseSchema, ...errors },
      },
    },
    async (request) => toCaseJson(await core.cases.assign(callerOf(request), request.params.id, request.body.owner)),
  );
  app.post(
    '/cases/:id/close',
    {
      schema: {
        tags: ['cases'],
        params: z.object({ id }),
        body: z.object({ reason: z.string().trim().min(1).max(500) }),
        response: { 200: caseSchema, ...errors },
      },
    },
    async (request) => toCaseJson(await core.cases.close(callerOf(request), request.params.id, request.body.reason)),
  );
}
