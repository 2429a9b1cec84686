import type { Case } from '../case/case.ts';
import type { Payment } from '../payment/payment.ts';
import type { Refund } from '../refund/refund.ts';
import type { EventType } from './webhook.ts';

/** What a change of a payment is told as: a new payment by its creation and its status, a stored one by what is new about it. */
export function paymentEvents(before: Payment | undefined, after: Payment): EventType[] {
  if (before === undefined) {
    return after.status === 'created' ? ['payment.created'] : ['payment.created', `payment.${after.status}`];
  }
  // The status says most; its event carries late money and the rest in its body.
  if (before.status !== after.status) return [`payment.${after.status}`];
  if (before.late?.outcome !== after.late?.outcome) return ['payment.late'];
  if (before.collectedAtMs === undefined && after.collectedAtMs !== undefined) return ['payment.collected'];
  return !before.final && after.final ? ['payment.final'] : [];
}

export function refundEvents(before: Pick<Refund, 'status'> | undefined, after: Pick<Refund, 'status'>): EventType[] {
  return before?.status === after.status ? [] : [`refund.${after.status}`];
}

/** A case about a webhook is for people only: an endpoint that is down is not told about itself. */
export function caseEvents(before: Case | undefined, after: Case): EventType[] {
  if (after.kind === WEBHOOK_CASE) return [];
  if (before === undefined) return ['case.opened'];
  return before.closedAtMs === undefined && after.closedAtMs !== undefined ? ['case.closed'] : [];
}

/** The kind of the case that is opened when an endpoint's events are given up. */
export const WEBHOOK_CASE = 'webhook_given_up';
