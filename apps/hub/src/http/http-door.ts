import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import type { Context } from '@tolem/base';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { CertificateStatus } from '../certificate/certificate-keeper.ts';
import { type Address, formatAddress } from '../config/hub-config.ts';
import type { HubCore } from '../hub-core.ts';
import { HubError } from '../hub-error.ts';
import type { Metrics } from '../metrics/prometheus.ts';
import { type Access, openAccess, type Person } from './access.ts';
import { type App, callerOf } from './api.ts';
import { addCaseRoutes } from './case-routes.ts';
import { type ChangeFeed, createChangeFeed } from './change-feed.ts';
import { createApp } from './create-app.ts';
import { addFleetRoutes } from './fleet-routes.ts';
import { createLocalRules, type LocalRules } from './local-rules.ts';
import { addLoginRoutes, SESSION_COOKIE } from './login-routes.ts';
import { addOfferRoute } from './offer-route.ts';
import { addPaymentRoutes } from './payment-routes.ts';
import { doorProblem } from './problem-answer.ts';
import { addRecoveryRoutes } from './recovery-routes.ts';
import { addStatusRoutes } from './status-routes.ts';
import { addStreamRoute } from './stream-route.ts';
import { addWebhookRoutes } from './webhook-routes.ts';

export interface HttpDoor {
  readonly address: Address;
  stop(): Promise<void>;
}

export interface HttpDoorOptions {
  core: HubCore;
  context: Context;
  metrics: Metrics;
  listen: Address;
  /** Further host names under which a proxy reaches us. */
  hosts: string[];
  tokenFile: string;
  certificate(): CertificateStatus | undefined;
  isStopping(): boolean;
}

const PAGES_FOLDER = join(import.meta.dirname, '../pages');
/** Without a token: the page itself (it has no data), its login, liveness, the contract. */
const OPEN_PATHS = ['/healthz', '/readyz', '/api/openapi.json'];

/** The hub's API and live page [interfaces.md: the hub's HTTP API]. */
export async function openHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const { core, context, metrics, listen } = options;
  const access = openAccess(options.tokenFile, context);
  const feed = createChangeFeed(core, context.ids.uuid().slice(-12));
  const app = await createApp({ log: context.log, metrics: metrics.doors, isPublic: true });
  let rules = createLocalRules(listen, options.hosts);
  app.addHook('onRequest', async (request) => judgeOrigin(rules, request.method, request.headers, metrics));
  app.addHook('onRequest', async (request) => {
    request.person = personOf(access, request.headers.authorization, request.cookies[SESSION_COOKIE]);
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tolem hub',
        version: '1',
        description: 'Kaspi payments of a chain of shops and vending machines',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(async (open) => addOpenRoutes(open as App, options));
  await app.register(async (api) => addApiRoutes(api as App, { options, access, feed }), { prefix: '/api/v1' });
  await app.register(fastifyStatic, { root: PAGES_FOLDER, prefix: '/', cacheControl: false });
  const address = await listenOn(app, listen);
  rules = createLocalRules(address, options.hosts);
  return {
    address,
    async stop() {
      feed.close();
      await app.close();
    },
  };
}

function addOpenRoutes(app: App, options: HttpDoorOptions): void {
  addStatusRoutes(app, options);
  app.addHook('onRequest', async (request) => {
    if (OPEN_PATHS.includes(request.routeOptions.url ?? '')) return;
    if (request.person === null) throw doorProblem('token_missing', 'send a bearer token or log in');
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

function addApiRoutes(app: App, parts: { options: HttpDoorOptions; access: Access; feed: ChangeFeed }): void {
  const { options, access, feed } = parts;
  app.addHook('onRequest', async (request) => {
    const isLogin = request.method === 'POST' && request.routeOptions.url === '/api/v1/session';
    if (isLogin || request.person !== null) return;
    options.metrics.doors.refused('http', 'token');
    throw doorProblem('token_missing', 'send a bearer token or log in');
  });
  addLoginRoutes(app, access);
  addPaymentRoutes(app, options);
  addFleetRoutes(app, options);
  addCaseRoutes(app, options);
  addRecoveryRoutes(app, options);
  addOfferRoute(app, options);
  addWebhookRoutes(app, { core: options.core, callerOf });
  addStreamRoute(app, { feed, clock: options.context.clock, metrics: options.metrics.doors });
}

function judgeOrigin(
  rules: LocalRules,
  method: string,
  headers: Record<string, string | string[] | undefined>,
  metrics: Metrics,
): void {
  const text = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  const length = text('content-length');
  const fault = rules.faultOf({
    method,
    host: text('host'),
    origin: text('origin'),
    fetchSite: text('sec-fetch-site'),
    contentType: text('content-type'),
    hasBody: (length !== undefined && length !== '0') || text('transfer-encoding') !== undefined,
  });
  if (fault === undefined) return;
  metrics.doors.refused('http', fault);
  throw doorProblem(fault, DETAIL_OF[fault]);
}

const DETAIL_OF = {
  host_foreign: 'this host name is not one of the hub (http.hosts)',
  origin_foreign: 'pages of other sites may not speak to the hub',
  site_foreign: 'pages of other sites may not speak to the hub',
  not_json: 'send application/json',
} as const;

function personOf(access: Access, authorization: string | undefined, session: string | undefined): Person | null {
  const token = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(authorization ?? '')?.[1];
  if (token !== undefined) return access.byToken(token) ?? null;
  return session === undefined ? null : (access.bySession(session) ?? null);
}

async function listenOn(app: App, listen: Address): Promise<Address> {
  try {
    await app.listen({ host: listen.host, port: listen.port });
  } catch (cause) {
    throw new HubError('door_unavailable', `HTTP can't listen on ${formatAddress(listen)}`, { cause });
  }
  const bound = app.server.address();
  return { host: listen.host, port: typeof bound === 'object' && bound !== null ? bound.port : listen.port };
}
