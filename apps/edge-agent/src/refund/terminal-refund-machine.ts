import type { Money, Step } from '@tolem/base';
import type { TerminalStatus } from '@tolem/kaspi-core';
import type { CaseKind } from '../case/case.ts';
import { maskCards } from '../payment/mask-cards.ts';
import type { RefundRecord } from './refund-record.ts';

/**
 * Where a refund at a terminal stands: `starting` the intent is on disk and the call may be under way; `waiting` the terminal has it;
 * `uncertain` the terminal doesn't know or cannot be asked, and is asked on; `start_lost` only a person can tell; `mismatch` another
 * amount went back; `settled` by a person, the terminal still asked; `over`.
 */
export type TerminalRefundState = 'starting' | 'waiting' | 'uncertain' | 'start_lost' | 'mismatch' | 'settled' | 'over';

export type TerminalRefundInput =
  | { kind: 'started'; processId: string }
  | { kind: 'refused'; code: string; sentence?: string }
  | { kind: 'start_unanswered' }
  | { kind: 'status'; status: TerminalStatus }
  | { kind: 'process_not_found' }
  | { kind: 'silent' }
  | { kind: 'still_unknown' }
  /** Its terminal is not in the configuration any more. */
  | { kind: 'terminal_removed' }
  | { kind: 'watch_over' }
  | { kind: 'resolved'; outcome: 'confirmed' | 'declined'; by: string; reason: string; watchUntilMs: number };

export type TerminalRefundEffect =
  | { kind: 'release' }
  | { kind: 'open_case'; case: CaseKind; detail: Record<string, string> }
  | { kind: 'close_cases'; by: string; reason: string };

type Result = Step<RefundRecord, TerminalRefundEffect> | undefined;

export function terminalRefundState(refund: RefundRecord): TerminalRefundState {
  if (refund.status === 'confirmed' || refund.status === 'declined') {
    return refund.watchUntilMs === undefined ? 'over' : 'settled';
  }
  const hasProcess = refund.terminal?.processId !== undefined;
  if (refund.status !== 'unknown') return hasProcess ? 'waiting' : 'starting';
  if (refund.statusReason === 'amount_mismatch') return 'mismatch';
  return hasProcess ? 'uncertain' : 'start_lost';
}

/** What a person may say: money that the terminal has given back, in whatever amount, has moved. */
export function maySettleRefund(refund: RefundRecord, outcome: 'confirmed' | 'declined'): boolean {
  const state = terminalRefundState(refund);
  if (state === 'mismatch') return outcome === 'confirmed';
  // A word in no document may be the last that the terminal will ever say.
  const isStuck = state === 'waiting' && refund.statusReason === 'status_unlisted';
  return isStuck || state === 'uncertain' || state === 'start_lost';
}

/** Whether only a person can go on: shown as a question, and the terminal is unresolved rather than busy. */
export function refundNeedsPerson(refund: RefundRecord): boolean {
  return maySettleRefund(refund, 'confirmed');
}

/** Pure. A lost answer is `unknown` and stays so until the terminal or a person says: never repeated. */
export function nextTerminalRefund(refund: RefundRecord, input: TerminalRefundInput): Result {
  const state = terminalRefundState(refund);
  const isOpen = state === 'waiting' || state === 'uncertain';
  switch (input.kind) {
    case 'started':
      if (state !== 'starting' || !refund.terminal) return undefined;
      return step({ ...refund, terminal: { ...refund.terminal, processId: input.processId, start: 'answered' } });
    case 'refused':
      return state === 'starting' ? declined(withRefusal(refund, input.sentence), input.code) : undefined;
    case 'start_unanswered':
      return state === 'starting' ? unknown(refund, 'start_answer_lost') : undefined;
    case 'status':
      if (state === 'settled') return afterSettling(refund, input.status);
      return isOpen ? ofStatus(refund, input.status) : undefined;
    case 'process_not_found':
    case 'terminal_removed':
    case 'watch_over':
      if (state === 'settled') return step(unwatched(refund));
      return isOpen && refund.statusReason !== input.kind ? unknown(refund, input.kind) : undefined;
    case 'silent':
      return state === 'waiting' || (state === 'uncertain' && refund.statusReason === 'terminal_unknown')
        ? unknown(refund, 'terminal_unreachable')
        : undefined;
    case 'still_unknown':
      return state === 'uncertain' && refund.statusReason === 'terminal_unknown'
        ? unknown(refund, 'terminal_unknown')
        : undefined;
    case 'resolved':
      return maySettleRefund(refund, input.outcome) ? resolved(refund, input) : undefined;
  }
}

