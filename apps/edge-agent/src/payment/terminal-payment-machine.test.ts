import { Money } from '@tolem/base';
import type { TerminalStatus } from '@tolem/kaspi-core';
import { expect, test } from 'vitest';
import type { PaymentRecord } from './payment-record.ts';
import {
  nextTerminalPayment,
  type TerminalInput,
  type TerminalPaymentState,
  terminalPaymentState,
} from './terminal-payment-machine.ts';

const started: PaymentRecord = {
  paymentId: '0190a6b2-0000-7000-8000-000000000001',
  method: 'terminal',
  amount: Money.fromTenge(1500),
  status: 'created',
  final: false,
  version: 1,
  createdAtMs: 1,
  updatedAtMs: 1,
  refunded: Money.zero,
  hubVersion: 0,
  token: 'local',
  terminal: { terminalId: 'front', start: 'sent' },
};
const withProcess = { terminalId: 'front', start: 'answered', processId: '7', subStatus: 'WaitUser' } as const;
const waiting: PaymentRecord = { ...started, status: 'awaiting_scan', terminal: withProcess };
const states: Record<TerminalPaymentState, PaymentRecord> = {
  starting: started,
  waiting,
  uncertain: { ...waiting, status: 'unknown', statusReason: 'terminal_unknown' },
  start_lost: { ...started, status: 'unknown', statusReason: 'start_answer_lost' },
  mismatch: { ...waiting, status: 'unknown', statusReason: 'amount_mismatch' },
  settled: { ...waiting, status: 'failed', final: true, evidence: 'person', watchUntilMs: 9 },
  over: { ...waiting, status: 'paid', final: true },
};
const operation = (tenge: number | undefined) => ({
  receipt: {},
  transactionId: 't',
  ...(tenge === undefined ? {} : { amount: Money.fromTenge(tenge) }),
});
const status = (of: TerminalStatus, isAmountChecked = true): TerminalInput => ({
  kind: 'status',
  status: of,
  isAmountChecked,
});
const resolved = (outcome: 'paid' | 'not_paid'): TerminalInput => ({
  kind: 'resolved',
  outcome,
  by: 'Айгүл',
  reason: 'looked',
  watchUntilMs: 9,
});
const inputs = {
  started: { kind: 'started', processId: '7' },
  refused: { kind: 'refused', code: 'connect_failed' },
  unanswered: { kind: 'start_unanswered' },
  wait: status({ kind: 'waiting', subStatus: 'WaitUser' }),
  card: status({ kind: 'waiting', subStatus: 'ProcessingCard' }),
  success: status({ kind: 'succeeded', operation: operation(1500) }),
  noAmount: status({ kind: 'succeeded', operation: operation(undefined) }),
  other: status({ kind: 'succeeded', operation: operation(15) }),
  first: status({ kind: 'succeeded', operation: operation(1500) }, false),
  firstOther: status({ kind: 'succeeded', operation: operation(15) }, false),
  firstUnread: status({ kind: 'succeeded', operation: operation(undefined) }, false),
  fail: status({ kind: 'failed' }),
  unknown: status({ kind: 'unknown' }),
  unlisted: status({ kind: 'unlisted', word: 'thinking' }),
  notFound: { kind: 'process_not_found' },
  silent: { kind: 'silent' },
  over: { kind: 'watch_over' },
  stillUnknown: { kind: 'still_unknown' },
  removed: { kind: 'terminal_removed' },
  paid: resolved('paid'),
  notPaid: resolved('not_paid'),
} satisfies Record<string, TerminalInput>;

