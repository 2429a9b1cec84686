import type { Money, Step } from '@tolem/base';
import type { TerminalOperation, TerminalStatus } from '@tolem/kaspi-core';
import type { CaseKind } from '../case/case.ts';
import { maskCards } from './mask-cards.ts';
import type { PaymentRecord } from './payment-record.ts';

/**
 * Where a payment at a terminal stands.
 *
 * `starting` entered with the intent on disk, before the call; left by the answer; an answer that never comes, or a restart, makes
 * it `start_lost`. `waiting` the terminal has it (process id known) and the customer acts; left by the terminal's explicit word
 * only. `uncertain` the terminal does not know or cannot be asked; it is asked on, for 24 h. `start_lost` nobody knows whether
 * the terminal began; only a person can tell; blocks the terminal. `mismatch` charged, but not what was asked; a person.
 * `settled` a person has told the outcome; the terminal is still asked while it keeps results. `over` nothing changes it any more.
 */
export type TerminalPaymentState =
  | 'starting'
  | 'waiting'
  | 'uncertain'
  | 'start_lost'
  | 'mismatch'
  | 'settled'
  | 'over';

export type TerminalInput =
  | { kind: 'started'; processId: string }
  /** The start was certainly not performed. */
  | { kind: 'refused'; code: string; sentence?: string }
  /** The start may have been performed. */
  | { kind: 'start_unanswered' }
  /** `isAmountChecked`: an earlier payment of this terminal said the amount that was asked. */
  | { kind: 'status'; status: TerminalStatus; isAmountChecked: boolean }
  | { kind: 'process_not_found' }
  /** Every question failed for a long time. */
  | { kind: 'silent' }
  /** The terminal has been asked to look it up for minutes and still answers `unknown`. */
  | { kind: 'still_unknown' }
  /** Its terminal is not in the configuration any more: nobody can be asked. */
  | { kind: 'terminal_removed' }
  | { kind: 'watch_over' }
  | { kind: 'resolved'; outcome: 'paid' | 'not_paid'; by: string; reason: string; watchUntilMs: number };

export type TerminalEffect =
  /** The terminal may begin the next operation. */
  | { kind: 'release' }
  | { kind: 'amount_checked' }
  | { kind: 'block'; reason: string }
  | { kind: 'open_case'; case: CaseKind; detail: Record<string, string> }
  | { kind: 'close_cases'; by: string; reason: string }
  /** Nothing is written: only what the terminal's screen shows has changed. */
  | { kind: 'show_only' };

/** Words of the screen that mean that the customer has begun [pos-v2]. */
const CONFIRMING = new Set(['WaitForQrConfirmation', 'ProcessingCard', 'WaitForPinCode']);

export function terminalPaymentState(payment: PaymentRecord): TerminalPaymentState {
  if (payment.final) return payment.watchUntilMs === undefined ? 'over' : 'settled';
  if (payment.status === 'created') return 'starting';
  if (payment.status !== 'unknown') return 'waiting';
  if (payment.statusReason === 'amount_mismatch') return 'mismatch';
  return payment.terminal?.processId === undefined ? 'start_lost' : 'uncertain';
}

/** What a person may say: money that the terminal has charged, in whatever amount, has moved. */
export function maySettle(payment: PaymentRecord, outcome: 'paid' | 'not_paid'): boolean {
  const state = terminalPaymentState(payment);
  if (state === 'mismatch') return outcome === 'paid';
  // A word in no document may be the last that the terminal will ever say.
  const isStuck = state === 'waiting' && payment.statusReason === 'status_unlisted';
  return isStuck || state === 'uncertain' || state === 'start_lost';
}

/** Whether only a person can go on: shown as a question, and the terminal is unresolved rather than busy. */
export function needsPerson(payment: PaymentRecord): boolean {
  return maySettle(payment, 'paid');
}

