import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import { type AssertionFailure, answerUnreadable } from '@tolem/base';
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ListenAddress } from '../config/listen-address.ts';
import { addAgentRoutes } from './agent-routes.ts';
import { createAuthentication } from './authentication.ts';
import { doorProblem } from './door-problem.ts';
import type { DoorApp, Doors } from './doors.ts';
import { answerErrors, PROBLEM_TYPE, sendProblem, toProblemJson } from './error-answers.ts';
import { createEventStreams } from './event-stream.ts';
import { BODY_BYTES_MAX, parseJsonBody } from './json-body.ts';
import { refuseAtTheDoor } from './listener-guard.ts';
import { collectOpenApi } from './open-api.ts';
import { hostsOf } from './own-hosts.ts';
import { addPageRoutes } from './page-routes.ts';
import { addPayerRoutes } from './payer-routes.ts';
import { addPaymentEvents } from './payment-events.ts';
import { addPaymentRoutes } from './payment-routes.ts';
import { addQrImages } from './qr-images.ts';
import { addRefundRoutes } from './refund-routes.ts';
import { addRefundSessionRoutes } from './refund-session-routes.ts';

/** A request is received within this, or cut: nobody holds a connection with half a header. */
const RECEIVE_MS = 10_000;
/** A silent connection: longer than pairing (180 s) and any long poll; event streams beat every 15 s. */
const SILENT_MS = 200_000;
const KEEP_ALIVE_MS = 30_000;
/** A handful of tills with a few connections each. */
const CONNECTIONS_MAX = 200;
/** How long requests that run may still be answered when the doors close. */
const ANSWER_MS = 3000;
const CONTRACT_ROUTE = '/v1/openapi.json';
/** Longest `id` and other path parts. */
const PARAM_CHARS_MAX = 120;

export interface LocalApi {
  /** Answers where it listens, with the port that was taken. */
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** Ends event streams, lets running requests answer, closes. */
  close(): Promise<void>;
  app: DoorApp;
}

/** The agent's HTTP doors: the local API under `/v1`, the till page `/`, the customer's `/display`. */
export async function createLocalApi(
  parts: Omit<Doors, 'closing'>,
  onBug: (error: AssertionFailure) => void,
): Promise<LocalApi> {
  const closing = new AbortController();
  const doors: Doors = { ...parts, closing: closing.signal };
  const { clock, log } = doors.context;
  const streams = createEventStreams(clock);
  // Until it listens, the port is the one that HTTP leaves out.
  const own = { hosts: [] as string[], port: 80 };
  const app: DoorApp = fastify({
    // A HEAD would count as a till that was told.
    exposeHeadRoutes: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: RECEIVE_MS,
    connectionTimeout: SILENT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: PARAM_CHARS_MAX },
    http: { headersTimeout: RECEIVE_MS, connectionsCheckingInterval: 2000 },
    // A till is told what a closing agent means for its money, by the hook below.
    return503OnClosing: false,
    schemaController: { compilersFactory: compilersFactory as never },
    frameworkErrors: (error, _request, reply) => {
      void sendProblem(reply as never, doorProblem('route_unknown', error.message).problem);
    },
    forceCloseConnections: 'idle',
  }).withTypeProvider<ZodTypeProvider>();
  app.server.maxConnections = CONNECTIONS_MAX;
  answerUnreadable(app.server, (reason) => {
    const { problem } = doorProblem(reason, UNREADABLE_DETAILS[reason], reason === 'request_too_slow' ? SLOW : {});
    return { status: problem.status, contentType: PROBLEM_TYPE, body: JSON.stringify(toProblemJson(problem)) };
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(String(body)));
    } catch (error) {
      done(error instanceof Error ? error : null);
    }
  });
  app.decorateRequest('caller', undefined);
  app.decorateRequest('pageSession', undefined);
  app.addHook('onRequest', async (request) => {
    const refused = refuseAtTheDoor({ method: request.method, headers: request.headers }, own);
    if (refused) throw refused;
    if (closing.signal.aborted) {
      throw doorProblem('stopping', 'the agent is stopping; nothing was started', { retry: 'after', retryAfterS: 2 });
    }
  });
  app.addHook('onSend', forbidKeeping);
  answerErrors(app as never, log, onBug);
  await app.register(helmet, securityHeaders);
  await app.register(cookie);
  await collectOpenApi(app, doors.core.identity.version);
  await app.register(async (routes) => addApi(routes.withTypeProvider<ZodTypeProvider>(), doors, streams), {
    prefix: '/v1',
  });
  await app.register(async (routes) => addPageRoutes(routes.withTypeProvider<ZodTypeProvider>(), doors, streams));
  return {
    app,
    async listen(address) {
      await app.listen({ host: address.host, port: address.port });
      const taken = app.server.address();
      own.port = typeof taken === 'object' && taken ? taken.port : address.port;
      own.hosts = hostsOf(address.host);
      return { host: address.host, port: own.port };
    },
    async close() {
      closing.abort();
      streams.closeAll();
      const late = clock.after(ANSWER_MS, () => app.server.closeAllConnections());
      await app.close();
      late.cancel();
    },
  };
}

const UNREADABLE_DETAILS = {
  http_invalid: 'this is not HTTP/1.1 as it should be',
  headers_too_large: 'the head of a request is at most 16 KB',
  request_too_slow: `a request must have come whole within ${RECEIVE_MS / 1000} s`,
} as const;
/** Nothing of it was read as a request. */
const SLOW = { retry: 'same_key' } as const;

/** Payments and states are of this moment; only the pages' files, which say so themselves, may be kept. */
async function forbidKeeping(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
}

function addApi(app: DoorApp, doors: Doors, streams: ReturnType<typeof createEventStreams>): void {
  const authenticate = createAuthentication(doors);
  // The contract is no secret: it is read before there is a token.
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.url !== CONTRACT_ROUTE) await authenticate(request);
  });
  addPaymentRoutes(app, doors);
  addPayerRoutes(app, doors);
  addRefundRoutes(app, doors);
  addRefundSessionRoutes(app, doors);
  addPaymentEvents(app, doors, streams);
  addQrImages(app, doors);
  addAgentRoutes(app, doors);
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}

/** With both of ours, fastify's own, which take a tenth of the agent's start, are not even loaded. */
const compilersFactory = {
  buildValidator: () => validatorCompiler,
  // Schemas describe the answers for the contract and the tests; a payment is never withheld over one of them.
  buildSerializer: () => () => (data: unknown) => JSON.stringify(data),
};

const securityHeaders = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      manifestSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  referrerPolicy: { policy: 'no-referrer' as const },
  // The pages are served without TLS on this machine alone; it must not be demanded of the host's other ports.
  strictTransportSecurity: false,
};
