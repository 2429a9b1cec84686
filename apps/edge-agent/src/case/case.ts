import type { Money } from '@tolem/base';

/**
 * Something at the edge that a person must look at; it travels to the hub as a fact and is shown there beside the hub's own.
 *
 * `not_collected` paid and never fetched by the till · `start_answer_lost` · `terminal_unknown` the terminal looked it up and still does not know · `terminal_unreachable`
 * it has been silent for long · `terminal_removed` it left the configuration · `amount_mismatch` · `first_amount_unread` the first
 * payment of a terminal could not be compared · `amount_unread` nor a later one (small: the terminal counts as we do) · `watch_over` a terminal never told the outcome · `process_not_found` it no longer knows the operation · `contradicted` the terminal or
 * the hub says otherwise than a person did · `status_unlisted` a word in no document · `journal_lost` · `journal_refused` the hub
 * cannot take a row · `paid_after_none` money moved although the till was told that none did · `refund_unknown`.
 */
export type CaseKind =
  | 'not_collected'
  | 'start_answer_lost'
  | 'terminal_unknown'
  | 'terminal_unreachable'
  | 'terminal_removed'
  | 'amount_mismatch'
  | 'first_amount_unread'
  | 'amount_unread'
  | 'watch_over'
  | 'process_not_found'
  | 'contradicted'
  | 'status_unlisted'
  | 'journal_lost'
  | 'journal_refused'
  | 'paid_after_none'
  | 'refund_unknown';

export interface EdgeCase {
  caseId: string;
  kind: CaseKind;
  /** One open case per kind and subject: a payment's, refund's or terminal's id, or empty. */
  subject: string;
  open: boolean;
  paymentId?: string;
  refundId?: string;
  amount?: Money;
  detail: Record<string, string>;
  openedAtMs: number;
  closedBy?: string;
  closeReason?: string;
}
