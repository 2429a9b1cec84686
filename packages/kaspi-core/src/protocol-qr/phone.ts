import { KaspiError } from '../kaspi-error.ts';

const KAZAKH_MOBILE = /^7\d{9}$/;

/**
 * A Kazakhstan mobile number as the bank wants it: eleven digits with a leading 8 (notes 8).
 * Takes `+7 707 777 77 77`, `87077777777`, `7077777777`. Throws `request_invalid` for anything else, such as the ten digits
 * `8707777777` in [QR 3.9 §4.6.2], where a digit is missing: an invoice must not go to a guessed number.
 */
export function normalisePhone(text: string): string {
  const compact = text.replace(/[\s()-]/g, '');
  const digits = compact.startsWith('+7') ? compact.slice(2) : compact;
  const national = digits.length === 11 && /^[78]/.test(digits) && !compact.startsWith('+') ? digits.slice(1) : digits;
  if (!KAZAKH_MOBILE.test(national)) {
    throw new KaspiError('request_invalid', 'not a mobile number of Kazakhstan', { effect: 'none' });
  }
  return `8${national}`;
}
