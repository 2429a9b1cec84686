import type { Payment } from './payment.ts';

/** A payment as the journal keeps it: what callers see, and what only the agent needs. */
export interface PaymentRecord extends Payment {
  /** Id of the caller's token; empty for one that came back from the hub. */
  token: string;
  keyHash?: string;
  bodyHash?: string;
  /** `money: none` was told, so the hub must be told to take the code down; until it has been, `pending`. */
  abandon?: 'pending' | 'done';
  /** It came back from the hub after the journal was lost: the receipt and what the till asked for are not known here. */
  restored?: boolean;
  /** Settled, and its terminal is still asked until then, because a person may have been wrong. */
  watchUntilMs?: number;
}

/** Somebody still has to do something about it: wait for the hub, ask the terminal, tell the hub to cancel. */
export function needsAttention(payment: PaymentRecord): boolean {
  return !payment.final || payment.abandon === 'pending' || payment.watchUntilMs !== undefined;
}
