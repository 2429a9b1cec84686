import type { Context } from '@tolem/base';
import { createHttpTransport } from '../transport/create-http-transport.ts';
import type { TlsOptions } from '../transport/http-transport.ts';
import { CONNECT_LIMIT_MS } from '../transport/transport-limits.ts';
import { ANSWER_LIMIT_MS, type PosHttp } from './pos-http.ts';
import type { TerminalApiVersion } from './terminal-api.ts';

export interface PosHttpOptions {
  context: Pick<Context, 'clock' | 'ids' | 'log'>;
  /** Name or IP address of the terminal in the shop's network; an IPv6 address without brackets. */
  host: string;
  /** 8080 in both documents. */
  port?: number;
  /** v2 speaks TLS, v1 plain HTTP. */
  version: TerminalApiVersion;
  /** v2: own CA where the terminal's chain is not publicly trusted; the name in its certificate; `verification: 'off'` only on purpose. */
  tls?: Pick<TlsOptions, 'ca' | 'serverName' | 'verification'>;
}

/** Any name under the wildcard of the terminals' certificate `*.kaspipos.kz` [pos-v2 Transport]. */
const SERVER_NAME = 'terminal.kaspipos.kz';

/** One terminal over the network: a single kept connection for reads, a new one for each call that asks for it. */
export function createPosHttp(options: PosHttpOptions): PosHttp {
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const scheme = options.version === 'v2' ? 'https' : 'http';
  const transport = createHttpTransport({
    context: options.context,
    origin: `${scheme}://${host}:${options.port ?? 8080}`,
    ...(options.version === 'v2' ? { tls: { serverName: SERVER_NAME, ...options.tls } } : {}),
    // One, so that the serial number and the statuses travel over the same connection.
    connections: 1,
    connectLimitMs: CONNECT_LIMIT_MS,
    answerLimitMs: ANSWER_LIMIT_MS,
  });
  return {
    get: (path, query, { headers, fresh, timeoutMs, signal }) =>
      transport.send({
        verb: 'GET',
        path,
        query,
        fresh,
        answerLimitMs: timeoutMs,
        ...(headers ? { headers } : {}),
        ...(signal ? { signal } : {}),
      }),
    close: () => transport.close(),
  };
}
