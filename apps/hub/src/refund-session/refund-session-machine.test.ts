import { describe, expect, it } from 'vitest';
import { DEFAULT_INTERVALS } from '../hub-settings.ts';
import { REFUND_SESSION_STATUSES, type RefundSession } from './refund-session.ts';
import {
  isActiveSession,
  isCustomerKnown,
  nextRefundSession,
  REFUND_SESSION_INPUT_KINDS,
  type RefundSessionInput,
} from './refund-session-machine.ts';

const T = 1_000_000;
const rules = DEFAULT_INTERVALS;
const opening: RefundSession = {
  refundSessionId: 's',
  agentId: 'till-1',
  deviceId: 'till-1',
  deviceToken: '"t"',
  organizationBin: '180340021791',
  tradePointId: '1',
  status: 'opening',
  version: 1,
  createdAtMs: T,
  updatedAtMs: T,
  expiresAtMs: T + 120_000,
  purchaseIds: [],
};
const shown = { refundCodeId: '15', qrToken: 'qr', pollIntervalMs: 5_000 };

const STATES: Record<RefundSession['status'], RefundSession> = {
  opening,
  awaiting_customer: { ...opening, ...shown, status: 'awaiting_customer' },
  customer_known: { ...opening, ...shown, status: 'customer_known' },
  expired: { ...opening, ...shown, status: 'expired', statusReason: 'not_scanned' },
  failed: { ...opening, status: 'failed', statusReason: 'bank_error' },
};

const END = opening.expiresAtMs;
const read = (meaning: 'awaiting_scan' | 'customer_known' | 'failed' | 'unlisted', atMs: number) =>
  ({ kind: 'status_read', nowMs: atMs + 100, askedAtMs: atMs, meaning }) as const;

/** Every input, with the moments that make a difference. */
const INPUTS: Record<string, RefundSessionInput> = {
  code: {
    kind: 'code_created',
    nowMs: T,
    code: { refundCodeId: '15', qrToken: 'qr', pollIntervalMs: 5_000.4, scanWaitMs: 180_000 },
  },
  'code refused': { kind: 'code_refused', nowMs: T, code: 'device_inactive' },
  'not scanned': read('awaiting_scan', END - 1),
  'not scanned, too late': read('awaiting_scan', END),
  known: read('customer_known', T),
  'known, late': read('customer_known', END + 1_000),
  error: read('failed', T),
  'strange word': read('unlisted', END - 1),
  'strange word, too late': read('unlisted', END),
  silence: { kind: 'read_failed', nowMs: END },
  'long silence': { kind: 'read_failed', nowMs: END + rules.refundScanSilenceMs },
  'code unknown': { kind: 'read_refused', nowMs: T, code: 'payment_not_found' },
  listed: { kind: 'purchases_listed', nowMs: T, purchaseIds: ['1', '2'] },
  'next session': { kind: 'superseded', nowMs: T },
  'time before the end': { kind: 'time_passed', nowMs: END - 1 },
  'time at the end': { kind: 'time_passed', nowMs: END },
  'time long after the end': { kind: 'time_passed', nowMs: END + rules.refundScanSilenceMs },
};

/** What each input does in each state; an input that is not named changes nothing there. */
const EXPECTED: Record<RefundSession['status'], Record<string, string>> = {
  opening: {
    code: 'awaiting_customer',
    'code refused': 'failed device_inactive',
    'next session': 'expired superseded',
    'time at the end': 'failed bank_unavailable',
    'time long after the end': 'failed bank_unavailable',
  },
  awaiting_customer: {
    'not scanned, too late': 'expired not_scanned',
    known: 'customer_known',
    'known, late': 'customer_known',
    error: 'failed bank_error',
    'strange word, too late': 'expired unlisted_word',
    'long silence': 'expired bank_unreachable',
    'code unknown': 'failed payment_not_found',
    'next session': 'expired superseded',
    'time long after the end': 'expired bank_unreachable',
  },
  customer_known: {
    'code unknown': 'failed payment_not_found',
    listed: 'customer_known listed 2',
    'next session': 'expired superseded',
    'time at the end': 'expired time_over',
    'time long after the end': 'expired time_over',
  },
  expired: {},
  failed: {},
};

function outcome(session: RefundSession, input: RefundSessionInput): string | undefined {
  const next = nextRefundSession(session, input, rules);
  if (!next) return undefined;
  const listed = next.purchaseIds.length > 0 ? `listed ${next.purchaseIds.length}` : '';
  return [next.status, next.statusReason, listed].filter(Boolean).join(' ');
}

describe('the refund session machine', () => {
  it('has an outcome for every state and every input', () => {
    expect(new Set(Object.values(INPUTS).map((one) => one.kind))).toEqual(new Set(REFUND_SESSION_INPUT_KINDS));
    expect(Object.keys(STATES)).toEqual([...REFUND_SESSION_STATUSES]);
    const table = Object.fromEntries(
      Object.entries(STATES).map(([name, state]) => {
        const reacts = Object.entries(INPUTS).map(([input, value]) => [input, outcome(state, value)] as const);
        return [name, Object.fromEntries(reacts.filter(([, result]) => result !== undefined))];
      }),
    );
    expect(table).toEqual(EXPECTED);
  });

  it('shows the only code that was stored, and counts the window from its answer', () => {
    const code = INPUTS.code as RefundSessionInput;
    const awaiting = nextRefundSession({ ...opening, statusReason: 'x' }, code, rules);
    expect(awaiting).toMatchObject({ ...shown, expiresAtMs: T + 180_000 });
    expect(awaiting?.statusReason).toBeUndefined();
    const other = { ...code, code: { ...shown, refundCodeId: '16', scanWaitMs: 1 } } as RefundSessionInput;
    expect(awaiting && nextRefundSession(awaiting, other, rules)).toBeUndefined();
  });

  it('knows the customer for its own time, from the moment the bank says so', () => {
    const known = nextRefundSession(STATES.awaiting_customer, read('customer_known', T), rules) as RefundSession;
    const endMs = T + 100 + rules.refundSessionMs;
    expect([isCustomerKnown(known, endMs - 1), isCustomerKnown(known, endMs)]).toEqual([true, false]);
    expect(isCustomerKnown(STATES.awaiting_customer, T)).toBe(false);
    expect(Object.values(STATES).filter(isActiveSession)).toHaveLength(3);
  });

  it('leaves time for the last read of a refund whose answer is lost, and for its repetition', () => {
    const lastReadMs = Math.max(...rules.refundReadsMs);
    expect(rules.refundSessionMs).toBeGreaterThan(lastReadMs + rules.refundAnswerMs);
  });
});
