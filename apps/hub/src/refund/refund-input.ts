import type { Money, Step } from '@tolem/base';
import type { HubIntervals } from '../hub-settings.ts';
import type { Refund } from './refund.ts';

/** Scheme 2: the customer of this refund is known to the bank no more, so it must not be sent, the first time or again. */
interface AtTheTill {
  isCustomerGone?: boolean;
}

/** Everything that can happen to a refund. `nowMs` is the database's clock; `askedAtMs` is when a read of the bank began. */
export type RefundInput =
  | { kind: 'approved'; nowMs: number }
  /** `available` as the bank tells it; `expected` is what was paid less our confirmed refunds. */
  | ({ kind: 'available_read'; nowMs: number; askedAtMs: number; available: Money; expected: Money } & AtTheTill)
  | ({ kind: 'read_failed'; nowMs: number; askedAtMs: number; code: string } & AtTheTill)
  /** The bank refused the read itself: repeating it is useless. */
  | ({ kind: 'read_refused'; nowMs: number; code: string; detail: string } & AtTheTill)
  | { kind: 'answered'; nowMs: number; bankRefundId: string }
  /** An explicit refusal of the bank: nothing moved. */
  | { kind: 'refused'; nowMs: number; code: string; detail: string }
  /** The call was certainly not written. */
  | { kind: 'not_sent'; nowMs: number; code: string }
  /** The call may have been processed. */
  | { kind: 'unanswered'; nowMs: number; code: string }
  /** The reason for an automatic refund has gone before it was sent. */
  | { kind: 'withdrawn'; nowMs: number; reason: string }
  | { kind: 'settled'; nowMs: number; outcome: 'confirmed' | 'declined'; by: string; reason: string };

export const REFUND_INPUT_KINDS = [
  'approved',
  'available_read',
  'read_failed',
  'read_refused',
  'answered',
  'refused',
  'not_sent',
  'unanswered',
  'withdrawn',
  'settled',
] as const satisfies ReadonlyArray<RefundInput['kind']>;

export type RefundEffect =
  /** After the commit: the one call, begun before `sendByMs`. */
  | { kind: 'send' }
  | { kind: 'note'; event: string; data: Record<string, unknown>; actor?: string }
  | { kind: 'case'; caseKind: string; detail: Record<string, unknown> }
  | { kind: 'close_cases'; by: string; reason: string }
  /** In the same transaction: the reserved amount becomes refunded, or is released. */
  | { kind: 'ended'; outcome: 'confirmed' | 'declined' };

export type RefundRules = Pick<HubIntervals, 'refundSendByMs' | 'refundReadsMs' | 'refundWaitsMs' | 'refundGiveUpMs'>;
export type RefundStep = Step<Refund, RefundEffect>;
