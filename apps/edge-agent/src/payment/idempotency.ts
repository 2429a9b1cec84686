import { sha256Hex } from '@tolem/base';
import type { EdgeStore, KeyRecord } from '../store/edge-store.ts';
import { refusal } from './problems.ts';

/** Shorter keys are receipt numbers that come again; longer ones are mistakes [decisions: at the till]. */
const KEY_LENGTH = { min: 16, max: 128 } as const;

export interface KeyedRequest {
  token: string;
  idempotencyKey: string;
  bodyHash: string;
}

/** The key as it is stored: scoped to the caller's token, and of no use to whoever reads it. Throws `key_invalid`. */
export function hashKey(request: KeyedRequest): string {
  const { length } = request.idempotencyKey;
  if (length < KEY_LENGTH.min || length > KEY_LENGTH.max) {
    throw refusal({
      status: 400,
      code: 'key_invalid',
      detail: `the Idempotency-Key has ${KEY_LENGTH.min} to ${KEY_LENGTH.max} characters; a UUID is recommended`,
    });
  }
  return sha256Hex(`${request.token}\n${request.idempotencyKey}`);
}

/**
 * What a key that was seen before leads to: the id of what it began (same kind, same body, within `repeatMs`), or a refusal:
 * `key_conflict` with another body, `key_used` later. `undefined` for a key that was never used.
 */
export function repeatedId(parts: {
  store: EdgeStore;
  keyHash: string;
  kind: KeyRecord['kind'];
  bodyHash: string;
  nowMs: number;
  repeatMs: number;
}): string | undefined {
  const known = parts.store.key(parts.keyHash);
  if (!known) return undefined;
  const named = known.kind === 'payment' ? { paymentId: known.id } : { refundId: known.id };
  // A clock that was set back a long way does not make last year's key young again.
  if (Math.abs(parts.nowMs - known.createdAtMs) > parts.repeatMs) {
    throw refusal({ status: 409, code: 'key_used', detail: 'this key was used for an earlier operation', ...named });
  }
  if (known.kind !== parts.kind || known.bodyHash !== parts.bodyHash) {
    throw refusal({ status: 409, code: 'key_conflict', detail: 'this key was used with another request', ...named });
  }
  return known.id;
}
