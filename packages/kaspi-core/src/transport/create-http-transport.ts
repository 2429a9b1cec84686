import type { Context } from '@tolem/base';
import { KaspiError } from '../kaspi-error.ts';
import { type ConnectionPool, createConnectionPool } from './connection-pool.ts';
import type { HttpAnswer, HttpCall, HttpTransport, TlsOptions } from './http-transport.ts';
import { ANSWER_LIMIT_MS, CONNECT_LIMIT_MS, DEFAULT_CONNECTIONS } from './transport-limits.ts';

export interface HttpTransportOptions {
  context: Pick<Context, 'clock' | 'ids' | 'log'>;
  /** `https://host:port` without a path; `http:` only for terminals that speak v1. */
  origin: string;
  tls?: TlsOptions;
  /** Connections at most: rate × latency × 2 (`poolSize`). Default 32. */
  connections?: number;
  /** TCP and TLS. Default 5 s. */
  connectLimitMs?: number;
  /** From the write to the end of the answer. Default 30 s. */
  answerLimitMs?: number;
}

/** Throws `credentials_invalid`, `credentials_legacy` or `request_invalid` (a bad origin); opens no connection yet. */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const { ids, clock, log } = options.context;
  const poolOn = (tls: TlsOptions): ConnectionPool =>
    createConnectionPool({
      context: options.context,
      origin: checkedOrigin(options.origin),
      tls,
      connections: options.connections ?? DEFAULT_CONNECTIONS,
      connectLimitMs: options.connectLimitMs ?? CONNECT_LIMIT_MS,
      answerLimitMs: options.answerLimitMs ?? ANSWER_LIMIT_MS,
    });
  let current = poolOn(options.tls ?? {});
  let isClosed = false;
  let replacing: Promise<unknown> = Promise.resolve();
  const draining = new Set<Promise<void>>();

  /** The path alone is logged: tokens and phone numbers travel in queries, headers and bodies. */
  const sendOn = async (pool: ConnectionPool, call: HttpCall): Promise<HttpAnswer> => {
    const requestId = ids.uuid().replaceAll('-', '');
    if (isClosed) throw new KaspiError('closed', 'the transport is closed', { effect: 'none', requestId });
    const startedMono = clock.monoMs();
    const about = { verb: call.verb, path: call.path, requestId };
    const ms = () => Math.round(clock.monoMs() - startedMono);
    try {
      const answer = await pool.send(call, requestId);
      log.debug({ ...about, status: answer.status, ms: ms() }, 'kaspi call answered');
      return answer;
    } catch (error) {
      const known = error instanceof KaspiError ? { reason: error.code, effect: error.effect } : {};
      log.debug({ ...about, ...known, ms: ms() }, 'kaspi call failed');
      throw error;
    }
  };
  const drain = (pool: ConnectionPool): Promise<void> => {
    const drained = pool.drain().finally(() => draining.delete(drained));
    draining.add(drained);
    return drained;
  };
  const replace = async (next: TlsOptions, probe: (send: HttpTransport['send']) => Promise<void>): Promise<void> => {
    const candidate = poolOn(next);
    try {
      await probe((call) => sendOn(candidate, call));
    } catch (error) {
      await candidate.drain();
      throw error;
    }
    if (isClosed) {
      await candidate.drain();
      throw new KaspiError('closed', 'the transport was closed meanwhile', { effect: 'none' });
    }
    const old = current;
    current = candidate;
    log.info({ origin: options.origin }, 'credentials replaced; calls in flight end on the old ones');
    drain(old).catch((error: unknown) => log.warn({ error }, 'the old connections did not close cleanly'));
  };
  return {
    send: (call) => sendOn(current, call),
    replaceCredentials(next, probe) {
      // One at a time: two probes at once could put the older credentials last.
      const turn = replacing.then(() => replace(next, probe));
      replacing = turn.catch(() => undefined);
      return turn;
    },
    async close() {
      isClosed = true;
      await Promise.all([drain(current), ...draining]);
    },
  };
}

function checkedOrigin(origin: string): string {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  const isBare = url !== undefined && url.pathname === '/' && url.search === '' && url.username === '';
  if (!isBare || !/^https?:$/.test(url.protocol)) {
    throw new KaspiError('request_invalid', 'the address must look like https://host:port', { effect: 'none' });
  }
  return url.origin;
}
