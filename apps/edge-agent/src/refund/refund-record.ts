import type { Refund } from './refund.ts';

/** A refund as the journal keeps it. */
export interface RefundRecord extends Refund {
  /** Whose it is: the hub's (QR, link, invoice) or the agent's own (terminal) [decisions: refunds, owner]. */
  owner: 'hub' | 'agent';
  /** Of the hub that was asked for it, where the hub owns it. */
  hubEpoch?: string;
  token: string;
  keyHash?: string;
  bodyHash?: string;
  /** Settled by a person, and its terminal is still asked until then. */
  watchUntilMs?: number;
}

export function isRefundFinal(refund: RefundRecord): boolean {
  return refund.status === 'confirmed' || refund.status === 'declined';
}

export function refundNeedsAttention(refund: RefundRecord): boolean {
  return !isRefundFinal(refund) || refund.watchUntilMs !== undefined;
}
