import { Money, REFUND_STATUSES } from '@tolem/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_INTERVALS } from '../hub-settings.ts';
import type { Refund } from './refund.ts';
import { REFUND_INPUT_KINDS, type RefundInput } from './refund-input.ts';
import { nextRefund } from './refund-machine.ts';

const T = 1_000_000;
const MINUTE = 60_000;
const paid = Money.parse('1500.00');
const part = Money.parse('400.00');
const rules = DEFAULT_INTERVALS;

const approved: Refund = {
  refundId: 'r',
  paymentId: 'p',
  amount: part,
  status: 'approved',
  reason: 'goods',
  actor: 'agent:till-1',
  requestHash: 'h',
  version: 1,
  createdAtMs: T,
  updatedAtMs: T,
  nextReadAtMs: T,
  sends: 0,
  source: 'hub',
};
const { nextReadAtMs: _next, ...resting } = approved;
const waiting: Refund = { ...approved, statusReason: 'available_differs', waitingSinceMs: T };
const silent: Refund = { ...approved, statusReason: 'bank_unreachable', waitingSinceMs: T };
const sent: Refund = {
  ...approved,
  status: 'sent',
  sends: 1,
  sentAtMs: T,
  sendByMs: T + 10_000,
  availableBefore: paid,
};
const whole: Refund = { ...sent, amount: Money.parse('800.00') };

/** Every state in which a refund can be, with what tells apart those of one status. */
const STATES: Record<string, Refund> = {
  requested: { ...resting, status: 'requested' },
  approved,
  'approved, waiting': waiting,
  'approved, silent': silent,
  'approved, held': { ...resting, statusReason: 'available_differs', waitingSinceMs: T },
  sent,
  'sent, silent': { ...sent, statusReason: 'bank_unreachable', waitingSinceMs: T },
  'sent, more than half': whole,
  'sent, more than half, adopted': { ...whole, adopted: true },
  'sent twice': { ...whole, sends: 2 },
  'sent twice, refused': { ...whole, sends: 2, statusReason: 'repeat_refused' },
  unknown: { ...sent, status: 'unknown' },
  confirmed: { ...resting, status: 'confirmed', evidence: 'answer' },
  declined: { ...resting, status: 'declined', evidence: 'answer' },
  'declined by a person': { ...resting, status: 'declined', evidence: 'person' },
};

const available = (text: string, atMs: number): RefundInput => ({
  kind: 'available_read',
  nowMs: atMs,
  askedAtMs: atMs,
  available: Money.parse(text),
  expected: paid,
});
const settled = (outcome: 'confirmed' | 'declined'): RefundInput => ({
  kind: 'settled',
  nowMs: T,
  outcome,
  by: 'a',
  reason: 'r',
});

/** Every input, with the amounts and moments that make a difference. */
const INPUTS: Record<string, RefundInput> = {
  approved: { kind: 'approved', nowMs: T },
  'unchanged early': available('1500.00', T + 30_000),
  'unchanged at ten minutes': available('1500.00', T + 10 * MINUTE),
  'less by 400': available('1100.00', T + 30_000),
  'less by 800': available('700.00', T + 30_000),
  'less by 100': available('1400.00', T + 30_000),
  'less by 100 at ten minutes': available('1400.00', T + 10 * MINUTE),
  'silence early': { kind: 'read_failed', nowMs: T + 1, askedAtMs: T, code: 'timeout' },
  'silence of a day': { kind: 'read_failed', nowMs: T + 25 * 60 * MINUTE, askedAtMs: T, code: 'timeout' },
  'read refused': { kind: 'read_refused', nowMs: T, code: 'device_not_found', detail: '' },
  withdrawn: { kind: 'withdrawn', nowMs: T, reason: 'sold' },
  answered: { kind: 'answered', nowMs: T, bankRefundId: '9' },
  refused: { kind: 'refused', nowMs: T, code: 'refused', detail: '' },
  'not sent': { kind: 'not_sent', nowMs: T, code: 'connect_failed' },
  unanswered: { kind: 'unanswered', nowMs: T, code: 'timeout' },
  'settled as confirmed': settled('confirmed'),
  'settled as declined': settled('declined'),
};

/** A state in one line; `>send` is a call to the bank, `!` names a case, `held` has nothing to do by itself. */
function outcome(before: Refund, input: RefundInput): string {
  const step = nextRefund(before, input, rules);
  if (!step) return '·';
  const { status, statusReason, evidence, nextReadAtMs, sends } = step.state;
  const effects = step.effects.flatMap((effect) =>
    effect.kind === 'case' ? [`!${effect.caseKind}`] : effect.kind === 'send' ? [`>send ${sends}`] : [],
  );
  const isOpen = status === 'approved' || status === 'sent';
  const held = isOpen && nextReadAtMs === undefined ? 'held' : undefined;
  return [status, statusReason, evidence && `by ${evidence}`, held, ...effects]
    .filter((word) => word !== undefined)
    .join(' ');
}

