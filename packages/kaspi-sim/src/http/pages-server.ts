import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import fastify, { type FastifyInstance } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Sim } from '../sim.ts';
import { answerError, answerForeign, answerNotFound, isForeign } from './answer-error.ts';
import { registerControlRoutes } from './control-routes.ts';
import { registerFaultRoutes } from './fault-routes.ts';
import { registerPurchaseRoutes } from './purchase-routes.ts';
import { registerRefundCodeRoutes } from './refund-code-routes.ts';
import { registerTerminalRoutes } from './terminal-routes.ts';

const PAGES = fileURLToPath(new URL('../pages/', import.meta.url));
/** The largest body of the control API is a rule of a few hundred bytes. */
const MAX_BODY_BYTES = 65_536;

const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'kaspi-sim control API',
    version: '1',
    description:
      'What customers, cashiers and bad luck do in the simulator, and what is true there. JSON over plain HTTP, without a token: for ' +
      'loopback. Amounts are tenge with two decimals as strings, moments ISO 8601 in UTC. Errors are `{code, detail}`.',
  },
  tags: [
    { name: 'truth', description: 'What really happened' },
    { name: 'bank', description: "Purchases and refund codes in the customer's hands, and how the bank behaves" },
    { name: 'terminals', description: 'Hands at the terminals' },
    { name: 'misbehaviour', description: 'Faults to order, chaos by a seed' },
  ],
};

/** The pages for people and the control API for scripts, plain HTTP, meant for loopback. `onRoute` hears of every route. */
export async function createPagesServer(
  sim: Sim,
  onRoute?: (method: string, url: string) => void,
): Promise<FastifyInstance> {
  const server = fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler((error, _request, reply) => answerError(error, reply));
  server.addHook('onRequest', async (request, reply) =>
    isForeign(request.headers) ? answerForeign(reply) : undefined,
  );
  server.setNotFoundHandler((request, reply) => answerNotFound(request.method, request.url, reply));
  // A POST without a body is a wish without options, whatever content type it names.
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(String(body)));
    } catch (error) {
      done(Object.assign(new SyntaxError('the body is no JSON', { cause: error }), { statusCode: 400 }));
    }
  });
  server.addHook('onRoute', ({ method, url }) => onRoute?.(String(method), url));
  await server.register(fastifySwagger, {
    openapi: OPENAPI,
    transform: jsonSchemaTransform,
  });
  await server.register(fastifyStatic, { root: PAGES, prefix: '/assets/', index: false });
  server.get('/', { schema: { hide: true } }, (_request, reply) => reply.sendFile('index.html'));
  server.get('/phone', { schema: { hide: true } }, (_request, reply) => reply.sendFile('phone.html'));
  server.get('/phone/:token', { schema: { hide: true } }, (_request, reply) => reply.sendFile('phone.html'));
  server.get('/terminal/:id', { schema: { hide: true } }, (_request, reply) => reply.sendFile('terminal.html'));
  registerControlRoutes(server, sim);
  registerPurchaseRoutes(server, sim);
  registerFaultRoutes(server, sim);
  registerRefundCodeRoutes(server, sim);
  registerTerminalRoutes(server, sim);
  server.get('/control/openapi.json', { schema: { hide: true } }, () => server.swagger());
  return server;
}
