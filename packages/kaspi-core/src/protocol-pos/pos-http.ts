/**
 * The port through which a terminal client talks: GET requests to one terminal, whole answers as bytes.
 *
 * `get` rejects with `KaspiError` only where no whole answer came: `connect_failed` and `tls_failed` with `effect: none`,
 * `timeout`, `connection_lost` and `answer_too_large` with `effect: possible`. It never repeats a request by itself,
 * because terminals take payments by GET. A connection that does not stand within 5 s is `connect_failed`: a dead address hangs
 * rather than refuses [pos-v2 Operations].
 */
export interface PosHttp {
  get(path: string, query: PosQuery, options: PosCallOptions): Promise<PosAnswer>;
  close(): Promise<void>;
}

/** Decoded values; the transport encodes them. */
export type PosQuery = Readonly<Record<string, string>>;

export interface PosCallOptions {
  headers?: Readonly<Record<string, string>>;
  /** Open a connection for this one call and close it afterwards: a kept connection may be dead without our knowing. */
  fresh: boolean;
  /** How long to wait for the whole answer after the connection stands. */
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface PosAnswer {
  status: number;
  body: Uint8Array;
  /** Names the connection that carried this answer; another name means another connection, perhaps to another terminal. */
  connection: string;
}

/** Payments, refunds and token refreshes: their answer may not be lost lightly (decisions: "Terminals"). */
export const ANSWER_LIMIT_MS = 60_000;
/** Reads lose nothing by a cut: they are asked again within a second. */
export const READ_LIMIT_MS = 15_000;
/** The terminal asks its person for up to 180 s [pos-v2 Pairing]; the margin is for its answer to travel. */
export const PAIRING_LIMIT_MS = 185_000;
