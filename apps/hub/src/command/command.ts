import type { Money } from '@tolem/base';
import type { Caller } from '../caller.ts';

export const COMMAND_STATES = ['pending', 'claimed', 'done', 'declined', 'expired', 'cancelled', 'unknown'] as const;
export type CommandState = (typeof COMMAND_STATES)[number];

/**
 * Something that headquarters asks of an agent and that moves money [decisions: commands]. Kept for ever under its id; at
 * most one session of the agent ever claims it. The refund of the same row is the agent's: its outcome comes in its journal.
 */
export interface Command {
  commandId: string;
  kind: 'refund_terminal';
  agentId: string;
  refundId: string;
  paymentId: string;
  amount: Money;
  reason: string;
  /** The person who asks. */
  actor: string;
  state: CommandState;
  /** Why it ended so: `agent_offline`, `not_claimed`, `cancelled by anna`, `not_answered`, or the agent's own word. */
  stateReason?: string;
  createdAtMs: number;
  updatedAtMs: number;
  /** Nobody may claim it from then on. */
  expiresAtMs: number;
  /** The session of the agent that holds it. */
  session?: number;
  claimedAtMs?: number;
  /** When the agent's journal first told of its refund. */
  toldAtMs?: number;
  version: number;
}

/** Commands as the doors reach them. Rejects with `ProblemError`. */
export interface CommandService {
  /** What waits for this agent, oldest first; nothing while the hub recovers from a restore. */
  listFor(agentId: string): Promise<Command[]>;
  /**
   * Compare-and-set to this session: it alone holds the command from then on, and may ask again. `command_gone`: expired,
   * cancelled or over; `command_claimed`: an earlier session holds it; `superseded`: the caller is not the newest session.
   */
  claim(agentId: string, session: number, commandId: string): Promise<Command>;
  /** Takes back what nobody has claimed; `command_claimed` afterwards. */
  cancel(caller: Caller, refundId: string): Promise<Command>;
  /** The commands of a payment's refunds. */
  listOf(paymentId: string): Promise<Command[]>;
}
