import { KaspiError } from '../kaspi-error.ts';
import { JsonNumber, type JsonObject, type JsonValue } from './lossless-json.ts';

/** Readers of single members: they return `undefined` where the value has another type, and never throw. */

const INT64 = /^-?\d{1,19}$/;
const INT64_MAX = 2n ** 63n - 1n;

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

/** A member by name without regard to case (notes 1.4); the exact spelling wins where both exist. */
export function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, name)) return value[name];
  const wanted = name.toLowerCase();
  for (const key of Object.keys(value)) if (key.toLowerCase() === wanted) return value[key];
  return undefined;
}

export function readText(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A positive int64 in decimal, from a JSON number or a string of digits. */
export function readId(value: JsonValue | undefined): string | undefined {
  const text = value instanceof JsonNumber ? value.source : typeof value === 'string' ? value.trim() : '';
  if (!INT64.test(text)) return undefined;
  const id = BigInt(text);
  return id > 0n && id <= INT64_MAX ? id.toString() : undefined;
}

/** A whole number within JS's safe range, from a JSON number or a string such as `"- 1601"`. */
export function readInteger(value: JsonValue | undefined): number | undefined {
  const text = value instanceof JsonNumber ? value.source : typeof value === 'string' ? value : '';
  const match = /^\s*([+-]?)\s*(\d{1,15})(?:\.0+)?\s*$/.exec(text);
  if (!match) return undefined;
  const number = Number(`${match[1]}${match[2]}`);
  return Object.is(number, -0) ? 0 : number;
}

export function readTexts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}

/** What a decoder throws where a member without which the answer means nothing is missing. */
export function unreadable(what: string): KaspiError {
  return new KaspiError('answer_unreadable', `the answer holds no readable ${what}`, { effect: 'possible' });
}

export function required<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw unreadable(what);
  return value;
}
