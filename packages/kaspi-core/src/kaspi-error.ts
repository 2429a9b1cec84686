import { type Effect, type ErrorDetails, TolemError } from '@tolem/base';

/**
 * Why a call to a Kaspi system gave no usable answer.
 *
 * Transport: `connect_failed` (nothing was sent: no TCP connection, refused, no route, DNS), `tls_failed` (handshake),
 * `timeout` (sent, no answer in time), `connection_lost` (sent, cut before a whole answer), `http_error` (a status without a
 * readable envelope), `answer_unreadable`, `answer_too_large`, `closed` (our client was shut down, or the caller gave up,
 * before sending), `send_deadline_passed` (too late to send, so it was not sent), `credentials_invalid` (our certificate, key
 * or passphrase cannot be used), `credentials_legacy` (a PFX with an old cipher that must be re-packed).
 *
 * QR API: `unavailable` (−999), `unauthenticated` (−10000), one word per entry of annex 3, `unlisted_code`.
 * POS LAN API: `pairing_needed` (401, 105), `process_not_found` (101), `previous_operation_open` (107), `cannot_actualize` (103),
 * `parameter_invalid` (999), `terminal_refused` (a definite refusal with the terminal's own sentence), `unlisted_code`,
 * `wrong_terminal` (another serial number answers at this address), `tokens_not_stored` (our own disk refused the new pair).
 * Ours, refused before anything was sent: `request_invalid`, `not_offered` (the scheme has no such method).
 */
export type KaspiErrorCode =
  | 'connect_failed'
  | 'tls_failed'
  | 'timeout'
  | 'connection_lost'
  | 'http_error'
  | 'answer_unreadable'
  | 'answer_too_large'
  | 'closed'
  | 'send_deadline_passed'
  | 'credentials_invalid'
  | 'credentials_legacy'
  | 'request_invalid'
  | 'not_offered'
  | 'unavailable'
  | 'unauthenticated'
  | 'device_not_found'
  | 'device_inactive'
  | 'device_at_other_trade_point'
  | 'payment_not_found'
  | 'no_trade_points'
  | 'trade_point_not_found'
  | 'refund_exceeds_payment'
  | 'refund_failed_try_again'
  | 'trade_point_disabled'
  | 'trade_point_without_qr'
  | 'amount_invalid'
  | 'no_payment_methods'
  | 'refund_from_other_trade_point'
  | 'payment_not_refundable'
  | 'partial_refund_impossible'
  | 'unlisted_code'
  | 'pairing_needed'
  | 'process_not_found'
  | 'previous_operation_open'
  | 'cannot_actualize'
  | 'parameter_invalid'
  | 'terminal_refused'
  | 'wrong_terminal'
  | 'tokens_not_stored';

export interface KaspiErrorDetails extends ErrorDetails {
  /** What the failed call may have done at Kaspi's side. */
  effect: Effect;
  /** The bank's or the terminal's own number, as it came. */
  peerCode?: number;
  /** The peer's own sentence, as it came (cut to 300 characters). */
  peerMessage?: string;
  httpStatus?: number;
  requestId?: string;
}

export class KaspiError extends TolemError<KaspiErrorCode> {
  readonly effect: Effect;
  readonly peerCode: number | undefined;
  readonly peerMessage: string | undefined;
  readonly httpStatus: number | undefined;
  readonly requestId: string | undefined;

  constructor(code: KaspiErrorCode, message: string, details: KaspiErrorDetails) {
    super(code, message, details);
    this.effect = details.effect;
    this.peerCode = details.peerCode;
    this.peerMessage = details.peerMessage;
    this.httpStatus = details.httpStatus;
    this.requestId = details.requestId;
  }
}
