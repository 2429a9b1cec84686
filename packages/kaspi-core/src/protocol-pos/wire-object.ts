import { JsonNumber, type JsonValue, parseJson } from '../json/lossless-json.ts';
import { isObject } from '../json/read-json.ts';
import { KaspiError } from '../kaspi-error.ts';

/**
 * JSON of a terminal as its decoders read it: every scalar is text (numbers keep their digits), keys are found whatever
 * their case, and nonsense is `undefined`, never an exception: an unreadable answer says nothing about a payment.
 */
export interface WireObject {
  has(key: string): boolean;
  /** Text of a string, number or boolean; `undefined` for null, blank text, arrays and objects. */
  text(key: string): string | undefined;
  object(key: string): WireObject | undefined;
  /** The members that are text, with their keys as they came. */
  texts(): [string, string][];
}

/** Reads one JSON object from UTF-8 bytes; `undefined` for anything else. */
export function readWireObject(body: Uint8Array): WireObject | undefined {
  try {
    return toWireObject(parseJson(body));
  } catch (error) {
    if (error instanceof KaspiError) return undefined;
    throw error;
  }
}

function toWireObject(value: JsonValue | undefined): WireObject | undefined {
  if (!isObject(value)) return undefined;
  const folded = new Map(Object.entries(value).map(([key, member]) => [key.toLowerCase(), member]));
  const get = (key: string) => (Object.hasOwn(value, key) ? value[key] : folded.get(key.toLowerCase()));
  return {
    has: (key) => get(key) !== undefined,
    text: (key) => toText(get(key)),
    object: (key) => toWireObject(get(key)),
    texts: () =>
      Object.entries(value).flatMap(([key, member]): [string, string][] => {
        const text = toText(member);
        return text === undefined ? [] : [[key, text]];
      }),
  };
}

function toText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber) return value.source;
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
