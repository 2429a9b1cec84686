import { Money } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { type CommandInput, nextCommand } from './command-machine.ts';
import type { CommandRecord, CommandRecordState } from './command-record.ts';

const STATES: CommandRecordState[] = ['claiming', 'claimed', 'begun', 'declined', 'gone'];
const command = (state: CommandRecordState): CommandRecord => ({
  commandId: 'c1',
  kind: 'refund_terminal',
  refundId: 'r1',
  paymentId: 'p1',
  amount: Money.fromTenge(500),
  reason: 'wrong size',
  actor: 'anna',
  state,
  boot: 'boot-1',
  createdAtMs: 1,
  updatedAtMs: 1,
});

const inputs = {
  given: { kind: 'given' },
  'refused: over': { kind: 'refused', code: 'command_gone', boot: 'boot-1' },
  'refused: held by another session, asked by the process that wrote it': {
    kind: 'refused',
    code: 'command_claimed',
    boot: 'boot-1',
  },
  'refused: held by another session, asked by a later process': {
    kind: 'refused',
    code: 'command_claimed',
    boot: 'boot-2',
  },
  begun: { kind: 'begun' },
  impossible: { kind: 'impossible', code: 'terminal_busy' },
  'taken up': { kind: 'taken_up', isJournalTrusted: true },
  'taken up from a damaged journal': { kind: 'taken_up', isJournalTrusted: false },
} as const satisfies Record<string, CommandInput>;
type InputName = keyof typeof inputs;

/** The state entered, why, and what the hub is told; what is not listed changes nothing. */
const TABLE: Record<CommandRecordState, Partial<Record<InputName, string>>> = {
  claiming: {
    given: 'claimed',
    'refused: over': 'gone command_gone',
    'refused: held by another session, asked by the process that wrote it': 'gone command_claimed',
    'refused: held by another session, asked by a later process': 'declined agent_restarted told:agent_restarted',
    'taken up from a damaged journal': 'gone journal_not_trusted',
  },
  claimed: {
    begun: 'begun',
    impossible: 'declined terminal_busy told:terminal_busy',
    'taken up': 'declined agent_restarted told:agent_restarted',
    'taken up from a damaged journal': 'gone journal_not_trusted',
  },
  begun: {},
  declined: {},
  gone: {},
};

describe('a command at the agent', () => {
  for (const state of STATES) {
    for (const [name, input] of Object.entries(inputs)) {
      it(`${state}, ${name}`, () => {
        const step = nextCommand(command(state), input);
        const told = step?.effects.map((effect) => `told:${effect.code}`) ?? [];
        const shown = step && [step.state.state, step.state.stateReason, ...told].filter(Boolean).join(' ');
        expect(shown).toBe(TABLE[state][name as InputName]);
      });
    }
  }
});
