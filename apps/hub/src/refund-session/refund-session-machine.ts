import { unreachable } from '@tolem/base';
import type { CreatedRefundCode, RefundCodeMeaning } from '@tolem/kaspi-core';
import type { HubIntervals } from '../hub-settings.ts';
import type { RefundSession } from './refund-session.ts';

/** Everything that can happen to a refund session. `nowMs` is the database's clock; `askedAtMs` is when a read began. */
export type RefundSessionInput =
  | { kind: 'code_created'; nowMs: number; code: CreatedRefundCode }
  /** An explicit refusal of the bank to make a code. */
  | { kind: 'code_refused'; nowMs: number; code: string }
  | { kind: 'status_read'; nowMs: number; askedAtMs: number; meaning: RefundCodeMeaning }
  | { kind: 'read_failed'; nowMs: number }
  /** The bank refused the read itself, or the list of purchases: it does not know this code, or the customer, any more. */
  | { kind: 'read_refused'; nowMs: number; code: string }
  | { kind: 'purchases_listed'; nowMs: number; purchaseIds: string[] }
  | { kind: 'superseded'; nowMs: number }
  | { kind: 'time_passed'; nowMs: number };

export const REFUND_SESSION_INPUT_KINDS = [
  'code_created',
  'code_refused',
  'status_read',
  'read_failed',
  'read_refused',
  'purchases_listed',
  'superseded',
  'time_passed',
] as const satisfies ReadonlyArray<RefundSessionInput['kind']>;

export type RefundSessionRules = Pick<HubIntervals, 'refundScanSilenceMs' | 'refundSessionMs'>;

/**
 * The life of a refund session [QR 3.9 §3.4, annex 5]: who stands at the till, never what happens to money. `undefined`:
 * the input changes nothing in this state.
 *
 * - `opening`: entered with the agent's wish; waits for the bank's code; left by it, by a refusal (`failed`), or at
 *   `expiresAtMs` (`failed`): then nobody has seen a code.
 * - `awaiting_customer`: entered with the code; left by the bank's word, or by a read begun past `expiresAtMs` that still
 *   knows nobody (`expired`); without any read, `refundScanSilenceMs` later.
 * - `customer_known`: entered at `CustomerIdentityObtained`, which is final at the bank; left after `refundSessionMs`, or
 *   when the bank knows the customer no more.
 * - `expired`, `failed`: final. A new session of the same device ends the one before it from any state.
 */
export function nextRefundSession(
  session: RefundSession,
  input: RefundSessionInput,
  rules: RefundSessionRules,
): RefundSession | undefined {
  switch (session.status) {
    case 'opening':
      return fromOpening(session, input);
    case 'awaiting_customer':
      return fromAwaiting(session, input, rules);
    case 'customer_known':
      return fromKnown(session, input);
    case 'expired':
    case 'failed':
      return undefined;
    default:
      return unreachable(session.status, 'status of a refund session');
  }
}

/** Whether a refund may begin, or be sent again, with this session's customer. */
export function isCustomerKnown(session: RefundSession, nowMs: number): boolean {
  return session.status === 'customer_known' && nowMs < session.expiresAtMs;
}

export function isActiveSession({ status }: Pick<RefundSession, 'status'>): boolean {
  return status === 'opening' || status === 'awaiting_customer' || status === 'customer_known';
}

function fromOpening(session: RefundSession, input: RefundSessionInput): RefundSession | undefined {
  switch (input.kind) {
    case 'code_created': {
      const { refundCodeId, qrToken, pollIntervalMs, scanWaitMs } = input.code;
      const { statusReason: _reason, ...rest } = session;
      return {
        ...rest,
        status: 'awaiting_customer',
        refundCodeId,
        qrToken,
        pollIntervalMs: Math.round(pollIntervalMs),
        // Counted from the answer: never shorter than the bank's own window, and a read decides anyway.
        expiresAtMs: input.nowMs + Math.round(scanWaitMs),
      };
    }
    case 'code_refused':
      return end(session, 'failed', input.code);
    case 'superseded':
      return end(session, 'expired', 'superseded');
    case 'time_passed':
      return input.nowMs >= session.expiresAtMs ? end(session, 'failed', 'bank_unavailable') : undefined;
    case 'status_read':
    case 'read_failed':
    case 'read_refused':
    case 'purchases_listed':
      return undefined;
    default:
      return unreachable(input, 'input of a refund session');
  }
}

function fromAwaiting(
  session: RefundSession,
  input: RefundSessionInput,
  rules: RefundSessionRules,
): RefundSession | undefined {
  switch (input.kind) {
    case 'status_read':
      return fromWord(session, input, rules);
    case 'read_failed':
    case 'time_passed':
      return input.nowMs >= session.expiresAtMs + rules.refundScanSilenceMs
        ? end(session, 'expired', 'bank_unreachable')
        : undefined;
    case 'read_refused':
      return end(session, 'failed', input.code);
    case 'superseded':
      return end(session, 'expired', 'superseded');
    case 'code_created':
    case 'code_refused':
    case 'purchases_listed':
      return undefined;
    default:
      return unreachable(input, 'input of a refund session');
  }
}

function fromWord(
  session: RefundSession,
  input: Extract<RefundSessionInput, { kind: 'status_read' }>,
  rules: RefundSessionRules,
): RefundSession | undefined {
  const isOver = input.askedAtMs >= session.expiresAtMs;
  switch (input.meaning) {
    case 'customer_known':
      return { ...session, status: 'customer_known', expiresAtMs: input.nowMs + rules.refundSessionMs };
    case 'failed':
      return end(session, 'failed', 'bank_error');
    case 'awaiting_scan':
      return isOver ? end(session, 'expired', 'not_scanned') : undefined;
    case 'unlisted':
      return isOver ? end(session, 'expired', 'unlisted_word') : undefined;
    default:
      return unreachable(input.meaning, 'meaning of a refund code');
  }
}

function fromKnown(session: RefundSession, input: RefundSessionInput): RefundSession | undefined {
  switch (input.kind) {
    case 'purchases_listed':
      return { ...session, purchaseIds: input.purchaseIds };
    case 'read_refused':
      return end(session, 'failed', input.code);
    case 'superseded':
      return end(session, 'expired', 'superseded');
    case 'time_passed':
      return input.nowMs >= session.expiresAtMs ? end(session, 'expired', 'time_over') : undefined;
    case 'code_created':
    case 'code_refused':
    case 'status_read':
    case 'read_failed':
      return undefined;
    default:
      return unreachable(input, 'input of a refund session');
  }
}

function end(session: RefundSession, status: 'expired' | 'failed', statusReason: string): RefundSession {
  return { ...session, status, statusReason };
}
