import type { Clock } from '@tolem/base';
import { Money } from '@tolem/base';
import type { StartPayment, StartRefund, TerminalApiVersion, TerminalMethod, TerminalStatus } from './terminal-api.ts';

/** What a fake terminal has really done, for assertions about money. */
export interface FakeTerminalTruth {
  charges: Array<{ terminalProcessId: string; amount: Money; method: TerminalMethod; transactionId: string }>;
  refunds: Array<{ terminalProcessId: string; amount: Money; ofTransactionId: string }>;
}

export interface FakeProcess {
  terminalProcessId: string;
  kind: 'payment' | 'refund';
  amount: Money;
  status: TerminalStatus;
  refunds?: string;
  resolvesTo?: 'success' | 'fail' | undefined;
  needsScan: boolean;
  deadlineMonoMs: number;
}

/** A refund that needs nobody takes this long on the terminal. */
const REFUND_TAKES_MS = 2_000;

/** The operations of one fake terminal: one at a time, ended by a person's hands or by its own clock. */
export function createFakeOperations(options: { clock: Clock; version: TerminalApiVersion; waitMs: number }) {
  const { clock, version, waitMs } = options;
  const processes = new Map<string, FakeProcess>();
  const truth: FakeTerminalTruth = { charges: [], refunds: [] };
  let issued = 1_579_237_873_553n;

  const open = (): FakeProcess | undefined =>
    [...processes.values()].find((process) => process.status.kind === 'waiting');
  const elapse = (): void => {
    const process = open();
    if (!process || clock.monoMs() < process.deadlineMonoMs) return;
    if (process.kind === 'refund' && !process.needsScan) finishRefund(process);
    else process.status = { kind: 'failed', subStatus: 'ProcessCancelled' };
  };
  const begin = (kind: FakeProcess['kind'], amount: Money, more: { needsScan: boolean; refunds?: string }): string => {
    issued += 1n;
    const terminalProcessId = issued.toString();
    const isQuick = kind === 'refund' && !more.needsScan;
    processes.set(terminalProcessId, {
      terminalProcessId,
      kind,
      amount,
      status: { kind: 'waiting', subStatus: kind === 'payment' ? 'WaitUser' : 'ProcessRefund' },
      ...more,
      deadlineMonoMs: clock.monoMs() + (isQuick ? REFUND_TAKES_MS : waitMs),
    });
    return terminalProcessId;
  };
  const finishPayment = (process: FakeProcess, method: TerminalMethod, amount: Money): void => {
    const transactionId = `${900_000_000 + truth.charges.length}`;
    truth.charges.push({ terminalProcessId: process.terminalProcessId, amount, method, transactionId });
    process.status = succeeded(version, method, amount, transactionId);
  };
  const finishRefund = (process: FakeProcess): void => {
    const charge = truth.charges.find((entry) => entry.transactionId === process.refunds);
    const returned = truth.refunds.filter((entry) => entry.ofTransactionId === process.refunds);
    const left = charge?.amount.minus(Money.sum(returned.map((entry) => entry.amount))) ?? Money.zero;
    if (!charge || left.compare(process.amount) < 0) {
      process.status = {
        kind: 'failed',
        subStatus: 'CardTransactionFailure',
        message: 'Сумма возврата больше суммы покупки',
      };
      return;
    }
    truth.refunds.push({
      terminalProcessId: process.terminalProcessId,
      amount: process.amount,
      ofTransactionId: charge.transactionId,
    });
    process.status = succeeded(version, charge.method, process.amount, charge.transactionId);
  };
  const resolveUnknown = (process: FakeProcess): void => {
    if (process.resolvesTo === 'fail') process.status = { kind: 'failed' };
    if (process.resolvesTo !== 'success') return;
    if (process.kind === 'payment') finishPayment(process, 'qr', process.amount);
    else finishRefund(process);
  };
  return {
    truth,
    open,
    elapse,
    find: (terminalProcessId: string) => processes.get(terminalProcessId),
    startPayment: (request: StartPayment) => begin('payment', request.amount, { needsScan: false }),
    /** `undefined`: no such transaction of this method. */
    startRefund(request: StartRefund): string | undefined {
      const charge = truth.charges.find(
        (entry) => entry.transactionId === request.transactionId && entry.method === request.method,
      );
      if (!charge) return undefined;
      // A QR refund on a v2 terminal shows a QR that the customer must scan [pos-v2 Operations].
      const needsScan = version === 'v2' && request.method === 'qr';
      return begin('refund', request.amount, { needsScan, refunds: charge.transactionId });
    },
    finishPayment,
    finishRefund,
    resolveUnknown,
    forgetAll: () => processes.clear(),
  };
}

function succeeded(
  version: TerminalApiVersion,
  method: TerminalMethod,
  amount: Money,
  transactionId: string,
): TerminalStatus {
  const subStatus = method === 'card' ? 'CardTransactionSuccess' : 'QrTransactionSuccess';
  const reference = method === 'card' ? { rrn: transactionId } : { orderNumber: transactionId };
  return {
    kind: 'succeeded',
    ...(version === 'v2' ? { subStatus } : {}),
    operation: {
      transactionId,
      method,
      amount,
      ...reference,
      receipt: { ...reference, method, amount: `${amount.tiyn / 100n} ₸`, storeName: 'Fake store' },
      product: { type: method === 'card' ? 'OtherCard' : 'Gold', isOffer: false },
    },
  };
}
