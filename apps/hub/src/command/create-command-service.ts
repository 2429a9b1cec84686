import type { ProblemError } from '@tolem/base';
import { guarded } from '../guarded.ts';
import type { HubWorld } from '../hub-world.ts';
import { problem } from '../problem-catalogue.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { Command, CommandService } from './command.ts';
import { applyToCommand } from './command-ledger.ts';

/** More at once than a person asks of one shop; the rest is listed when these are claimed. */
const LISTED_MAX = 50;
/** Commands looked after in one sweep; the oldest first, so the others have their turn when these have ended. */
const SWEEP_BATCH = 200;

export interface CommandDesk extends CommandService {
  /**
   * Ends what has expired or was never answered, and rings again for what still waits. While the hub recovers nothing
   * expires: the database may be from before a claim.
   */
  sweep(): Promise<void>;
}

export function createCommandService(world: HubWorld, isRecovering: () => Promise<boolean>): CommandDesk {
  const { store } = world;
  const claim = async (agentId: string, session: number, commandId: string): Promise<Command> => {
    if (await isRecovering()) {
      throw problem('bank_unavailable', 'the hub recovers from a restore and gives no commands yet', {
        retryAfterS: 60,
      });
    }
    return store.transaction(async (tx) => {
      await checkSession(tx, agentId, session);
      const known = await tx.commands.get(commandId);
      if (known?.agentId !== agentId) throw problem('command_not_found', 'there is no such command for this agent');
      const applied = await applyToCommand(tx, world, { commandId }, () => ({
        kind: 'claim',
        nowMs: world.time.nowMs(),
        session,
      }));
      const command = applied?.command ?? known;
      if (command.state === 'claimed' && command.session === session) return command;
      throw refusal(command);
    });
  };
  /** The payment is locked before the command, as everywhere. */
  const look = async (commandId: string, paymentId: string): Promise<void> =>
    store.transaction(async (tx) => {
      const payment = await tx.payments.get(paymentId, { lock: true });
      const agent = payment && (await tx.agents.get(payment.agentId));
      const isAgentOnline = agent?.online === true;
      await applyToCommand(tx, world, { commandId }, () => ({
        kind: 'time',
        nowMs: world.time.nowMs(),
        isAgentOnline,
      }));
    });
  return {
    listFor: (agentId) =>
      guarded(async () => {
        if (await isRecovering()) return [];
        return store.transaction((tx) => tx.commands.pendingOf(agentId, world.time.nowMs(), LISTED_MAX));
      }),
    claim: (agentId, session, commandId) => guarded(() => claim(agentId, session, commandId), 'maybe'),
    cancel: (caller, refundId) =>
      guarded(async () => {
        if (caller.kind !== 'person') throw problem('forbidden', 'only a person takes a command back', { refundId });
        const by = caller.name;
        if (await isRecovering()) {
          const why = 'the hub recovers from a restore and cannot know whether the agent has begun with it';
          throw problem('bank_unavailable', why, { refundId, retryAfterS: 60 });
        }
        return store.transaction(async (tx) => {
          const known = await tx.commands.ofRefund(refundId);
          if (!known) throw problem('refund_not_found', 'this refund was not asked of an agent', { refundId });
          await tx.payments.get(known.paymentId, { lock: true });
          const applied = await applyToCommand(tx, world, { refundId }, () => ({
            kind: 'cancel',
            nowMs: world.time.nowMs(),
            by,
          }));
          const command = applied?.command ?? known;
          if (command.state === 'cancelled') return command;
          throw refusal(command);
        });
      }, 'maybe'),
    listOf: (paymentId) => guarded(() => store.transaction((tx) => tx.commands.listOf(paymentId))),
    async sweep() {
      if (await isRecovering()) return;
      const open = await store.transaction((tx) => tx.commands.open(SWEEP_BATCH));
      for (const { commandId, paymentId } of open) await look(commandId, paymentId);
      await store.transaction(async (tx) => {
        for (const { commandId, agentId, state } of await tx.commands.open(SWEEP_BATCH)) {
          if (state === 'pending') tx.hint({ kind: 'command', commandId, agentId });
        }
      });
    },
  };
}

/** The agent's row is locked: a session that begins meanwhile waits until this claim is committed or refused. */
async function checkSession(tx: StoreTransaction, agentId: string, session: number): Promise<void> {
  const agent = await tx.agents.get(agentId, { lock: true });
  const isShut = agent?.revokedAtMs !== undefined || agent?.quarantine !== undefined;
  if (agent?.session === session && !isShut) return;
  throw problem('superseded', 'a newer session of this agent has begun');
}

function refusal(command: Command): ProblemError {
  const { refundId, paymentId } = command;
  if (command.state === 'claimed') {
    return problem('command_claimed', 'the agent has begun with it', { refundId, paymentId });
  }
  const why = command.state === 'pending' ? 'expired' : (command.stateReason ?? command.state);
  return problem('command_gone', `this command is over: ${why}`, { refundId, paymentId });
}
