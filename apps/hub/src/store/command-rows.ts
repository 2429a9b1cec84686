import type { Command } from '../command/command.ts';

/** Constraints: amounts above zero; one command per refund, which exists. Commands are never deleted. */
export interface CommandRows {
  /** False when the id exists; rejects with `store_conflict` when its refund has a command. */
  insert(command: Command): Promise<boolean>;
  get(commandId: string, options?: { lock: boolean }): Promise<Command | undefined>;
  ofRefund(refundId: string, options?: { lock: boolean }): Promise<Command | undefined>;
  /** Nothing is written, and false returned, unless the stored version is still this one. */
  save(command: Command, guard: { version: number }): Promise<boolean>;
  /** What an agent may claim at this moment, oldest first. */
  pendingOf(agentId: string, nowMs: number, limit: number): Promise<Command[]>;
  /** Pending, or claimed without a word since, oldest first. */
  open(limit: number): Promise<Command[]>;
  /** Oldest first. */
  listOf(paymentId: string): Promise<Command[]>;
}