/** Pure. `undefined`: the input means nothing here and changes nothing. Moments are set by the caller. */
export function nextTerminalPayment(
  payment: PaymentRecord,
  input: TerminalInput,
): Step<PaymentRecord, TerminalEffect> | undefined {
  const state = terminalPaymentState(payment);
  switch (input.kind) {
    case 'started':
      return state === 'starting' ? step(waiting(withProcess(payment, input.processId), undefined)) : undefined;
    case 'refused':
      return state === 'starting'
        ? step(failed(withRefusal(payment, input.sentence), input.code), { kind: 'release' })
        : undefined;
    case 'start_unanswered':
      return state === 'starting'
        ? step(unknown(payment, 'start_answer_lost'), openCase('start_answer_lost'))
        : undefined;
    case 'status':
      return ofStatus(state, payment, input.status, input.isAmountChecked);
    case 'process_not_found':
    case 'terminal_removed':
    case 'watch_over':
      if (state === 'settled') return step(unwatched(payment));
      return state === 'waiting' || (state === 'uncertain' && payment.statusReason !== input.kind)
        ? step(unknown(payment, input.kind), openCase(input.kind))
        : undefined;
    case 'silent':
      return state === 'waiting' || (state === 'uncertain' && payment.statusReason === 'terminal_unknown')
        ? step(unknown(payment, 'terminal_unreachable'), openCase('terminal_unreachable'))
        : undefined;
    case 'still_unknown':
      return state === 'uncertain' && payment.statusReason === 'terminal_unknown'
        ? step(payment, openCase('terminal_unknown'))
        : undefined;
    case 'resolved':
      return maySettle(payment, input.outcome)
        ? step(
            settled(payment, input),
            { kind: 'release' },
            { kind: 'close_cases', by: input.by, reason: input.reason },
          )
        : undefined;
  }
}

type Result = Step<PaymentRecord, TerminalEffect> | undefined;

function ofStatus(
  state: TerminalPaymentState,
  payment: PaymentRecord,
  status: TerminalStatus,
  isAmountChecked: boolean,
): Result {
  if (state === 'settled') return afterSettling(payment, status, isAmountChecked);
  if (state !== 'waiting' && state !== 'uncertain') return undefined;
  switch (status.kind) {
    case 'waiting': {
      const next = waiting(payment, status.subStatus);
      if (next.status !== payment.status || next.statusReason !== payment.statusReason) return step(next);
      return next.terminal?.subStatus === payment.terminal?.subStatus ? undefined : step(next, { kind: 'show_only' });
    }
    case 'succeeded':
      return succeeded(payment, status, isAmountChecked);
    case 'failed':
      return step(failed(withSub(payment, status.subStatus), 'terminal_failed'), { kind: 'release' }, closedByTerminal);
    case 'unknown':
      return payment.statusReason === 'terminal_unknown'
        ? undefined
        : step(unknown(withSub(payment, status.subStatus), 'terminal_unknown'));
    case 'unlisted':
      // In no document: it says nothing, so nothing changes but that a person hears of it.
      return payment.statusReason === 'status_unlisted'
        ? undefined
        : step({ ...payment, statusReason: 'status_unlisted' }, openCase('status_unlisted', { word: status.word }));
  }
}

function succeeded(
  payment: PaymentRecord,
  status: Extract<TerminalStatus, { kind: 'succeeded' }>,
  isAmountChecked: boolean,
): Result {
  const told = withOperation(withSub(payment, status.subStatus), status.operation);
  const charged = status.operation.amount;
  const compared = compareAmount(payment, charged, isAmountChecked);
  if (charged && !charged.equals(payment.amount)) {
    return step({ ...unknown(told, 'amount_mismatch'), amountPaid: charged }, { kind: 'release' }, ...compared);
  }
  const { statusReason: _, ...clear } = told;
  const paid: PaymentRecord = { ...clear, status: 'paid', final: true, ...(charged ? { amountPaid: charged } : {}) };
  return step(paid, { kind: 'release' }, closedByTerminal, ...compared);
}

/** What the amount charged means besides the payment itself. */
function compareAmount(payment: PaymentRecord, charged: Money | undefined, isAmountChecked: boolean): TerminalEffect[] {
  if (!charged) {
    return isAmountChecked
      ? [openCase('amount_unread')]
      : [{ kind: 'block', reason: 'first_amount_unread' }, openCase('first_amount_unread')];
  }
  if (charged.equals(payment.amount)) return isAmountChecked ? [] : [{ kind: 'amount_checked' }];
  const mismatch = openCase('amount_mismatch', { asked: payment.amount.toString(), charged: charged.toString() });
  // A terminal that counts otherwise than we do would charge wrongly for ever.
  return isAmountChecked ? [mismatch] : [mismatch, { kind: 'block', reason: 'first_amount_mismatch' }];
}

