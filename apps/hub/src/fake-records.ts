import { Money, ProblemError } from '@tolem/base';
import type { Caller } from './caller.ts';
import type { Payment } from './payment/payment.ts';
import type { CreatePayment } from './payment/payment-service.ts';
import type { Refund } from './refund/refund.ts';

/** A payment as the core would hold it after its creation. */
export function fakePayment(caller: Caller, request: CreatePayment, atMs: number): Payment {
  return {
    paymentId: request.paymentId,
    source: 'hub',
    agentId: caller.kind === 'agent' ? caller.agentId : '',
    deviceId: request.deviceId ?? 'till-1',
    organizationBin: '180340021791',
    tradePointId: '1',
    deviceToken: '"t"',
    method: request.method,
    amount: request.amount,
    requestHash: '',
    status: 'awaiting_scan',
    final: false,
    version: 1,
    watched: true,
    bankPaymentId: '9007199254740993',
    qrToken: 'https://pay.example/1',
    paymentMethods: ['Gold'],
    pollIntervalMs: 5_000,
    scanWaitMs: 180_000,
    confirmWaitMs: 65_000,
    createdAtMs: atMs,
    updatedAtMs: atMs,
    lateAcceptMs: 60_000,
    refunded: Money.zero,
    refundReserved: Money.zero,
  };
}

/** A refund that the bank has confirmed. */
export function fakeRefund(
  refundId: string,
  payment: Payment,
  amount: Money | undefined,
  reason: string,
  atMs: number,
): Refund {
  return {
    refundId,
    paymentId: payment.paymentId,
    amount: amount ?? payment.amount,
    status: 'confirmed',
    reason,
    actor: 'test',
    requestHash: '',
    version: 1,
    createdAtMs: atMs,
    updatedAtMs: atMs,
    sends: 1,
    source: 'hub',
  };
}

export function fakeProblem(status: number, code: string): ProblemError {
  return new ProblemError({
    status,
    code,
    detail: code,
    money: 'none',
    retry: 'never',
    hint: { kk: code, ru: code, en: code },
  });
}
