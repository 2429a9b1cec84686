import { type RefundStatus, type Step, unreachable } from '@tolem/base';
import type { Command } from './command.ts';

export type CommandInput =
  | { kind: 'claim'; nowMs: number; session: number }
  /** The agent's journal tells how its refund stands. */
  | { kind: 'told'; nowMs: number; status: RefundStatus; reason?: string }
  | { kind: 'cancel'; nowMs: number; by: string }
  | { kind: 'time'; nowMs: number; isAgentOnline: boolean };

export type CommandEffect =
  | { kind: 'note'; event: string; actor?: string; data: Record<string, unknown> }
  /** What the refund is, as long as the agent has told nothing of it. */
  | { kind: 'refund'; status: 'declined' | 'unknown'; reason: string }
  | { kind: 'case'; caseKind: 'command_unanswered' | 'command_contradicted'; detail: Record<string, unknown> }
  | { kind: 'close_case'; caseKind: 'command_unanswered'; reason: string };

export interface CommandRules {
  /** How long a claimed command may go without a word before a person must look. */
  commandAnswerMs: number;
}

type Result = Step<Command, CommandEffect> | undefined;
type Of<Kind extends CommandInput['kind']> = Extract<CommandInput, { kind: Kind }>;

/**
 * The life of a command [decisions: commands]. Pure; `undefined`: the input changes nothing in this state.
 *
 * - `pending`: waits to be claimed; left by a claim, a cancel, or its expiry, after which no session can claim it.
 * - `claimed`: one session holds it, and only that agent's journal ends it. Without any word for `commandAnswerMs` it becomes
 *   `unknown`, a case; it is never offered again.
 * - `done`, `declined`, `unknown`: what the agent told; it may still tell otherwise (a person has settled it there).
 * - `expired`, `cancelled`: certainly never begun. An agent that tells otherwise (this hub was restored) is believed, and
 *   a person is told.
 */
export function nextCommand(command: Command, input: CommandInput, rules: CommandRules): Result {
  switch (input.kind) {
    case 'claim':
      return claim(command, input);
    case 'told':
      return told(command, input);
    case 'cancel':
      return command.state === 'pending' ? cancel(command, input) : undefined;
    case 'time':
      return time(command, input, rules);
    default:
      return unreachable(input, 'input of a command');
  }
}

function claim(command: Command, { nowMs, session }: Of<'claim'>): Result {
  if (command.state !== 'pending' || nowMs >= command.expiresAtMs) return undefined;
  return {
    state: { ...command, state: 'claimed', session, claimedAtMs: nowMs },
    effects: [note('command_claimed', { session })],
  };
}

function cancel(command: Command, { by }: Of<'cancel'>): Result {
  return {
    state: { ...command, state: 'cancelled', stateReason: `cancelled by ${by}` },
    effects: [
      note('command_cancelled', {}, `person:${by}`),
      { kind: 'refund', status: 'declined', reason: 'cancelled' },
    ],
  };
}

function time(command: Command, { nowMs, isAgentOnline }: Of<'time'>, rules: CommandRules): Result {
  if (command.state === 'pending' && nowMs >= command.expiresAtMs) {
    const reason = isAgentOnline ? 'not_claimed' : 'agent_offline';
    return {
      state: { ...command, state: 'expired', stateReason: reason },
      effects: [note('command_expired', { reason }), { kind: 'refund', status: 'declined', reason }],
    };
  }
  if (command.state !== 'claimed' || command.toldAtMs !== undefined) return undefined;
  if (nowMs - (command.claimedAtMs ?? nowMs) < rules.commandAnswerMs) return undefined;
  return {
    state: { ...command, state: 'unknown', stateReason: 'not_answered' },
    effects: [
      note('command_unanswered', {}),
      { kind: 'refund', status: 'unknown', reason: 'not_answered' },
      { kind: 'case', caseKind: 'command_unanswered', detail: { session: command.session ?? 0 } },
    ],
  };
}

function told(command: Command, { nowMs, status, reason }: Of<'told'>): Result {
  const { stateReason: _, ...rest } = command;
  const state = stateOf(status);
  const isNews = state !== command.state || command.toldAtMs === undefined || reason !== command.stateReason;
  if (!isNews) return undefined;
  const next: Command = {
    ...rest,
    state,
    toldAtMs: command.toldAtMs ?? nowMs,
    ...(reason === undefined ? {} : { stateReason: reason }),
  };
  const effects: CommandEffect[] = [];
  if (command.toldAtMs === undefined && command.state === 'unknown') {
    effects.push({ kind: 'close_case', caseKind: 'command_unanswered', reason: 'the agent has told of it' });
  }
  const wasNeverBegun = command.state === 'expired' || command.state === 'cancelled';
  if (wasNeverBegun && status !== 'declined') {
    effects.push({ kind: 'case', caseKind: 'command_contradicted', detail: { was: command.state, told: status } });
  }
  return { state: next, effects };
}

function stateOf(status: RefundStatus): Command['state'] {
  switch (status) {
    case 'confirmed':
      return 'done';
    case 'declined':
      return 'declined';
    case 'unknown':
      return 'unknown';
    case 'requested':
    case 'approved':
    case 'sent':
      return 'claimed';
    default:
      return unreachable(status, 'status of a refund');
  }
}

function note(event: string, data: Record<string, unknown>, actor?: string): CommandEffect {
  return { kind: 'note', event, data, ...(actor === undefined ? {} : { actor }) };
}
