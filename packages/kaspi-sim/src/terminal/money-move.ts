import { type Context, Money } from '@tolem/base';
import type { TruthJournal } from '../truth/truth-journal.ts';
import type { TerminalPayMethod, TerminalProcess } from './terminal-process.ts';
import type { TerminalSettings } from './terminal-settings.ts';

export interface MoneyMove {
  process: TerminalProcess;
  /** Of a refund: the payment whose money goes back. */
  original: TerminalProcess | undefined;
  method: TerminalPayMethod;
  amount: string;
  settings: TerminalSettings;
  context: Context;
  truth: TruthJournal;
}

/** Charges the customer or gives money back, in the journal of truth; `undefined` where the bank refuses. */
export function moveMoney(move: MoneyMove): Partial<TerminalProcess> | undefined {
  return move.process.kind === 'payment' ? charge(move) : giveBack(move);
}

function charge({ process, method, amount, settings, context, truth }: MoneyMove): Partial<TerminalProcess> {
  const transactionId = `${100_000_000 + Math.floor(context.random.fraction() * 899_999_999)}`;
  truth.charge({
    bankPaymentId: transactionId,
    organizationBin: settings.bin,
    amount,
    at: isoMoment(context),
    method,
    source: 'terminal',
    terminalId: settings.id,
    processId: process.processId,
  });
  const reference =
    method === 'card' ? { rrn: process.processId.slice(-12) } : { orderNumber: process.processId.slice(-9) };
  return { method, transactionId, movedAmount: amount, ...reference };
}

/** The bank gives back no more than it took, whatever was asked; refunds made elsewhere count too. */
function giveBack({
  process,
  original,
  method,
  settings,
  context,
  truth,
}: MoneyMove): Partial<TerminalProcess> | undefined {
  const charged = truth.charges.find((entry) => entry.bankPaymentId === original?.transactionId);
  if (!charged) return undefined;
  const returned = truth.refunds.filter((entry) => entry.bankPaymentId === charged.bankPaymentId);
  const left = Money.parse(charged.amount).minus(Money.sum(returned.map((entry) => Money.parse(entry.amount))));
  if (left.compare(Money.parse(process.amount)) < 0) return undefined;
  const bankRefundId = `R${process.processId}`;
  truth.refund({
    bankRefundId,
    bankPaymentId: charged.bankPaymentId,
    amount: process.amount,
    at: isoMoment(context),
    source: 'terminal',
    terminalId: settings.id,
    processId: process.processId,
  });
  return {
    method,
    movedAmount: process.amount,
    transactionId: bankRefundId,
    ...(original?.rrn === undefined ? {} : { rrn: original.rrn }),
    ...(original?.orderNumber === undefined ? {} : { orderNumber: original.orderNumber }),
  };
}

function isoMoment(context: Context): string {
  return new Date(context.clock.nowMs()).toISOString();
}
