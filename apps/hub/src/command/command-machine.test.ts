import { Money } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { COMMAND_STATES, type Command, type CommandState } from './command.ts';
import { type CommandInput, nextCommand } from './command-machine.ts';

const EXPIRES_MS = 600_000;
const rules = { commandAnswerMs: 900_000 };
const command = (state: CommandState, members: Partial<Command> = {}): Command => ({
  commandId: 'c1',
  kind: 'refund_terminal',
  agentId: 'till-1',
  refundId: 'r1',
  paymentId: 'p1',
  amount: Money.fromTenge(500),
  reason: 'wrong size',
  actor: 'anna',
  state,
  createdAtMs: 0,
  updatedAtMs: 0,
  expiresAtMs: EXPIRES_MS,
  version: 1,
  ...(state === 'claimed' ? { session: 7, claimedAtMs: 1_000 } : {}),
  ...members,
});

const inputs = {
  'claim in time': { kind: 'claim', nowMs: EXPIRES_MS - 1, session: 8 },
  'claim at the expiry': { kind: 'claim', nowMs: EXPIRES_MS, session: 8 },
  'told sent': { kind: 'told', nowMs: 5, status: 'sent' },
  'told confirmed': { kind: 'told', nowMs: 5, status: 'confirmed' },
  'told declined': { kind: 'told', nowMs: 5, status: 'declined', reason: 'terminal_busy' },
  'told unknown': { kind: 'told', nowMs: 5, status: 'unknown', reason: 'start_answer_lost' },
  cancel: { kind: 'cancel', nowMs: 5, by: 'anna' },
  'a moment later': { kind: 'time', nowMs: 5, isAgentOnline: true },
  'the expiry, agent online': { kind: 'time', nowMs: EXPIRES_MS, isAgentOnline: true },
  'the expiry, agent away': { kind: 'time', nowMs: EXPIRES_MS, isAgentOnline: false },
  'long after': { kind: 'time', nowMs: 10 * EXPIRES_MS, isAgentOnline: false },
} as const satisfies Record<string, CommandInput>;
type InputName = keyof typeof inputs;

/** The state entered and the effects; what is not listed changes nothing. */
const ENDED = {
  'told sent': 'claimed',
  'told confirmed': 'done',
  'told declined': 'declined',
  'told unknown': 'unknown',
} as const;
const NEVER_BEGUN = {
  'told sent': 'claimed case:command_contradicted',
  'told confirmed': 'done case:command_contradicted',
  'told declined': 'declined',
  'told unknown': 'unknown case:command_contradicted',
} as const;
const ANSWERED_LATE = {
  'told sent': 'claimed close_case:command_unanswered',
  'told confirmed': 'done close_case:command_unanswered',
  'told declined': 'declined close_case:command_unanswered',
  'told unknown': 'unknown close_case:command_unanswered',
} as const;
const TABLE: Record<CommandState, Partial<Record<InputName, string>>> = {
  pending: {
    ...ENDED,
    'claim in time': 'claimed note:command_claimed',
    cancel: 'cancelled note:command_cancelled refund:declined:cancelled',
    'the expiry, agent online': 'expired note:command_expired refund:declined:not_claimed',
    'the expiry, agent away': 'expired note:command_expired refund:declined:agent_offline',
    'long after': 'expired note:command_expired refund:declined:agent_offline',
  },
  claimed: {
    ...ENDED,
    'long after': 'unknown note:command_unanswered refund:unknown:not_answered case:command_unanswered',
  },
  done: ENDED,
  declined: ENDED,
  expired: NEVER_BEGUN,
  cancelled: NEVER_BEGUN,
  unknown: ANSWERED_LATE,
};

function outcome(from: Command, input: CommandInput): string | undefined {
  const step = nextCommand(from, input, rules);
  if (!step) return undefined;
  const effects = step.effects.map((effect) => {
    if (effect.kind === 'note') return `note:${effect.event}`;
    if (effect.kind === 'refund') return `refund:${effect.status}:${effect.reason}`;
    return `${effect.kind}:${effect.caseKind}`;
  });
  return [step.state.state, ...effects].join(' ');
}

describe('a command', () => {
  for (const state of COMMAND_STATES) {
    for (const [name, input] of Object.entries(inputs)) {
      it(`${state}, on ${name}`, () => {
        expect(outcome(command(state), input)).toBe(TABLE[state][name as InputName]);
      });
    }
  }

  it('belongs to the session that claimed it, from that moment on', () => {
    const claimed = nextCommand(command('pending'), inputs['claim in time'], rules)?.state;
    expect(claimed).toMatchObject({ state: 'claimed', session: 8, claimedAtMs: EXPIRES_MS - 1 });
  });

  it('of which the agent has told something waits for its end without limit', () => {
    const told = nextCommand(command('claimed'), inputs['told sent'], rules)?.state;
    expect(told).toMatchObject({ state: 'claimed', toldAtMs: 5 });
    expect(told && outcome(told, inputs['long after'])).toBeUndefined();
    expect(told && outcome(told, inputs['told sent'])).toBeUndefined();
  });

  it('keeps the word of the agent, and loses it with the next one', () => {
    const unknown = nextCommand(command('claimed'), inputs['told unknown'], rules)?.state;
    expect(unknown?.stateReason).toBe('start_answer_lost');
    const done = unknown && nextCommand(unknown, inputs['told confirmed'], rules);
    expect(done?.state).toMatchObject({ state: 'done', toldAtMs: 5 });
    expect(done?.state).not.toHaveProperty('stateReason');
    // Its case is the agent's own by then.
    expect(done?.effects).toEqual([]);
  });
});