/** `state/status[/reason]: effects`; `-` where the input means nothing. */
const none = Object.fromEntries(Object.keys(inputs).map((name) => [name, '-'])) as Record<keyof typeof inputs, string>;
const closed = 'release,close_cases';
const outcomes = {
  success: `over/paid: ${closed}`,
  noAmount: `over/paid: ${closed},open_case:amount_unread`,
  other: 'mismatch/unknown/amount_mismatch: release,open_case:amount_mismatch',
  first: `over/paid: ${closed},amount_checked`,
  firstOther: 'mismatch/unknown/amount_mismatch: release,open_case:amount_mismatch,block',
  firstUnread: `over/paid: ${closed},block,open_case:first_amount_unread`,
  fail: `over/failed/terminal_failed: ${closed}`,
};
const table: Record<TerminalPaymentState, Record<keyof typeof inputs, string>> = {
  starting: {
    ...none,
    started: 'waiting/awaiting_scan: ',
    refused: 'over/failed/connect_failed: release',
    unanswered: 'start_lost/unknown/start_answer_lost: open_case:start_answer_lost',
  },
  waiting: {
    ...none,
    ...outcomes,
    card: 'waiting/awaiting_confirmation: ',
    unknown: 'uncertain/unknown/terminal_unknown: ',
    unlisted: 'waiting/awaiting_scan/status_unlisted: open_case:status_unlisted',
    notFound: 'uncertain/unknown/process_not_found: open_case:process_not_found',
    silent: 'uncertain/unknown/terminal_unreachable: open_case:terminal_unreachable',
    over: 'uncertain/unknown/watch_over: open_case:watch_over',
    removed: 'uncertain/unknown/terminal_removed: open_case:terminal_removed',
  },
  uncertain: {
    ...none,
    ...outcomes,
    wait: 'waiting/awaiting_scan: ',
    card: 'waiting/awaiting_confirmation: ',
    unlisted: 'uncertain/unknown/status_unlisted: open_case:status_unlisted',
    notFound: 'uncertain/unknown/process_not_found: open_case:process_not_found',
    over: 'uncertain/unknown/watch_over: open_case:watch_over',
    silent: 'uncertain/unknown/terminal_unreachable: open_case:terminal_unreachable',
    stillUnknown: 'uncertain/unknown/terminal_unknown: open_case:terminal_unknown',
    removed: 'uncertain/unknown/terminal_removed: open_case:terminal_removed',
    paid: `settled/paid/terminal_unknown: ${closed}`,
    notPaid: `settled/failed/terminal_unknown: ${closed}`,
  },
  start_lost: {
    ...none,
    paid: `over/paid/start_answer_lost: ${closed}`,
    notPaid: `over/failed/start_answer_lost: ${closed}`,
  },
  mismatch: {
    ...none,
    paid: `over/paid/amount_mismatch: ${closed}`,
  },
  settled: {
    ...none,
    success: 'over/failed: open_case:contradicted',
    noAmount: 'over/failed: open_case:contradicted,open_case:amount_unread',
    other: 'over/failed: open_case:contradicted,open_case:amount_mismatch',
    first: 'over/failed: open_case:contradicted,amount_checked',
    firstOther: 'over/failed: open_case:contradicted,open_case:amount_mismatch,block',
    firstUnread: 'over/failed: open_case:contradicted,block,open_case:first_amount_unread',
    fail: 'over/failed: ',
    notFound: 'over/failed: ',
    over: 'over/failed: ',
    removed: 'over/failed: ',
  },
  over: none,
};

const cells = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([input, expected]) => ({ state, input, expected })),
);

test.each(cells)('$state with $input: $expected', ({ state, input, expected }) => {
  const before = states[state as TerminalPaymentState];
  expect(terminalPaymentState(before)).toBe(state);
  const stepped = nextTerminalPayment(before, inputs[input as keyof typeof inputs]);
  expect(shown(stepped)).toBe(expected);
});

test('the table has every state and every input', () => {
  expect(Object.keys(table).sort()).toEqual(Object.keys(states).sort());
  expect(cells).toHaveLength(Object.keys(states).length * Object.keys(inputs).length);
});

test.each([
  ['success', 'over/paid: '],
  ['noAmount', 'over/paid: open_case:amount_unread'],
  ['other', 'over/paid: open_case:amount_mismatch'],
  ['first', 'over/paid: amount_checked'],
  ['firstOther', 'over/paid: open_case:amount_mismatch,block'],
  ['firstUnread', 'over/paid: block,open_case:first_amount_unread'],
  ['fail', 'over/paid: open_case:contradicted'],
] as const)('settled as paid with %s: %s', (input, expected) => {
  const stepped = nextTerminalPayment({ ...states.settled, status: 'paid' }, inputs[input]);
  expect(shown(stepped)).toBe(expected);
});

test.each([
  ['paid', `settled/paid/status_unlisted: ${closed}`],
  ['notPaid', `settled/failed/status_unlisted: ${closed}`],
] as const)(
  'waiting behind a word in no document: a person may say %s, and the terminal is asked on',
  (input, expected) => {
    expect(shown(nextTerminalPayment({ ...waiting, statusReason: 'status_unlisted' }, inputs[input]))).toBe(expected);
  },
);

test('settled as paid: what the terminal charged is what may be given back', () => {
  const stepped = nextTerminalPayment({ ...states.settled, status: 'paid' }, inputs.other);
  expect(stepped?.state.amountPaid?.toString()).toBe('15.00');
});

test('a sub-status alone is shown and not written', () => {
  const stepped = nextTerminalPayment(waiting, status({ kind: 'waiting', subStatus: 'Initialize' }));
  expect(stepped?.effects).toEqual([{ kind: 'show_only' }]);
  expect(stepped?.state.terminal?.subStatus).toBe('Initialize');
});

function shown(stepped: ReturnType<typeof nextTerminalPayment>): string {
  if (!stepped) return '-';
  const { state, effects } = stepped;
  const reason = state.statusReason === undefined ? '' : `/${state.statusReason}`;
  const words = effects.map((effect) => (effect.kind === 'open_case' ? `open_case:${effect.case}` : effect.kind));
  return `${terminalPaymentState(state)}/${state.status}${reason}: ${words.join(',')}`;
}
