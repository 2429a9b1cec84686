import { JsonNumber, type JsonValue, type RawJson } from '../json/lossless-json.ts';
import { member, readId, required } from '../json/read-json.ts';
import { KaspiError } from '../kaspi-error.ts';
import type { DeviceToken } from './qr-api.ts';

/**
 * DeviceToken is a string in most methods and "Int64" in others (notes 1.4): we keep what registration gave, as a JSON
 * literal, and send it back in the same JSON type.
 */
const TOKEN_LENGTH_LIMIT = 200;
const NUMERIC = /^[1-9]\d{0,18}$/;

/** The `DeviceToken` of a `device/register` answer. */
export function readDeviceToken(data: JsonValue | undefined): DeviceToken {
  const value = member(data, 'DeviceToken');
  if (typeof value === 'string' && value.length > 0 && value.length <= TOKEN_LENGTH_LIMIT) return JSON.stringify(value);
  return required(value instanceof JsonNumber ? readId(value) : undefined, 'DeviceToken');
}

/** As a member of a request's body. */
export function tokenInJson(token: DeviceToken): RawJson {
  tokenInQuery(token);
  return JSON.rawJSON(token);
}

/** As a value of a query: the bare text, not yet encoded. Throws `request_invalid` for what is no token of ours. */
export function tokenInQuery(token: DeviceToken): string {
  if (NUMERIC.test(token)) return token;
  const text = token.startsWith('"') && token.length <= TOKEN_LENGTH_LIMIT * 6 ? parseString(token) : undefined;
  if (!text) {
    throw new KaspiError('request_invalid', 'a device token is a JSON string or number as registration gave it', {
      effect: 'none',
    });
  }
  return text;
}

function parseString(literal: string): string | undefined {
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
