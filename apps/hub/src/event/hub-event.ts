import type { Case } from '../case/case.ts';
import type { Payment } from '../payment/payment.ts';
import type { Refund } from '../refund/refund.ts';

/** Every type of event that the hub tells, in the order of a payment's life. */
export const EVENT_TYPES = [
  'payment.created',
  'payment.awaiting_scan',
  'payment.awaiting_confirmation',
  'payment.paid',
  'payment.failed',
  'payment.expired',
  'payment.cancelled',
  'payment.unknown',
  'payment.late',
  'payment.collected',
  'payment.final',
  'refund.requested',
  'refund.approved',
  'refund.sent',
  'refund.confirmed',
  'refund.declined',
  'refund.unknown',
  'case.opened',
  'case.closed',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What one transaction did to one record, told once. */
export interface HubEvent {
  type: EventType;
  /** The payment, or a case that belongs to none: events of one subject are told in order. */
  subject: string;
  payment?: Payment;
  refund?: Refund;
  case?: Case;
}
