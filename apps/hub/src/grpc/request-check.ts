import { isUuid } from '@tolem/base';
import { refusal } from './call-error.ts';

/** Texts of requests are shown to people and stored; longer ones are refused, not cut. */
const TEXT_MAX = 500;

/** A UUID of ours; throws a `CallFailure`. */
export function requireUuid(text: string, member: string): string {
  if (!isUuid(text)) throw refusal('invalid', 'request_invalid', `${member}: a UUID in lower case is expected`);
  return text;
}

/** A text within the limit, or nothing for an empty one; throws a `CallFailure`. */
export function optionalText(text: string, member: string): string | undefined {
  if (text.length > TEXT_MAX) throw refusal('invalid', 'request_invalid', `${member}: at most ${TEXT_MAX} characters`);
  return text === '' ? undefined : text;
}

export function requireText(text: string, member: string): string {
  const value = optionalText(text, member);
  if (value === undefined) throw refusal('invalid', 'request_invalid', `${member}: must not be empty`);
  return value;
}

/** An int64 that fits a JavaScript number exactly and is not negative. */
export function requireCount(value: bigint, member: string): number {
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw refusal('invalid', 'request_invalid', `${member}: out of range`);
  }
  return Number(value);
}
