import { readFileSync } from 'node:fs';
import { KaspiError } from '../kaspi-error.ts';
import type { PosAnswer, PosCallOptions, PosHttp, PosQuery } from './pos-http.ts';

export interface ScriptedCall {
  path: string;
  query: PosQuery;
  headers: Readonly<Record<string, string>>;
  fresh: boolean;
  timeoutMs: number;
}

/** What a test answers: `body` is JSON or text; a lost answer is `lose()`, a dead address `refuseConnection()`. */
export type ScriptedAnswer = { status?: number; body: unknown; connection?: string } | KaspiError;

/** A terminal's side of the wire for tests: `answer` decides call by call, `calls` remembers. */
export interface ScriptedPosHttp extends PosHttp {
  readonly calls: ScriptedCall[];
}

export function createScriptedPosHttp(
  answer: (call: ScriptedCall, index: number) => ScriptedAnswer | Promise<ScriptedAnswer>,
): ScriptedPosHttp {
  const calls: ScriptedCall[] = [];
  return {
    calls,
    async get(path: string, query: PosQuery, options: PosCallOptions): Promise<PosAnswer> {
      const { headers = {}, fresh, timeoutMs } = options;
      const call = { path, query, headers, fresh, timeoutMs };
      calls.push(call);
      const scripted = await answer(call, calls.length - 1);
      if (scripted instanceof KaspiError) throw scripted;
      return {
        status: scripted.status ?? 200,
        body: toBytes(scripted.body),
        connection: scripted.connection ?? (fresh ? `fresh-${calls.length}` : 'kept-1'),
      };
    },
    close: async () => {},
  };
}

/** An answer as the documents print it, from `fixtures/pos`. */
export function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`../../fixtures/pos/${name}`, import.meta.url));
}

export function lose(): KaspiError {
  return new KaspiError('connection_lost', 'cut before an answer', { effect: 'possible' });
}

export function refuseConnection(): KaspiError {
  return new KaspiError('connect_failed', 'nothing answers', { effect: 'none' });
}

function toBytes(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}
