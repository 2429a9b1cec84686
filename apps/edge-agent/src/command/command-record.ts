import type { Money } from '@tolem/base';

/**
 * What headquarters asks of this agent, kept for ever so that nothing is done twice.
 *
 * - `claiming`: written before the hub is asked for it; nothing was done.
 * - `claimed`: the hub has given it to this session; nothing was done yet.
 * - `begun`: written together with the refund's intent; from here on the refund tells.
 * - `declined`: the hub was told that nothing was done, and why.
 * - `gone`: somebody else has it, it is over, or this journal can't know; the hub is told nothing.
 */
export type CommandRecordState = 'claiming' | 'claimed' | 'begun' | 'declined' | 'gone';

export interface CommandRecord {
  commandId: string;
  kind: string;
  refundId: string;
  paymentId: string;
  amount: Money;
  reason: string;
  /** The person at headquarters. */
  actor: string;
  state: CommandRecordState;
  stateReason?: string;
  /** The process that wrote it first. */
  boot: string;
  createdAtMs: number;
  updatedAtMs: number;
}
