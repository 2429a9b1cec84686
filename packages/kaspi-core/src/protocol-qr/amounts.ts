import { Money } from '@tolem/base';
import { JsonNumber, type JsonValue, type RawJson, rawNumber } from '../json/lossless-json.ts';
import { KaspiError } from '../kaspi-error.ts';

const DECIMAL = /^(\d{1,15})(?:\.(\d{1,30}))?$/;
/** From this many decimals on, digits beyond tiyn are taken for the rounding noise of a double (`0.09999999999999964`). */
const DOUBLE_NOISE_DECIMALS = 9;

/**
 * An amount in tenge from a JSON number (or a string of the same form), exact to the tiyn.
 * `undefined` for anything else: negative, with an exponent, with real fractions of a tiyn, too large.
 */
export function readAmount(value: JsonValue | undefined): Money | undefined {
  const text = value instanceof JsonNumber ? value.source : typeof value === 'string' ? value.trim() : '';
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, whole = '0', decimals = ''] = match;
  const tiyn = BigInt(whole) * 100n + BigInt(decimals.slice(0, 2).padEnd(2, '0'));
  const beyond = decimals.slice(2);
  if (!/[1-9]/.test(beyond)) return Money.fromTiyn(tiyn);
  if (decimals.length < DOUBLE_NOISE_DECIMALS) return undefined;
  if (/^0{4}/.test(beyond)) return Money.fromTiyn(tiyn);
  if (/^9{4}/.test(beyond)) return Money.fromTiyn(tiyn + 1n);
  return undefined;
}

/** A positive amount as a JSON number with exactly two decimals, `200.00` [QR 3.9 §4.3.1]. Throws `request_invalid`. */
export function writeAmount(amount: Money): RawJson {
  if (!amount.isPositive) throw new KaspiError('request_invalid', 'the amount must be positive', { effect: 'none' });
  return rawNumber(amount.toString());
}
