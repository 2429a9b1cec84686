import type { Case } from '../case/case.ts';
import type { Payment } from '../payment/payment.ts';
import type { Refund } from '../refund/refund.ts';
import type { Changes } from './change-recorder.ts';
import type { EventType, HubEvent } from './hub-event.ts';

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

export function caseEvents(before: Case | undefined, after: Case): EventType[] {
  if (before === undefined) return ['case.opened'];
  return before.closedAtMs === undefined && after.closedAtMs !== undefined ? ['case.closed'] : [];
}

/** Everything that a transaction has to tell: its payments first, then refunds, then cases. */
export function eventsOf({ payments, refunds, cases }: Changes): HubEvent[] {
  const told: HubEvent[] = [];
  for (const [subject, { before, after }] of payments) {
    for (const type of paymentEvents(before, after)) told.push({ type, subject, payment: after });
  }
  for (const { before, after } of refunds.values()) {
    for (const type of refundEvents(before, after)) told.push({ type, subject: after.paymentId, refund: after });
  }
  for (const { before, after } of cases.values()) {
    for (const type of caseEvents(before, after)) {
      told.push({ type, subject: after.paymentId ?? after.caseId, case: after });
    }
  }
  return told;
}
