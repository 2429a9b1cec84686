import { type Context, Money } from '@tolem/base';
import { SimError } from '../sim-error.ts';
import type { TruthJournal } from '../truth/truth-journal.ts';
import { moveMoney } from './money-move.ts';
import type { ProcessBook } from './process-book.ts';
import type { TerminalPayMethod, TerminalProcess } from './terminal-process.ts';
import type { TerminalSettings } from './terminal-settings.ts';

/** What can be done at one simulated terminal, by its API and by people's hands. Hands throw `not_possible` without an open operation. */
export interface Operations {
  startPayment(start: StartedBy): TerminalProcess | StartRefusal;
  startRefund(start: StartedBy & RefundOf): TerminalProcess | StartRefusal;
  /** Looks an `unknown` operation up at the bank. */
  actualize(processId: string): void;
  /** The customer pays, or scans the code of a refund; `amount` charges another amount than asked. */
  pay(paying: { method: TerminalPayMethod; amount?: string }): void;
  cancel(): void;
  fail(): void;
  /** The terminal loses sight of the operation; where it resolves to success, the bank has charged already. */
  becomeUnknown(resolvesTo: 'success' | 'fail' | null): void;
  setSubStatus(word: string): void;
  /** The app starts anew: what was open is cut off; v1 forgets every id. */
  restart(): void;
}

export type StartRefusal = 'busy' | 'no_such_transaction';
interface StartedBy {
  amount: string;
  ownCheque: boolean;
}
interface RefundOf {
  method: TerminalPayMethod;
  /** Finds the payment by what this version of the API calls its id. */
  matches(process: TerminalProcess): boolean;
}

interface Parts {
  settings: TerminalSettings;
  context: Context;
  truth: TruthJournal;
  book: ProcessBook;
}

export function createOperations(parts: Parts): Operations {
  const { settings, book } = parts;
  const mustBeOpen = (): TerminalProcess => {
    const process = book.open();
    if (!process) throw new SimError('not_possible', 'the terminal has no open operation');
    return process;
  };
  const end = (status: 'fail' | 'unknown', subStatus: string | undefined, message: string) =>
    book.change(mustBeOpen().processId, { status, message, ...(subStatus === undefined ? {} : { subStatus }) });
  return {
    startPayment(start) {
      if (book.open()) return 'busy';
      const process = book.add({ kind: 'payment', ...start });
      book.step(process.processId, () => book.change(process.processId, { subStatus: 'WaitUser' }));
      return process;
    },
    startRefund: (start) => startRefund(parts, start),
    actualize: (processId) => actualize(parts, processId),
    pay: (paying) => pay(parts, mustBeOpen(), paying),
    cancel: () => end('fail', 'ProcessCancelled', 'Операция отменена'),
    fail: () => end('fail', outcomeWord(mustBeOpen(), 'Failure'), 'Недостаточно средств'),
    becomeUnknown(resolvesTo) {
      if (settings.api === 'v1') throw new SimError('not_possible', 'API v1 has no status "unknown"');
      const { processId } = mustBeOpen();
      end('unknown', undefined, 'Статус операции неизвестен');
      book.change(processId, { resolvesTo });
      if (resolvesTo === 'success') moveUnseen(parts, processId);
    },
    setSubStatus: (word) => book.change(mustBeOpen().processId, { subStatus: word }),
    restart() {
      if (book.open()) end('fail', 'ProcessCancelled', 'Приложение перезапущено');
      if (settings.api === 'v2') return;
      for (const { processId } of book.all()) book.change(processId, { isForgotten: true });
    },
  };
}

function startRefund(parts: Parts, start: StartedBy & RefundOf): TerminalProcess | StartRefusal {
  const { book, settings } = parts;
  if (book.open()) return 'busy';
  const { amount, ownCheque, method } = start;
  const original = book
    .all()
    .find((process) => process.kind === 'payment' && process.method === method && start.matches(process));
  if (original?.transactionId === undefined) return 'no_such_transaction';
  // A QR refund on a v2 terminal shows a QR that the customer must scan [pos-v2 Operations].
  const needsScan = settings.api === 'v2' && method === 'qr';
  const { processId } = book.add({
    kind: 'refund',
    amount,
    ownCheque,
    method,
    refundOf: original.processId,
    needsScan,
  });
  const process = book.find(processId) ?? original;
  book.step(processId, () => {
    book.change(processId, { subStatus: needsScan ? 'WaitUser' : 'ProcessRefund' });
    if (!needsScan) book.step(processId, (waiting) => finish(parts, waiting, method, amount));
  });
  return process;
}

function pay(parts: Parts, process: TerminalProcess, paying: { method: TerminalPayMethod; amount?: string }): void {
  const { book, settings } = parts;
  const { processId } = process;
  const method = process.kind === 'refund' ? (process.method ?? paying.method) : paying.method;
  const amount = paying.amount === undefined ? process.amount : Money.parse(paying.amount).toString();
  const confirmUntilMs = parts.context.clock.nowMs() + settings.confirmS * 1000;
  const deadlineAtMs = Math.max(process.deadlineAtMs, confirmUntilMs);
  const subStatus = method === 'card' ? 'ProcessingCard' : 'WaitForQrConfirmation';
  book.change(processId, { method, deadlineAtMs, subStatus });
  book.step(processId, (waiting) => {
    if (method !== 'card') return finish(parts, waiting, method, amount);
    book.change(processId, { subStatus: 'WaitForPinCode' });
    book.step(processId, (stillWaiting) => finish(parts, stillWaiting, method, amount));
  });
}

function finish(parts: Parts, process: TerminalProcess, method: TerminalPayMethod, amount: string): void {
  const original = parts.book.all().find((candidate) => candidate.processId === process.refundOf);
  const moved = moveMoney({ ...parts, process, original, method, amount });
  if (moved) {
    parts.book.change(process.processId, {
      ...moved,
      status: 'success',
      subStatus: outcomeWord({ method }, 'Success'),
    });
    return;
  }
  const message = 'Сумма возврата больше суммы покупки';
  parts.book.change(process.processId, { status: 'fail', subStatus: outcomeWord({ method }, 'Failure'), message });
}

function moveUnseen(parts: Parts, processId: string): void {
  const process = parts.book.find(processId);
  if (!process) return;
  const original = parts.book.all().find((candidate) => candidate.processId === process.refundOf);
  const moved = moveMoney({ ...parts, process, original, method: process.method ?? 'qr', amount: process.amount });
  parts.book.change(processId, moved ?? { resolvesTo: 'fail' });
}

function actualize({ book, context }: Parts, processId: string): void {
  const process = book.find(processId);
  if (!process) return;
  book.change(processId, { lastActualizedAtMs: context.clock.nowMs() });
  if (process.resolvesTo === 'success') {
    book.change(processId, { status: 'success', subStatus: outcomeWord(process, 'Success') });
  }
  if (process.resolvesTo === 'fail')
    book.change(processId, { status: 'fail', subStatus: outcomeWord(process, 'Failure') });
}

function outcomeWord(process: Pick<TerminalProcess, 'method'>, outcome: 'Success' | 'Failure'): string {
  return `${process.method === 'card' ? 'Card' : 'Qr'}Transaction${outcome}`;
}