/** A person's word is never overwritten; a terminal that says otherwise is a case, and so is another amount than was asked. */
function afterSettling(payment: PaymentRecord, status: TerminalStatus, isAmountChecked: boolean): Result {
  const next = unwatched(payment);
  const contradicted = (terminal: string) => openCase('contradicted', { person: payment.status, terminal });
  if (status.kind === 'failed') return payment.status === 'failed' ? step(next) : step(next, contradicted('failed'));
  if (status.kind !== 'succeeded') return undefined;
  const charged = status.operation.amount;
  const told = withOperation(next, status.operation);
  const compared = compareAmount(payment, charged, isAmountChecked);
  if (payment.status !== 'paid') return step(told, contradicted('paid'), ...compared);
  return step(charged ? { ...told, amountPaid: charged } : told, ...compared);
}

const closedByTerminal: TerminalEffect = { kind: 'close_cases', by: 'system', reason: 'the terminal told the outcome' };

function openCase(kind: CaseKind, detail: Record<string, string> = {}): TerminalEffect {
  return { kind: 'open_case', case: kind, detail };
}

function step(state: PaymentRecord, ...effects: TerminalEffect[]): Step<PaymentRecord, TerminalEffect> {
  return { state, effects };
}

function waiting(payment: PaymentRecord, subStatus: string | undefined): PaymentRecord {
  const { statusReason: _, ...clear } = withSub(payment, subStatus);
  return { ...clear, status: CONFIRMING.has(subStatus ?? '') ? 'awaiting_confirmation' : 'awaiting_scan' };
}

function failed(payment: PaymentRecord, statusReason: string): PaymentRecord {
  return { ...payment, status: 'failed', statusReason, final: true };
}

function unknown(payment: PaymentRecord, statusReason: string): PaymentRecord {
  return { ...payment, status: 'unknown', statusReason };
}

function unwatched(payment: PaymentRecord): PaymentRecord {
  const { watchUntilMs: _, ...over } = payment;
  return over;
}

function settled(payment: PaymentRecord, input: Extract<TerminalInput, { kind: 'resolved' }>): PaymentRecord {
  const isWatched = payment.terminal?.processId !== undefined && payment.statusReason !== 'amount_mismatch';
  return {
    ...payment,
    status: input.outcome === 'paid' ? 'paid' : 'failed',
    final: true,
    evidence: 'person',
    resolvedBy: input.by,
    resolvedReason: input.reason,
    ...(isWatched ? { watchUntilMs: input.watchUntilMs } : {}),
  };
}

function withProcess(payment: PaymentRecord, processId: string): PaymentRecord {
  const { terminal } = payment;
  return terminal ? { ...payment, terminal: { ...terminal, processId, start: 'answered' } } : payment;
}

function withRefusal(payment: PaymentRecord, refusal: string | undefined): PaymentRecord {
  const { terminal } = payment;
  return terminal && refusal !== undefined ? { ...payment, terminal: { ...terminal, refusal } } : payment;
}

function withSub(payment: PaymentRecord, subStatus: string | undefined): PaymentRecord {
  const { terminal } = payment;
  return terminal && subStatus !== undefined ? { ...payment, terminal: { ...terminal, subStatus } } : payment;
}

function withOperation(payment: PaymentRecord, operation: TerminalOperation): PaymentRecord {
  const { terminal } = payment;
  if (!terminal) return payment;
  const { method, transactionId, rrn, orderNumber, product } = operation;
  return {
    ...payment,
    receipt: maskCards(operation.receipt),
    terminal: {
      ...terminal,
      ...(method === undefined ? {} : { method }),
      ...(transactionId === undefined ? {} : { transactionId }),
      ...(rrn === undefined ? {} : { rrn }),
      ...(orderNumber === undefined ? {} : { orderNumber }),
      ...(product === undefined ? {} : { product }),
    },
  };
}
