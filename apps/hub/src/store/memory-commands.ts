import type { Command } from '../command/command.ts';
import type { CommandRows } from './command-rows.ts';
import type { MemoryTables } from './memory-store.ts';
import { conflict, type UndoLog, violation } from './memory-table.ts';

export function memoryCommands({ commands, refunds }: MemoryTables, log: UndoLog): CommandRows {
  const sorted = (matches: (command: Command) => boolean): Command[] =>
    commands
      .all(log)
      .filter(matches)
      .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.commandId < b.commandId ? -1 : 1));
  return {
    async insert(command) {
      if (commands.get(log, command.commandId)) return false;
      if (!command.amount.isPositive) throw violation(log, 'command_amount_positive');
      if (!refunds.get(log, command.refundId)) throw violation(log, 'command_refund');
      if (sorted((one) => one.refundId === command.refundId).length > 0) throw conflict(log, 'command_of_refund');
      commands.set(log, command.commandId, command);
      return true;
    },
    get: async (commandId) => commands.get(log, commandId),
    ofRefund: async (refundId) => sorted((one) => one.refundId === refundId)[0],
    async save(command, { version }) {
      if (commands.get(log, command.commandId)?.version !== version) return false;
      commands.set(log, command.commandId, command);
      return true;
    },
    pendingOf: async (agentId, nowMs, limit) =>
      sorted((one) => one.agentId === agentId && one.state === 'pending' && one.expiresAtMs > nowMs).slice(0, limit),
    open: async (limit) =>
      sorted((one) => one.state === 'pending' || (one.state === 'claimed' && one.toldAtMs === undefined)).slice(
        0,
        limit,
      ),
    listOf: async (paymentId) => sorted((one) => one.paymentId === paymentId),
  };
}
