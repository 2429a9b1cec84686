import swagger from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { DoorApp } from './doors.ts';
import { problemJson } from './error-answers.ts';

/** The answers of a route: its successes, and problems for everything else. */
export function answers<Successes extends Record<number, z.ZodType>>(successes: Successes) {
  const problem = {
    description: 'What went wrong, and whether money moved',
    content: { 'application/problem+json': { schema: problemJson } },
  };
  return { ...successes, '4xx': problem, '5xx': problem };
}

/** Collects the contract from the routes' schemas; must be registered before them. */
export async function collectOpenApi(app: DoorApp, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tolem agent: local API',
        version,
        description:
          'Kaspi payments for the till beside the agent. Money is a decimal string in tenge. Errors are problem+json with ' +
          '`money` (none, maybe, moved) and `retry` (never, same_key, after). Every request that can move money needs an ' +
          '`Idempotency-Key`: repeat a request whose answer was lost with the same key, never with a new one.',
      },
      servers: [{ url: '/' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (documentObject) => withoutUnused(jsonSchemaTransformObject(documentObject)),
  });
}

interface Contract {
  paths?: unknown;
  components?: { schemas?: Record<string, unknown> };
}

/** The converter lists every schema as input and as output; only what a route refers to is the contract, under its own name. */
export function withoutUnused<Document extends object>(contract: Document): Document {
  const { paths, components } = contract as Contract;
  const schemas = components?.schemas ?? {};
  const used = new Set<string>();
  const follow = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(REFERENCE)) {
      if (used.has(name)) continue;
      used.add(name);
      follow(schemas[name] ?? null);
    }
  };
  follow(paths ?? null);
  const nameOf = (name: string) => {
    const short = name.replace(/Input$/, '');
    return used.has(short) ? name : short;
  };
  const kept = Object.fromEntries([...used].sort().map((name) => [nameOf(name), schemas[name]]));
  const text = JSON.stringify({ ...contract, components: { ...components, schemas: kept } });
  return JSON.parse(text.replace(REFERENCE, (_, name: string) => `"#/components/schemas/${nameOf(name)}"`)) as Document;
}

const REFERENCE = /"#\/components\/schemas\/([^"]+)"/g;
