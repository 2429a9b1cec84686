import type { Context } from '@tolem/base';
import { hashKey } from '../payment/idempotency.ts';
import type { Payment } from '../payment/payment.ts';
import type { PaymentBook } from '../payment/payment-book.ts';
import type { Refund } from '../refund/refund.ts';
import type { RefundBook } from '../refund/refund-book.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import type { DropInProcess } from './drop-in-process.ts';

/** Under this caller the payments of old tills stand in the journal; no token of the local API is called so. */
export const DROP_IN_TOKEN = 'pos-compat';
/** Ids have thirteen digits like those of a v1 terminal, also where the clock stands at its beginning. */
const FIRST_ID = 1_000_000_000_000;
const ID_PATTERN = /^\d{13,15}$/;

/**
 * Which operation an old till means by a process id. A process is written with its operation, under whose idempotency key it
 * can be found again: also when the journal was lost and the key came back from the hub.
 */
export interface ProcessLedger {
  /** A new id for a request, to be written in the transaction of its operation; nobody hears of it before. */
  next(request: Pick<DropInProcess, 'kind' | 'address' | 'asked'>): DropInProcess;
  /** `never_issued` for ids that no till was ever given; `not_known_yet` where a lost journal may have held it. */
  find(processId: string): DropInProcess | 'never_issued' | 'not_known_yet';
  last(request: Pick<DropInProcess, 'kind' | 'address' | 'asked'>): DropInProcess | undefined;
  ofTransaction(transactionId: string): DropInProcess | undefined;
  paymentOf(process: DropInProcess): Payment | undefined;
  refundOf(process: DropInProcess): Refund | undefined;
  /** Nothing that the hub knows of this agent is still to come back. */
  isComplete(): boolean;
  /** A payment of an old till whose outcome is open or unknown. */
  openPayment(): Payment | undefined;
  /** The till has fetched the final answer. */
  told(process: DropInProcess, answer: { status: 'success' | 'fail'; transactionId?: string }): void;
}

/** The idempotency key of a process's operation. */
export function keyOfProcess(processId: string): string {
  return `drop-in-process-${processId}`;
}

export function createProcessLedger(parts: {
  context: Context;
  store: EdgeStore;
  payments: PaymentBook;
  refunds: RefundBook;
}): ProcessLedger {
  const { context, store, payments, refunds } = parts;
  let newest: number | undefined;

  const hashOf = (processId: string) =>
    hashKey({ token: DROP_IN_TOKEN, idempotencyKey: keyOfProcess(processId), bodyHash: '' });
  const isComplete = () => store.meta('resume') === 'done';
  const nextId = (): number => {
    newest ??= Number(store.processes.newestId() ?? FIRST_ID);
    newest = Math.max(newest + 1, Math.floor(context.clock.nowMs()));
    return newest;
  };
  return {
    next({ kind, address, asked }) {
      const processId = String(nextId());
      const createdAtMs = Math.floor(context.clock.nowMs());
      return { processId, kind, address, asked, createdAtMs, keyHash: hashOf(processId) };
    },
    find(processId) {
      if (!ID_PATTERN.test(processId)) return 'never_issued';
      const known = store.processes.get(processId);
      if (known) return known;
      const keyHash = hashOf(processId);
      const key = store.key(keyHash);
      if (key) return { processId, kind: key.kind, address: '', asked: '', createdAtMs: key.createdAtMs, keyHash };
      return isComplete() ? 'never_issued' : 'not_known_yet';
    },
    isComplete,
    last: (request) => store.processes.last(request),
    ofTransaction: (transactionId) => store.processes.ofTransaction(transactionId),
    paymentOf(process) {
      const key = store.key(process.keyHash);
      return key?.kind === 'payment' ? payments.get(key.id) : undefined;
    },
    refundOf(process) {
      const key = store.key(process.keyHash);
      return key?.kind === 'refund' ? refunds.get(key.id) : undefined;
    },
    openPayment: () => store.openPayments().find((payment) => payment.token === DROP_IN_TOKEN && !payment.final),
    told(process, { status, transactionId }) {
      const next = { ...process, told: { status }, ...(transactionId === undefined ? {} : { transactionId }) };
      store.transact((writer) => writer.putProcess(next));
    },
  };
}
