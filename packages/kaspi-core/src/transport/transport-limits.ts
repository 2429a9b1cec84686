/** TCP and TLS together; a dead address hangs rather than refuses (pos-v2.md). */
export const CONNECT_LIMIT_MS = 5_000;
/** From the write to the last byte of the answer. The bank answers in under a second; decisions.md gives terminals a minute. */
export const ANSWER_LIMIT_MS = 30_000;
/** Bytes of one answer. The largest that the documents know, a list of trade points, stays far below. */
export const BODY_LIMIT_BYTES = 1024 * 1024;
/** How long calls in flight may end on credentials that have been replaced, or on a transport that is closing. */
export const DRAIN_LIMIT_MS = 60_000;
/** Idle connections are given up before nginx (75 s) or a firewall does: a write into a closed one is an unknown outcome. */
export const IDLE_LIMIT_MS = 20_000;
/** Enough for 200 calls a second at 80 ms; see `poolSize`. */
export const DEFAULT_CONNECTIONS = 32;
/** More calls than this waiting for a connection mean that something is broken; further ones are refused. */
export const WAITING_CALLS_LIMIT = 10_000;

/**
 * How many connections a rate needs: rate × latency × 2. With fewer, calls wait in line (64 connections at 80 ms and 2,000
 * calls a second wait 6.7 s; 256 do not wait).
 */
export function poolSize(load: { callsPerSecond: number; latencyMs: number }): number {
  return Math.max(2, Math.ceil((load.callsPerSecond * load.latencyMs * 2) / 1000));
}
