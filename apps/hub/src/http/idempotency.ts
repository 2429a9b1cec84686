import { createHash } from 'node:crypto';
import type { Person } from './access.ts';
import { doorProblem } from './problem-answer.ts';

/** [decisions: At the till] 16–128 printable characters; a UUID is recommended. */
const KEY = /^[\x21-\x7e]{16,128}$/;

export function readKey(header: unknown): string {
  if (typeof header === 'string' && KEY.test(header)) return header;
  throw doorProblem('key_missing', 'send an Idempotency-Key of 16 to 128 characters, such as a UUID');
}

/**
 * The refund's id follows from who asks, the payment and the key, so that a repeated request finds the same refund without a table
 * of keys: a UUID of version 8 (RFC 9562 §5.8) out of their hash.
 */
export function idempotentRefundId(person: Person, paymentId: string, key: string): string {
  const bytes = createHash('sha256').update(`refund\n${person.name}\n${paymentId}\n${key}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
