/**
 * One peer over HTTP(S): a pool of keep-alive connections, a client certificate that can be replaced while calls are in
 * flight, and an honest `effect` on every failure. `createHttpTransport` implements it; protocol clients take it as a port.
 */
export interface HttpTransport {
  /**
   * Sends one request, once: never repeated by itself, because Kaspi terminals take payments by GET.
   * Any HTTP status is an answer. Rejects with `KaspiError` where no whole answer came:
   * - `effect: none`: `connect_failed`, `tls_failed` (nothing was written), `closed`, `send_deadline_passed`, `request_invalid`;
   * - `effect: possible`: `timeout`, `connection_lost`, `answer_too_large`.
   */
  send(call: HttpCall): Promise<HttpAnswer>;
  /**
   * Puts new credentials in the place of the old without losing a call: a connection pool is built on them, `probe` calls
   * through it, and only when it resolves do new calls go there. Calls in flight end on the old pool, which is given
   * `DRAIN_LIMIT_MS`. When `probe` rejects, the old credentials stay and the error is passed on.
   */
  replaceCredentials(next: TlsOptions, probe: (send: HttpTransport['send']) => Promise<void>): Promise<void>;
  /** Refuses new calls, waits for those in flight up to `DRAIN_LIMIT_MS`, then cuts them (`connection_lost`). */
  close(): Promise<void>;
}

export interface HttpCall {
  verb: 'GET' | 'POST';
  /** Begins with `/`, values already encoded, without a query. This is what the log shows. */
  path: string;
  /** Decoded values; never logged, since tokens and phone numbers travel here. */
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  /** JSON text; sent as `application/json`. */
  body?: string;
  /** A connection for this call alone, closed afterwards: a kept connection may be dead without our knowing. */
  fresh?: boolean;
  /** How long to wait for the whole answer once the request has been handed to a connection. */
  answerLimitMs?: number;
  /** The wall-clock moment (Unix milliseconds) after which the request must not be written any more. */
  sendByMs?: number;
  signal?: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  body: Uint8Array;
  /** The `X-Request-ID` that was sent. */
  requestId: string;
  /** Names the connection that carried the answer; another name is another connection, perhaps to another machine. */
  connection: string;
}

export interface TlsOptions {
  /** Ours; without it no client certificate is sent. */
  identity?: ClientIdentity;
  /** PEM certificates that are trusted; given, they replace the system's roots. */
  ca?: readonly string[];
  /** SHA-256 (hex, colons allowed) of the roots of which one must end the peer's chain [QR 3.9 annex 1, 5]. */
  rootPins?: readonly string[];
  /** The name in the peer's certificate where it differs from the address: a terminal is reached by IP as `x.kaspipos.kz`. */
  serverName?: string;
  /** `off` accepts any certificate: only by an explicit setting that the fleet view shows as "unverified". Default `on`. */
  verification?: 'on' | 'off';
}

export type ClientIdentity =
  | { pfx: Uint8Array; passphrase: string }
  | { certificate: string; privateKey: string; passphrase?: string };
