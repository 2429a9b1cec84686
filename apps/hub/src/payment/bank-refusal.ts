import type { ProblemError } from '@tolem/base';
import { KaspiError, type KaspiErrorCode } from '@tolem/kaspi-core';
import { type ProblemCode, problem } from '../problem-catalogue.ts';

/** The bank's explicit refusals as our callers know them; every other refusal is `bank_refused` with the bank's sentence. */
const REFUSALS: Partial<Record<KaspiErrorCode, ProblemCode>> = {
  amount_invalid: 'amount_invalid',
  device_not_found: 'device_unknown',
  device_inactive: 'device_disabled',
  device_at_other_trade_point: 'device_at_other_trade_point',
  trade_point_not_found: 'trade_point_unknown',
  no_trade_points: 'trade_point_unknown',
  refund_exceeds_payment: 'refund_exceeds_payment',
  not_offered: 'method_not_offered',
};

/** Codes with `effect: none` that are about reaching the bank, not about the request: worth another try. */
const NOT_REFUSALS: ReadonlySet<KaspiErrorCode> = new Set([
  'connect_failed',
  'tls_failed',
  'closed',
  'send_deadline_passed',
]);

/** The problem for an explicit refusal of the bank (nothing moved, repeating is useless); `undefined` for anything else. */
export function bankRefusal(
  error: unknown,
  about: { paymentId?: string; refundId?: string } = {},
): ProblemError | undefined {
  if (!(error instanceof KaspiError) || error.effect !== 'none' || NOT_REFUSALS.has(error.code)) return undefined;
  const peer =
    error.peerCode === undefined ? '' : ` (${error.peerCode}${error.peerMessage ? `: ${error.peerMessage}` : ''})`;
  return problem(REFUSALS[error.code] ?? 'bank_refused', `${error.code}${peer}`, about, error);
}
