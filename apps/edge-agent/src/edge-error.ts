import { type Effect, type ErrorDetails, TolemError } from '@tolem/base';

/**
 * Why the agent's core cannot do something.
 *
 * `hub_unreachable` no answer from the hub, the call may have been performed; `hub_not_found` the hub holds nothing under that
 * id; `superseded` another process has taken our session; `disk_full` nothing was written; `journal_locked` another
 * process uses the same folder; `journal_unusable` the journal can be neither read nor begun anew; `journal_closed`;
 * `refund_exceeds_payment` the journal's own constraint; `identity_invalid` the bundle cannot be used;
 * `too_large` a message is larger than the bus carries, and was not handed over.
 */
export type EdgeErrorCode =
  | 'hub_unreachable'
  | 'hub_not_found'
  | 'superseded'
  | 'disk_full'
  | 'journal_locked'
  | 'journal_unusable'
  | 'journal_closed'
  | 'refund_exceeds_payment'
  | 'identity_invalid'
  | 'too_large';

export class EdgeError extends TolemError<EdgeErrorCode> {
  /** What a failed call may have done at the other side. */
  readonly effect: Effect;

  constructor(code: EdgeErrorCode, message: string, details: ErrorDetails & { effect?: Effect } = {}) {
    super(code, message, details);
    this.effect = details.effect ?? 'none';
  }
}

export function isEdgeError(error: unknown, code: EdgeErrorCode): error is EdgeError {
  return error instanceof EdgeError && error.code === code;
}
