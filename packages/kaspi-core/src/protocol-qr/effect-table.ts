import type { Effect } from '@tolem/base';
import { KaspiError } from '../kaspi-error.ts';
import type { QrCode } from './codes.ts';

/**
 * The one table of the QR API that decides what a failed call may have done and how it may be repeated (notes 1.4, 1.5).
 *
 * `changes`: false for reads: whatever went wrong, they did nothing (`effect: none`).
 * `repeat`:
 * - `safe`: the same call again does no harm;
 * - `anew`: a lost answer may leave a purchase that nobody has seen and nobody can pay: asking for another one is safe;
 * - `read_first`: read the status (or the details), then decide;
 * - `never`: money may have moved, or the customer has seen it; a person or a comparison decides.
 */
export interface QrMethodRule {
  changes: boolean;
  repeat: 'safe' | 'anew' | 'read_first' | 'never';
}

export const QR_METHOD_RULES = {
  listTradePoints: { changes: false, repeat: 'safe' },
  registerDevice: { changes: true, repeat: 'safe' },
  deleteDevice: { changes: true, repeat: 'safe' },
  createQr: { changes: true, repeat: 'anew' },
  createLink: { changes: true, repeat: 'anew' },
  readStatus: { changes: false, repeat: 'safe' },
  readDetails: { changes: false, repeat: 'safe' },
  refund: { changes: true, repeat: 'never' },
  findPayer: { changes: false, repeat: 'safe' },
  createInvoice: { changes: true, repeat: 'never' },
  cancelInvoice: { changes: true, repeat: 'read_first' },
  ping: { changes: false, repeat: 'safe' },
  emulate: { changes: true, repeat: 'safe' },
  createRefundCode: { changes: true, repeat: 'anew' },
  readRefundCode: { changes: false, repeat: 'safe' },
  listCustomerPurchases: { changes: false, repeat: 'safe' },
} as const satisfies Record<string, QrMethodRule>;

export type QrMethod = keyof typeof QR_METHOD_RULES;

/**
 * What an answered StatusCode says about the call. Only an explicit refusal proves that nothing happened, and not where a
 * server error (HTTP 5xx) carries it: then somebody between us and the bank may have spoken. For what must never be repeated
 * any HTTP error leaves the doubt [decisions: refunds].
 */
export function effectOfCode(method: QrMethod, code: QrCode, httpStatus: number): Effect {
  if (!QR_METHOD_RULES[method].changes) return 'none';
  const believedBelow = QR_METHOD_RULES[method].repeat === 'never' ? 300 : 500;
  return code.refusal && httpStatus < believedBelow ? 'none' : 'possible';
}

/** A failure of transport or reading, with the method taken into account: a read did nothing. */
export function withEffectOf(method: QrMethod, error: unknown): unknown {
  if (!(error instanceof KaspiError) || QR_METHOD_RULES[method].changes || error.effect === 'none') return error;
  return new KaspiError(error.code, error.message, {
    effect: 'none',
    cause: error.cause,
    ids: error.ids,
    ...(error.peerCode === undefined ? {} : { peerCode: error.peerCode }),
    ...(error.peerMessage === undefined ? {} : { peerMessage: error.peerMessage }),
    ...(error.httpStatus === undefined ? {} : { httpStatus: error.httpStatus }),
    ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
  });
}