/** What each input does in each state; an input that is not named changes nothing there. */
const EXPECTED: Record<string, Record<string, string>> = {
  approved: {
    'less by 100': 'approved available_differs',
    'less by 100 at ten minutes': 'approved available_differs',
    'less by 400': 'approved available_differs',
    'less by 800': 'approved available_differs',
    'read refused': 'approved device_not_found held !refund_stuck',
    'settled as declined': 'declined settled: r by person',
    'silence early': 'approved bank_unreachable',
    'silence of a day': 'approved bank_unreachable',
    'unchanged at ten minutes': 'sent >send 1',
    'unchanged early': 'sent >send 1',
    withdrawn: 'declined withdrawn',
  },
  'approved, held': {
    'settled as confirmed': 'confirmed settled: r by person',
    'settled as declined': 'declined settled: r by person',
    withdrawn: 'declined withdrawn',
  },
  'approved, silent': {
    'less by 100': 'approved available_differs',
    'less by 100 at ten minutes': 'approved available_differs',
    'less by 400': 'approved available_differs',
    'less by 800': 'approved available_differs',
    'read refused': 'approved device_not_found held !refund_stuck',
    'settled as declined': 'declined settled: r by person',
    'silence of a day': 'approved bank_unreachable held !refund_stuck',
    'unchanged at ten minutes': 'sent >send 1',
    'unchanged early': 'sent >send 1',
    withdrawn: 'declined withdrawn',
  },
  'approved, waiting': {
    'less by 100': 'approved available_differs',
    'less by 100 at ten minutes': 'approved available_differs held !refund_available_differs',
    'less by 400': 'approved available_differs',
    'less by 800': 'approved available_differs',
    'read refused': 'approved device_not_found held !refund_stuck',
    'settled as declined': 'declined settled: r by person',
    'silence of a day': 'approved available_differs held !refund_stuck',
    'unchanged at ten minutes': 'sent >send 1',
    'unchanged early': 'sent >send 1',
    withdrawn: 'declined withdrawn',
  },
  confirmed: {},
  declined: {},
  'declined by a person': {
    answered: 'declined by person !refund_contradicted',
  },
  requested: {
    approved: 'approved',
    'settled as declined': 'declined settled: r by person',
  },
  sent: {
    answered: 'confirmed by answer',
    'less by 100': 'unknown difference !refund_unknown',
    'less by 100 at ten minutes': 'unknown difference !refund_unknown',
    'less by 400': 'confirmed by difference',
    'less by 800': 'unknown difference !refund_unknown',
    'not sent': 'approved connect_failed',
    'read refused': 'unknown read_refused !refund_unknown',
    refused: 'declined refused by answer',
    'silence early': 'sent bank_unreachable',
    'silence of a day': 'sent bank_unreachable',
    unanswered: 'sent answer_lost',
    'unchanged at ten minutes': 'unknown unchanged !refund_unknown',
    'unchanged early': 'sent answer_lost',
  },
  'sent twice': {
    answered: 'confirmed by answer',
    'less by 100': 'unknown difference !refund_unknown',
    'less by 100 at ten minutes': 'unknown difference !refund_unknown',
    'less by 400': 'unknown difference !refund_unknown',
    'less by 800': 'confirmed by difference',
    'not sent': 'sent',
    'read refused': 'unknown read_refused !refund_unknown',
    refused: 'sent repeat_refused',
    'silence early': 'sent bank_unreachable',
    'silence of a day': 'sent bank_unreachable',
    unanswered: 'sent answer_lost',
    'unchanged at ten minutes': 'unknown unchanged !refund_unknown',
    'unchanged early': 'sent answer_lost',
  },
  'sent twice, refused': {
    answered: 'confirmed by answer',
    'less by 100': 'unknown difference !refund_unknown',
    'less by 100 at ten minutes': 'unknown difference !refund_unknown',
    'less by 400': 'unknown difference !refund_unknown',
    'less by 800': 'confirmed by difference',
    'not sent': 'sent repeat_refused',
    'read refused': 'unknown read_refused !refund_unknown',
    refused: 'sent repeat_refused',
    'silence early': 'sent bank_unreachable',
    'silence of a day': 'sent bank_unreachable',
    unanswered: 'sent answer_lost',
    'unchanged at ten minutes': 'unknown unchanged !refund_unknown',
    'unchanged early': 'unknown unchanged !refund_unknown',
  },
  'sent, more than half': {
    answered: 'confirmed by answer',
    'less by 100': 'unknown difference !refund_unknown',
    'less by 100 at ten minutes': 'unknown difference !refund_unknown',
    'less by 400': 'unknown difference !refund_unknown',
    'less by 800': 'confirmed by difference',
    'not sent': 'approved connect_failed',
    'read refused': 'unknown read_refused !refund_unknown',
    refused: 'declined refused by answer',
    'silence early': 'sent bank_unreachable',
    'silence of a day': 'sent bank_unreachable',
    unanswered: 'sent answer_lost',
    'unchanged at ten minutes': 'sent >send 2',
    'unchanged early': 'sent answer_lost',
  },
  'sent, more than half, adopted': {
    answered: 'confirmed by answer',
    'less by 100': 'unknown difference !refund_unknown',
    'less by 100 at ten minutes': 'unknown difference !refund_unknown',
    'less by 400': 'unknown difference !refund_unknown',
    'less by 800': 'confirmed by difference',
    'not sent': 'approved connect_failed',
    'read refused': 'unknown read_refused !refund_unknown',
    refused: 'declined refused by answer',
    'silence early': 'sent bank_unreachable',
    'silence of a day': 'sent bank_unreachable',
    unanswered: 'sent answer_lost',
    'unchanged at ten minutes': 'unknown unchanged !refund_unknown',
    'unchanged early': 'sent answer_lost',
  },
  'sent, silent': {
    answered: 'confirmed by answer',
    'less by 100': 'unknown difference !refund_unknown',
    'less by 100 at ten minutes': 'unknown difference !refund_unknown',
    'less by 400': 'confirmed by difference',
    'less by 800': 'unknown difference !refund_unknown',
    'not sent': 'approved connect_failed',
    'read refused': 'unknown read_refused !refund_unknown',
    refused: 'declined refused by answer',
    'silence of a day': 'unknown bank_unreachable !refund_unknown',
    unanswered: 'sent answer_lost',
    'unchanged at ten minutes': 'unknown unchanged !refund_unknown',
    'unchanged early': 'sent answer_lost',
  },
  unknown: {
    answered: 'confirmed by answer',
    'settled as confirmed': 'confirmed settled: r by person',
    'settled as declined': 'declined settled: r by person',
  },
};

