import { type Step, unreachable } from '@tolem/base';
import type { CommandRecord } from './command-record.ts';

export type CommandInput =
  /** The hub gave it to this session. */
  | { kind: 'given' }
  | { kind: 'refused'; code: string; boot: string }
  | { kind: 'begun' }
  /** Nothing can be done: refused before any intent was written. */
  | { kind: 'impossible'; code: string }
  /** A process takes up what an earlier one left. */
  | { kind: 'taken_up'; isJournalTrusted: boolean };

/** The hub is told, by a fact of the command's refund, that no money moved. */
export type CommandEffect = { kind: 'tell_declined'; code: string };

type Result = Step<CommandRecord, CommandEffect> | undefined;

/** The hub holds it for another session of this agent. */
const HELD_ELSEWHERE = 'command_claimed';

/**
 * Pure; `undefined`: the input changes nothing. A claim whose process died before it acted is declined: acting later, when
 * nobody at the till expects it, would be worse, and headquarters may ask again.
 */
export function nextCommand(command: CommandRecord, input: CommandInput): Result {
  switch (command.state) {
    case 'claiming':
      return fromClaiming(command, input);
    case 'claimed':
      return fromClaimed(command, input);
    case 'begun':
    case 'declined':
    case 'gone':
      return undefined;
    default:
      return unreachable(command.state, 'state of a command');
  }
}

function fromClaiming(command: CommandRecord, input: CommandInput): Result {
  switch (input.kind) {
    case 'given':
      return { state: { ...command, state: 'claimed' }, effects: [] };
    case 'refused': {
      // Held by a session of ours before this one, whose process wrote in this journal that it had not yet acted.
      const isOwn = input.code === HELD_ELSEWHERE && command.boot !== input.boot;
      return isOwn ? decline(command, 'agent_restarted') : leave(command, input.code);
    }
    case 'taken_up':
      // It is asked for again, unless the file may be older than what was done.
      return input.isJournalTrusted ? undefined : leave(command, 'journal_not_trusted');
    case 'begun':
    case 'impossible':
      return undefined;
    default:
      return unreachable(input, 'input of a command');
  }
}

function fromClaimed(command: CommandRecord, input: CommandInput): Result {
  switch (input.kind) {
    case 'begun':
      return { state: { ...command, state: 'begun' }, effects: [] };
    case 'impossible':
      return decline(command, input.code);
    case 'taken_up':
      return input.isJournalTrusted ? decline(command, 'agent_restarted') : leave(command, 'journal_not_trusted');
    case 'given':
    case 'refused':
      return undefined;
    default:
      return unreachable(input, 'input of a command');
  }
}

function decline(command: CommandRecord, code: string): Result {
  const state: CommandRecord = { ...command, state: 'declined', stateReason: code };
  return { state, effects: [{ kind: 'tell_declined', code }] };
}

function leave(command: CommandRecord, code: string): Result {
  return { state: { ...command, state: 'gone', stateReason: code }, effects: [] };
}
