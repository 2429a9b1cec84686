import { Money } from '@tolem/base';
import type { TerminalStatus } from '@tolem/kaspi-core';
import { expect, test } from 'vitest';
import type { RefundRecord } from './refund-record.ts';
import {
  nextTerminalRefund,
  type TerminalRefundInput,
  type TerminalRefundState,
  terminalRefundState,
} from './terminal-refund-machine.ts';

const started: RefundRecord = {
  refundId: '0190a6b2-0000-7000-8000-000000000001',
  paymentId: '0190a6b2-0000-7000-8000-000000000002',
  owner: 'agent',
  amount: Money.fromTenge(300),
  status: 'sent',
  reason: 'r',
  actor: 'till',
  token: 'local',
  version: 1,
  hubVersion: 0,
  createdAtMs: 1,
  updatedAtMs: 1,
  terminal: { terminalId: 'front', start: 'sent' },
};
const waiting: RefundRecord = { ...started, terminal: { terminalId: 'front', start: 'answered', processId: '7' } };
const states: Record<TerminalRefundState, RefundRecord> = {
  starting: started,
  waiting,
  uncertain: { ...waiting, status: 'unknown', statusReason: 'terminal_unknown' },
  start_lost: { ...started, status: 'unknown', statusReason: 'start_answer_lost' },
  mismatch: { ...waiting, status: 'unknown', statusReason: 'amount_mismatch' },
  settled: { ...waiting, status: 'declined', evidence: 'person', watchUntilMs: 9 },
  over: { ...waiting, status: 'confirmed' },
};
const status = (of: TerminalStatus): TerminalRefundInput => ({ kind: 'status', status: of });
const success = (tenge?: number) =>
  status({
    kind: 'succeeded',
    operation: { receipt: {}, ...(tenge === undefined ? {} : { amount: Money.fromTenge(tenge) }) },
  });
const inputs = {
  started: { kind: 'started', processId: '7' },
  refused: { kind: 'refused', code: 'connect_failed' },
  unanswered: { kind: 'start_unanswered' },
  wait: status({ kind: 'waiting', subStatus: 'ProcessRefund' }),
  success: success(300),
  noAmount: success(),
  other: success(3),
  fail: status({ kind: 'failed' }),
  unknown: status({ kind: 'unknown' }),
  unlisted: status({ kind: 'unlisted', word: 'thinking' }),
  notFound: { kind: 'process_not_found' },
  silent: { kind: 'silent' },
  over: { kind: 'watch_over' },
  stillUnknown: { kind: 'still_unknown' },
  removed: { kind: 'terminal_removed' },
  confirmed: { kind: 'resolved', outcome: 'confirmed', by: 'Айгүл', reason: 'looked', watchUntilMs: 9 },
  declined: { kind: 'resolved', outcome: 'declined', by: 'Айгүл', reason: 'looked', watchUntilMs: 9 },
} satisfies Record<string, TerminalRefundInput>;

const none = Object.fromEntries(Object.keys(inputs).map((name) => [name, '-'])) as Record<keyof typeof inputs, string>;
const closed = 'release,close_cases';
const open = {
  success: `over/confirmed: ${closed}`,
  noAmount: `over/confirmed: ${closed}`,
  other: 'mismatch/unknown/amount_mismatch: release,open_case:amount_mismatch',
  fail: `over/declined/terminal_failed: ${closed}`,
  notFound: 'uncertain/unknown/process_not_found: open_case:refund_unknown',
  over: 'uncertain/unknown/watch_over: open_case:refund_unknown',
  removed: 'uncertain/unknown/terminal_removed: open_case:refund_unknown',
  silent: 'uncertain/unknown/terminal_unreachable: open_case:refund_unknown',
};
const table: Record<TerminalRefundState, Record<keyof typeof inputs, string>> = {
  starting: {
    ...none,
    started: 'waiting/sent: ',
    refused: `over/declined/connect_failed: ${closed}`,
    unanswered: 'start_lost/unknown/start_answer_lost: open_case:refund_unknown',
  },
  waiting: {
    ...none,
    ...open,
    unknown: 'uncertain/unknown/terminal_unknown: ',
    unlisted: 'waiting/sent/status_unlisted: open_case:status_unlisted',
  },
  uncertain: {
    ...none,
    ...open,
    wait: 'waiting/sent: ',
    unlisted: 'uncertain/unknown/status_unlisted: open_case:status_unlisted',
    stillUnknown: 'uncertain/unknown/terminal_unknown: open_case:refund_unknown',
    confirmed: `settled/confirmed/terminal_unknown: ${closed}`,
    declined: `settled/declined/terminal_unknown: ${closed}`,
  },
  start_lost: {
    ...none,
    confirmed: `over/confirmed/start_answer_lost: ${closed}`,
    declined: `over/declined/start_answer_lost: ${closed}`,
  },
  mismatch: {
    ...none,
    confirmed: `over/confirmed/amount_mismatch: ${closed}`,
  },
  settled: {
    ...none,
    success: 'over/declined: open_case:contradicted',
    noAmount: 'over/declined: open_case:contradicted',
    other: 'over/declined: open_case:contradicted,open_case:amount_mismatch',
    fail: 'over/declined: ',
    notFound: 'over/declined: ',
    over: 'over/declined: ',
    removed: 'over/declined: ',
  },
  over: none,
};
const cells = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([input, expected]) => ({ state, input, expected })),
);

test.each(cells)('$state with $input: $expected', ({ state, input, expected }) => {
  const before = states[state as TerminalRefundState];
  expect(terminalRefundState(before)).toBe(state);
  const stepped = nextTerminalRefund(before, inputs[input as keyof typeof inputs]);
  if (!stepped) {
    expect(expected).toBe('-');
    return;
  }
  const reason = stepped.state.statusReason === undefined ? '' : `/${stepped.state.statusReason}`;
  const words = stepped.effects.map((effect) =>
    effect.kind === 'open_case' ? `open_case:${effect.case}` : effect.kind,
  );
  const { state: next } = stepped;
  expect(`${terminalRefundState(next)}/${next.status}${reason}: ${words.join(',')}`).toBe(expected);
});

test.each([
  ['confirmed', 'settled/confirmed'],
  ['declined', 'settled/declined'],
] as const)(
  'waiting behind a word in no document: a person may say %s, and the terminal is asked on',
  (input, expected) => {
    const stepped = nextTerminalRefund({ ...waiting, statusReason: 'status_unlisted' }, inputs[input]);
    if (!stepped) throw new Error('nothing happened');
    expect(`${terminalRefundState(stepped.state)}/${stepped.state.status}`).toBe(expected);
    expect(stepped.state).toMatchObject({ evidence: 'person', resolvedBy: 'Айгүл', resolvedReason: 'looked' });
    expect(stepped.effects).toEqual([{ kind: 'release' }, { kind: 'close_cases', by: 'Айгүл', reason: 'looked' }]);
  },
);

test('settled as confirmed, and the terminal gave back another amount: a case', () => {
  const stepped = nextTerminalRefund({ ...states.settled, status: 'confirmed' }, inputs.other);
  expect(stepped?.effects).toEqual([
    { kind: 'open_case', case: 'amount_mismatch', detail: { asked: '300.00', returned: '3.00' } },
  ]);
  expect(nextTerminalRefund({ ...states.settled, status: 'confirmed' }, inputs.success)?.effects).toEqual([]);
});

test('the table has every state and every input', () => {
  expect(cells).toHaveLength(Object.keys(states).length * Object.keys(inputs).length);
});