describe('the refund machine', () => {
  it('has an outcome for every state and every input', () => {
    expect(new Set(Object.values(INPUTS).map((input) => input.kind))).toEqual(new Set(REFUND_INPUT_KINDS));
    expect(new Set(Object.values(STATES).map((state) => state.status))).toEqual(new Set(REFUND_STATUSES));
    const table = Object.fromEntries(
      Object.entries(STATES).map(([name, state]) => {
        const reacts = Object.entries(INPUTS).map(([input, value]) => [input, outcome(state, value)] as const);
        return [name, Object.fromEntries(reacts.filter(([, result]) => result !== '·'))];
      }),
    );
    expect(table).toEqual(EXPECTED);
  });

  it('sends nothing once the customer whom the scheme needs has gone, and otherwise reads as ever', () => {
    const reads = Object.entries(INPUTS).filter(([, input]) => input.kind.includes('read'));
    expect(reads.length).toBeGreaterThan(8);
    for (const [state, refund] of Object.entries(STATES)) {
      for (const [name, input] of reads) {
        const expected = outcome(refund, input);
        const isUnsent = refund.status === 'approved' && refund.nextReadAtMs !== undefined;
        const without = expected.includes('>send') ? 'unknown unchanged !refund_unknown' : expected;
        const gone = { ...input, isCustomerGone: true } as RefundInput;
        expect(outcome(refund, gone), `${state}: ${name}`).toBe(isUnsent ? 'declined customer_gone' : without);
      }
    }
  });

  it('calls the bank at most twice, and the second time only where the bank cannot give back twice', () => {
    const inputs = fc.array(fc.constantFrom(...Object.values(INPUTS)), { maxLength: 15 });
    fc.assert(
      fc.property(
        fc.constantFrom(approved, { ...approved, amount: Money.parse('800.00') }),
        inputs,
        (start, sequence) => {
          let refund: Refund = start;
          let calls = 0;
          for (const input of sequence) {
            const step = nextRefund(refund, input, rules);
            if (!step) continue;
            const isCall = step.effects.some((effect) => effect.kind === 'send');
            if (isCall && refund.status === 'sent') {
              expect(refund.amount.plus(refund.amount).compare(paid)).toBe(1);
              expect(input.kind === 'available_read' && input.nowMs >= (refund.sentAtMs ?? 0) + 10 * MINUTE).toBe(true);
            }
            if (input.kind === 'not_sent' && refund.status === 'sent') calls--;
            if (isCall) calls++;
            refund = step.state;
            expect(calls).toBe(refund.sends);
          }
          expect(calls).toBeLessThanOrEqual(2);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('says confirmed or declined only by the bank, by a difference, by a person, or before it was sent', () => {
    const inputs = fc.array(fc.constantFrom(...Object.values(INPUTS)), { maxLength: 15 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(STATES)), inputs, (start, sequence) => {
        let refund = start;
        for (const input of sequence) {
          const next = nextRefund(refund, input, rules)?.state ?? refund;
          const isEnd = next.status === 'confirmed' || next.status === 'declined';
          if (refund.status === 'confirmed' || refund.status === 'declined') expect(next).toBe(refund);
          else if (isEnd)
            expect(['answered', 'refused', 'withdrawn', 'available_read', 'settled', 'withdrawn']).toContain(
              input.kind,
            );
          refund = next;
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
