import { assert } from '@tolem/base';
import { closeCaseOf, openCase } from '../case/case-opener.ts';
import type { HubWorld } from '../hub-world.ts';
import { storeEdgePayment, withAsked } from '../payment/edge-record.ts';
import { noteEvent } from '../payment/payment-ledger.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { Command } from './command.ts';
import { type CommandEffect, type CommandInput, nextCommand } from './command-machine.ts';

export interface CommandApplied {
  command: Command;
  isChanged: boolean;
}

/**
 * Feeds an input to a command and stores the outcome with what it means for its refund, payment, history and cases, in the
 * caller's transaction. `undefined` where there is no such command (most refunds have none). Whoever may end a command
 * has locked its payment before.
 */
export async function applyToCommand(
  tx: StoreTransaction,
  world: HubWorld,
  key: { commandId: string } | { refundId: string },
  inputFor: (command: Command) => CommandInput | undefined,
): Promise<CommandApplied | undefined> {
  const lock = { lock: true };
  const before =
    'commandId' in key ? await tx.commands.get(key.commandId, lock) : await tx.commands.ofRefund(key.refundId, lock);
  if (!before) return undefined;
  const input = inputFor(before);
  const step = input && nextCommand(before, input, world.settings.intervals);
  if (!step) return { command: before, isChanged: false };
  const command: Command = { ...step.state, version: before.version + 1, updatedAtMs: world.time.nowMs() };
  const isSaved = await tx.commands.save(command, { version: before.version });
  assert(isSaved, 'a locked command changed under its lock');
  for (const effect of step.effects) await perform(tx, world, command, effect);
  const { refundId, paymentId, agentId } = command;
  tx.hint({ kind: 'refund', refundId, paymentId, agentId });
  world.meter.count('commands', { kind: command.kind, state: command.state });
  return { command, isChanged: true };
}

async function perform(tx: StoreTransaction, world: HubWorld, command: Command, effect: CommandEffect): Promise<void> {
  const { commandId, refundId, paymentId, agentId, amount } = command;
  switch (effect.kind) {
    case 'note': {
      const actor = effect.actor ?? (effect.event === 'command_claimed' ? `agent:${agentId}` : 'hub');
      await noteEvent(tx, world, paymentId, { kind: effect.event, actor, data: { refundId, ...effect.data } });
      return;
    }
    case 'refund':
      return endRefund(tx, world, command, effect);
    case 'case': {
      const detail = { commandId, ...effect.detail };
      const about = { agentId, paymentId, refundId, amount, detail };
      await openCase(tx, world, { kind: effect.caseKind, subject: commandId, ...about });
      return;
    }
    case 'close_case':
      await closeCaseOf(tx, world, { kind: effect.caseKind, subject: commandId }, { by: 'hub', reason: effect.reason });
  }
}

/** The agent has told nothing of this refund: it is what the command is. What was reserved for a declined one is free. */
async function endRefund(
  tx: StoreTransaction,
  world: HubWorld,
  { refundId, paymentId }: Command,
  { status, reason }: Extract<CommandEffect, { kind: 'refund' }>,
): Promise<void> {
  const payment = await tx.payments.get(paymentId, { lock: true });
  const refund = await tx.refunds.get(refundId, { lock: true });
  if (!payment || !refund) return;
  const next = {
    ...refund,
    status,
    statusReason: reason,
    version: refund.version + 1,
    updatedAtMs: world.time.nowMs(),
  };
  await tx.refunds.save(next, { version: refund.version });
  const changed = withAsked(payment, refundId, status === 'declined' ? undefined : refund.amount);
  const event = { kind: `refund_${status}`, actor: 'hub', data: { refundId, reason } };
  await storeEdgePayment(tx, world, { known: payment, changed }, event);
}
