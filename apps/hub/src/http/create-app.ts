import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import { answerUnreadable, type Logger } from '@tolem/base';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { DoorMetrics } from '../metrics/door-metrics.ts';
import type { App } from './api.ts';
import { doorProblem, PROBLEM_TYPE, sendProblem, toProblem, unreadableProblem } from './problem-answer.ts';

/** The largest body is a refund with its reason. */
const BODY_MAX_BYTES = 64 * 1024;
/** A whole request with its body; longer means a dead or hostile peer. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Its head alone. */
const HEAD_TIMEOUT_MS = 10_000;
/** How often those are looked at; left to itself, Node looks every half minute. */
const LOOK_EVERY_MS = 2_000;
/** Pages of a head office with their streams, a proxy and a few monitors; each connection costs a little memory. */
const CONNECTIONS_MAX = 1_000;
/** Far above a page and a few scripts; below what would take the event loop from payments. */
const REQUESTS_PER_MINUTE = 6_000;
/** Behind this, calls to the bank would be late: better refuse pages. */
const EVENT_LOOP_DELAY_MAX_MS = 2_000;

/** A fastify application with our limits, headers and errors, and no route yet. */
export async function createApp(parts: { log: Logger; metrics: DoorMetrics; isPublic: boolean }): Promise<App> {
  const { log, metrics } = parts;
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEAD_TIMEOUT_MS, connectionsCheckingInterval: LOOK_EVERY_MS },
    forceCloseConnections: 'idle',
    // An address that is none is refused before any hook of ours.
    frameworkErrors: (error, request, reply) => {
      sendProblem(reply as never, toProblem(error, request));
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.server.maxConnections = CONNECTIONS_MAX;
  answerUnreadable(app.server, (reason) => {
    const problem = unreadableProblem(reason);
    return { status: problem.status, contentType: PROBLEM_TYPE, body: JSON.stringify(problem) };
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('person', null);
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error, request);
    if (problem.code === 'internal')
      log.error({ error, route: request.routeOptions.url }, 'a request failed unexpectedly');
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, doorProblem('not_found', 'no such page').problem));
  if (parts.isPublic) {
    await app.register(helmet, { ...HEADERS });
    await app.register(cookie);
    await app.register(rateLimit, { max: REQUESTS_PER_MINUTE, timeWindow: 60_000 });
    await app.register(underPressure, { maxEventLoopDelay: EVENT_LOOP_DELAY_MAX_MS, retryAfter: 5 });
  }
  app.addHook('onRequest', async (request) => {
    request.finishMetric = metrics.callStarted('http', request.routeOptions.url ?? 'unknown');
  });
  app.addHook('onResponse', async (request, reply) => request.finishMetric?.(String(reply.statusCode)));
  return app;
}

declare module 'fastify' {
  interface FastifyRequest {
    finishMetric?: (outcome: string) => void;
  }
}

/** Nothing from other hosts, no frames, no inline scripts; HTTPS is the proxy's matter. */
const HEADERS = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  strictTransportSecurity: false,
  referrerPolicy: { policy: 'no-referrer' as const },
} as const;
