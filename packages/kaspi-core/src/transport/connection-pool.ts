import type { Context } from '@tolem/base';
import { Client, type Dispatcher, Pool } from 'undici';
import { KaspiError, type KaspiErrorCode } from '../kaspi-error.ts';
import { createConnector } from './connector.ts';
import { openCredentials } from './credentials.ts';
import { HttpExchange } from './http-exchange.ts';
import type { HttpAnswer, HttpCall, TlsOptions } from './http-transport.ts';
import { BODY_LIMIT_BYTES, DRAIN_LIMIT_MS, IDLE_LIMIT_MS, WAITING_CALLS_LIMIT } from './transport-limits.ts';

export interface ConnectionPoolOptions {
  context: Pick<Context, 'clock' | 'ids'>;
  origin: string;
  tls: TlsOptions;
  connections: number;
  connectLimitMs: number;
  answerLimitMs: number;
}

/** Connections on one set of credentials. */
export interface ConnectionPool {
  send(call: HttpCall, requestId: string): Promise<HttpAnswer>;
  /** Takes no more calls; resolves when those in flight have ended, which it enforces after `DRAIN_LIMIT_MS`. */
  drain(): Promise<void>;
}

/** undici's own timers are off: the limits are ours, on our clock. */
const CLIENT_OPTIONS = {
  pipelining: 1,
  allowH2: false,
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: IDLE_LIMIT_MS,
} as const;

export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  const { clock } = options.context;
  const { createClient, connectionOf } = createClients(options);
  const pool = new Pool(options.origin, { ...CLIENT_OPTIONS, connections: options.connections, factory: createClient });
  const running = new Set<HttpExchange>();
  let onIdle: (() => void) | undefined;

  const open = (call: HttpCall, requestId: string): HttpExchange => {
    const exchange: HttpExchange = new HttpExchange({
      clock,
      call,
      requestId,
      // A call may wait once for its turn and once for its connection.
      connectionWaitMs: 2 * options.connectLimitMs,
      answerLimitMs: call.answerLimitMs ?? options.answerLimitMs,
      bodyLimitBytes: BODY_LIMIT_BYTES,
      onEnd: () => {
        running.delete(exchange);
        if (running.size === 0) onIdle?.();
      },
    });
    running.add(exchange);
    return exchange;
  };
  return {
    async send(call, requestId) {
      if (call.signal?.aborted) throw unsent('closed', 'the caller had given up', requestId);
      if (running.size >= WAITING_CALLS_LIMIT) throw unsent('connect_failed', 'too many calls are waiting', requestId);
      const single = call.fresh ? createClient() : undefined;
      const exchange = open(call, requestId);
      try {
        dispatch(single ?? pool, call, requestId, exchange);
        const answer = await exchange.answer;
        return { ...answer, requestId, connection: connectionOf(exchange) };
      } finally {
        await single?.destroy();
      }
    },
    async drain() {
      const idle = new Promise<void>((resolve) => {
        onIdle = resolve;
        if (running.size === 0) resolve();
      });
      const limit = clock.after(DRAIN_LIMIT_MS, () => {
        for (const exchange of [...running])
          exchange.giveUp('the connection was closed while it waited for its answer');
      });
      await idle;
      limit.cancel();
      await pool.destroy();
    },
  };
}

/** Clients of one connection each that remember which connection carries a request. */
function createClients(options: ConnectionPoolOptions) {
  const secureContext = openCredentials(options.tls);
  const carriers = new WeakMap<Dispatcher.DispatchHandler, { connection: string }>();
  const createClient = (): Client => {
    const carrier = { connection: '' };
    const connect = createConnector({
      tls: options.tls,
      secureContext,
      connectLimitMs: options.connectLimitMs,
      onOpen: () => {
        carrier.connection = options.context.ids.uuid();
      },
    });
    const client = new Client(options.origin, { ...CLIENT_OPTIONS, connect });
    const dispatchOn = client.dispatch.bind(client);
    client.dispatch = (request, handler) => {
      carriers.set(handler, carrier);
      return dispatchOn(request, handler);
    };
    return client;
  };
  return { createClient, connectionOf: (exchange: HttpExchange) => carriers.get(exchange)?.connection ?? '' };
}

function unsent(code: KaspiErrorCode, message: string, requestId: string): KaspiError {
  return new KaspiError(code, message, { effect: 'none', requestId });
}

function dispatch(to: Dispatcher, call: HttpCall, requestId: string, exchange: HttpExchange): void {
  to.dispatch(
    {
      method: call.verb,
      path: call.query === undefined ? call.path : `${call.path}?${new URLSearchParams(call.query).toString()}`,
      headers: {
        accept: 'application/json',
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
        'X-Request-ID': requestId,
      },
      ...(call.body === undefined ? {} : { body: call.body }),
      ...(call.fresh ? { reset: true } : {}),
    },
    exchange,
  );
}
