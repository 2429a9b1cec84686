import { KaspiError } from '../kaspi-error.ts';

declare global {
  /** ECMAScript 2026, JSON.parse source text access; Node 22 and newer have it. */
  interface JSON {
    parse(
      text: string,
      reviver: (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown;
    rawJSON(text: string): RawJson;
  }
}

/** A piece of JSON text that `JSON.stringify` writes as it stands. */
export interface RawJson {
  readonly rawJSON: string;
}

/** A JSON number as it was written: int64 ids and `200.00` do not survive a JS number. */
export class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type JsonValue = null | boolean | string | JsonNumber | JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Kaspi's answers are at most four levels deep; the rest is an attack on the stack. */
export const JSON_DEPTH_LIMIT = 32;

/**
 * Parses JSON without losing digits: every number becomes a `JsonNumber`. Bytes must be UTF-8; a byte order mark is skipped.
 * Throws `answer_unreadable` with `effect: possible`: an answer came, so the request had been sent.
 */
export function parseJson(bytes: Uint8Array | string): JsonValue {
  try {
    const text = typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    refuseDepth(text);
    return JSON.parse(text, wrapNumber) as JsonValue;
  } catch (cause) {
    if (cause instanceof KaspiError) throw cause;
    // The parser's own message quotes the text, which may hold a token or a name.
    throw new KaspiError('answer_unreadable', 'the answer is not JSON', { effect: 'possible' });
  }
}

function wrapNumber(_key: string, value: unknown, context: { source?: string }): unknown {
  return typeof value === 'number' ? new JsonNumber(context.source ?? String(value)) : value;
}

function refuseDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') {
      depth++;
      if (depth > JSON_DEPTH_LIMIT) {
        throw new KaspiError('answer_unreadable', `the answer is nested deeper than ${JSON_DEPTH_LIMIT} levels`, {
          effect: 'possible',
        });
      }
    } else if (char === '}' || char === ']') depth--;
  }
}

export type WireValue = null | boolean | string | RawJson | WireValue[] | WireObject | undefined;
export interface WireObject {
  readonly [key: string]: WireValue;
}

/** Writes JSON; numbers are passed as `rawNumber`, so that no digit goes through a JS number. */
export function writeJson(value: WireObject): string {
  return JSON.stringify(value);
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** A JSON number with exactly these digits. */
export function rawNumber(digits: string): RawJson {
  if (!NUMBER.test(digits)) throw new KaspiError('request_invalid', 'not a decimal number', { effect: 'none' });
  return JSON.rawJSON(digits);
}