function ofStatus(refund: RefundRecord, status: TerminalStatus): Result {
  switch (status.kind) {
    case 'waiting':
      return refund.status === 'unknown' ? step({ ...clear(refund), status: 'sent' }) : undefined;
    case 'succeeded': {
      const returned = status.operation.amount;
      if (!returned || returned.equals(refund.amount)) {
        return step(
          { ...clear(refund), status: 'confirmed', evidence: 'answer', receipt: maskCards(status.operation.receipt) },
          { kind: 'release' },
          closedByTerminal,
        );
      }
      return step(
        { ...refund, status: 'unknown', statusReason: 'amount_mismatch' },
        { kind: 'release' },
        otherAmount(refund, returned),
      );
    }
    case 'failed':
      return declined(refund, 'terminal_failed');
    case 'unknown':
      return refund.statusReason === 'terminal_unknown'
        ? undefined
        : step({ ...refund, status: 'unknown', statusReason: 'terminal_unknown' });
    case 'unlisted':
      return refund.statusReason === 'status_unlisted'
        ? undefined
        : step(
            { ...refund, statusReason: 'status_unlisted' },
            { kind: 'open_case', case: 'status_unlisted', detail: { word: status.word } },
          );
  }
}

/** A person's word is never overwritten; a terminal that says otherwise is a case, and so is another amount than was asked. */
function afterSettling(refund: RefundRecord, status: TerminalStatus): Result {
  if (status.kind !== 'succeeded' && status.kind !== 'failed') return undefined;
  const effects: TerminalRefundEffect[] = [];
  const says = status.kind === 'succeeded' ? 'confirmed' : 'declined';
  if (says !== refund.status) {
    effects.push({ kind: 'open_case', case: 'contradicted', detail: { person: refund.status, terminal: says } });
  }
  const returned = status.kind === 'succeeded' ? status.operation.amount : undefined;
  if (returned && !returned.equals(refund.amount)) effects.push(otherAmount(refund, returned));
  return step(unwatched(refund), ...effects);
}

function otherAmount(refund: RefundRecord, returned: Money): TerminalRefundEffect {
  const detail = { asked: refund.amount.toString(), returned: returned.toString() };
  return { kind: 'open_case', case: 'amount_mismatch', detail };
}

function resolved(refund: RefundRecord, input: Extract<TerminalRefundInput, { kind: 'resolved' }>): Result {
  const isWatched = terminalRefundState(refund) === 'uncertain' || terminalRefundState(refund) === 'waiting';
  const watch = isWatched ? { watchUntilMs: input.watchUntilMs } : {};
  return step(
    {
      ...refund,
      status: input.outcome,
      evidence: 'person',
      resolvedBy: input.by,
      resolvedReason: input.reason,
      ...watch,
    },
    { kind: 'release' },
    { kind: 'close_cases', by: input.by, reason: input.reason },
  );
}

const closedByTerminal: TerminalRefundEffect = {
  kind: 'close_cases',
  by: 'system',
  reason: 'the outcome is known',
};

function step(state: RefundRecord, ...effects: TerminalRefundEffect[]): Step<RefundRecord, TerminalRefundEffect> {
  return { state, effects };
}

function declined(refund: RefundRecord, statusReason: string): Result {
  return step({ ...refund, status: 'declined', statusReason }, { kind: 'release' }, closedByTerminal);
}

function unknown(refund: RefundRecord, statusReason: string): Result {
  return step(
    { ...refund, status: 'unknown', statusReason },
    { kind: 'open_case', case: 'refund_unknown', detail: { reason: statusReason } },
  );
}

function withRefusal(refund: RefundRecord, refusal: string | undefined): RefundRecord {
  const { terminal } = refund;
  return terminal && refusal !== undefined ? { ...refund, terminal: { ...terminal, refusal } } : refund;
}

function clear(refund: RefundRecord): RefundRecord {
  const { statusReason: _, ...rest } = refund;
  return rest;
}

function unwatched(refund: RefundRecord): RefundRecord {
  const { watchUntilMs: _, ...rest } = refund;
  return rest;
}
