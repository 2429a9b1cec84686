import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Context,
  createIds,
  createSeededRandom,
  createSilentLog,
  createVirtualClock,
  type VirtualClock,
} from '@tolem/base';
import { createFakeEdgeCore, type FakeEdgeCore } from '../fake-edge-core.ts';
import type { Scope } from '../tokens/access.ts';
import type { CashierPins } from '../tokens/cashier-pins.ts';
import { openPageSessions, type PageSessions } from '../tokens/page-sessions.ts';
import { addToken, openTokenStore, type TokenStore } from '../tokens/token-store.ts';
import { createLocalApi, type LocalApi } from './local-api.ts';

/** The doors in front of the fake core, without a socket until a test listens. */
export interface DoorTest {
  clock: VirtualClock;
  context: Context;
  core: FakeEdgeCore;
  api: LocalApi;
  sessions: PageSessions;
  dataDir: string;
  bugs: Error[];
  /** The token of `dataDir/local-token`, scope `pay`. */
  localToken: string;
  tokenWith(...scopes: Scope[]): string;
  call(request: DoorCall): Promise<DoorAnswer>;
  /** The doors close and open again at the same port, over the same files. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface DoorCall {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  path: string;
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  rawBody?: string;
  key?: string;
  /** The local token unless told; null sends none. */
  token?: string | null;
  headers?: Record<string, string>;
}

/** The members that tests look at, whatever the route. */
export interface AnyBody {
  [member: string]: unknown;
  id: string;
  code: string;
  version: number;
  status: unknown;
  amount: string;
  actor: string;
  createdAt: string;
  nextCursor?: string;
  payments: unknown[];
  fields: unknown[];
  hint: object;
}

export interface DoorAnswer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  body: AnyBody;
}

let keys = 0;

/** Virtual time unless a context is given: a browser lives in real time. */
export async function openDoorTest(options: { pins?: CashierPins; context?: Context } = {}): Promise<DoorTest> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tolem-doors-'));
  const clock = createVirtualClock();
  const random = createSeededRandom(7);
  const context: Context = options.context ?? {
    clock,
    random,
    ids: createIds(clock, random),
    log: createSilentLog(),
  };
  const core = createFakeEdgeCore(context);
  const tokens = openTokenStore(dataDir, context);
  const sessions = openPageSessions(dataDir, context);
  const bugs: Error[] = [];
  const openApi = (own: { tokens: TokenStore; sessions: PageSessions }) =>
    createLocalApi({ core, context, ...own, cashierPins: () => options.pins }, (error) => bugs.push(error));
  let api = await openApi({ tokens, sessions });
  const localToken = readFileSync(tokens.localTokenFile, 'utf8').trim();
  return {
    clock,
    context,
    core,
    get api() {
      return api;
    },
    sessions,
    dataDir,
    bugs,
    localToken,
    tokenWith(...scopes) {
      return addToken(dataDir, { name: scopes.join('+') + keys++, scopes }, context);
    },
    async call({ method, path, body, rawBody, key, token = localToken, headers = {} }) {
      const payload = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
      const response = await api.app.inject({
        method: method ?? (payload === undefined ? 'GET' : 'POST'),
        url: path,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
          ...headers,
        },
        ...(payload === undefined ? {} : { payload }),
      });
      const isJson = String(response.headers['content-type']).includes('json');
      return {
        status: response.statusCode,
        headers: response.headers,
        text: response.body,
        body: (isJson ? JSON.parse(response.body) : {}) as AnyBody,
      };
    },
    async restart() {
      const [, port = '0'] = String(api.app.listeningOrigin).match(/:(\d+)$/) ?? [];
      await api.close();
      api = await openApi({ tokens: openTokenStore(dataDir, context), sessions: openPageSessions(dataDir, context) });
      await api.listen({ host: '127.0.0.1', port: Number(port) });
    },
    async close() {
      await api.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A key that no other call of the tests has used. */
export function newKey(): string {
  return `test-key-${String(keys++).padStart(12, '0')}`;
}
