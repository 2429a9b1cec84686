import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** What operations of the control API share in their schemas. */
export const okSchema = z.object({ ok: z.literal(true) });
export const ok = (): { ok: true } => ({ ok: true });

const errorSchema = z
  .object({ code: z.string(), detail: z.string() })
  .meta({ examples: [{ code: 'not_found', detail: 'the bank knows no purchase 15' }] });

/** A request that breaks its schema, a thing that is not there, an act that has no meaning now. */
export const badRequest = { 400: errorSchema };
export const errors = { 400: errorSchema, 404: errorSchema, 409: errorSchema };

/** A body that may be left out: every member has a default. */
export function optionalBody<Body extends z.ZodType>(body: Body, example: z.input<Body>) {
  return body.meta({ examples: [example] }).nullish();
}

/** A body that must come. */
export function requiredBody<Body extends z.ZodType>(body: Body, ...examples: Array<z.input<Body>>): Body {
  return body.meta({ examples });
}

export function typed(server: FastifyInstance) {
  return server.withTypeProvider<ZodTypeProvider>();
}
