import type { Money } from '@tolem/base';
import type { Payment } from '../payment/payment.ts';
import type { Refund } from '../refund/refund.ts';
import { addInfoOf, chequeInfoOf } from './v1-cheque.ts';

/**
 * What an operation is to an old till, which knows `wait`, `success` and `fail` only. Whatever nobody knows for certain is
 * `wait`: `fail` would have the cashier charge again. `refused`: the terminal certainly did not begin.
 */
export type Outcome =
  | { kind: 'wait' }
  | { kind: 'refused'; sentence: string | undefined }
  | { kind: 'fail'; endedAtMs: number }
  | { kind: 'success'; endedAtMs: number; transactionId: string; body: Record<string, unknown> };

/** `processId` names the transaction where the terminal has no number for it. */
export function outcomeOfPayment(payment: Payment, processId: string): Outcome {
  const { terminal, status } = payment;
  if (status === 'paid') {
    const transactionId = transactionIdOf(payment, processId);
    return {
      kind: 'success',
      endedAtMs: payment.paidAtMs ?? payment.updatedAtMs,
      transactionId,
      body: success(payment, transactionId, { amount: payment.amountPaid ?? payment.amount, receipt: payment.receipt }),
    };
  }
  const isUnpaid = status === 'failed' || status === 'cancelled' || status === 'expired';
  if (!isUnpaid || !payment.final) return { kind: 'wait' };
  const wasBegun = terminal?.processId !== undefined || payment.evidence === 'person';
  return wasBegun ? { kind: 'fail', endedAtMs: payment.updatedAtMs } : { kind: 'refused', sentence: terminal?.refusal };
}

export function outcomeOfRefund(refund: Refund, payment: Payment | undefined, processId: string): Outcome {
  const { status, terminal } = refund;
  if (status === 'confirmed') {
    const transactionId = payment ? transactionIdOf(payment, processId) : processId;
    const money = { amount: refund.amount, receipt: refund.receipt };
    return {
      kind: 'success',
      endedAtMs: refund.updatedAtMs,
      transactionId,
      body: success(payment, transactionId, money),
    };
  }
  if (status !== 'declined') return { kind: 'wait' };
  const wasBegun = terminal?.processId !== undefined || refund.evidence === 'person';
  return wasBegun ? { kind: 'fail', endedAtMs: refund.updatedAtMs } : { kind: 'refused', sentence: terminal?.refusal };
}

function transactionIdOf({ terminal }: Payment, processId: string): string {
  return terminal?.transactionId ?? terminal?.orderNumber ?? terminal?.rrn ?? processId;
}

function success(
  payment: Payment | undefined,
  transactionId: string,
  money: { amount: Money; receipt: Record<string, string> | undefined },
): Record<string, unknown> {
  return {
    status: 'success',
    transactionId,
    addInfo: addInfoOf(payment?.terminal),
    chequeInfo: chequeInfoOf({ ...money, method: payment?.terminal?.method }),
  };
}
