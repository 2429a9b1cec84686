import {
  Money,
  PAYMENT_METHODS,
  PAYMENT_STATUSES,
  type PaymentMethod,
  type PaymentStatus,
  REFUND_STATUSES,
  type RefundStatus,
} from '@tolem/base';
import type { Amount } from './gen/tolem/v1/money.ts';
import type {
  PaymentMethod as WireMethod,
  PaymentStatus as WirePaymentStatus,
  RefundStatus as WireRefundStatus,
} from './gen/tolem/v1/payment.ts';

/** The one place where the wire's numbers and our words meet: enum values count from 1 in the order of our lists. */
export function toWirePaymentStatus(status: PaymentStatus): WirePaymentStatus {
  return numberOf(PAYMENT_STATUSES, status) as WirePaymentStatus;
}

/** `undefined` for a number that this version does not know: the caller treats the payment as unknown, never as failed. */
export function fromWirePaymentStatus(status: WirePaymentStatus): PaymentStatus | undefined {
  return PAYMENT_STATUSES[status - 1];
}

export function toWireRefundStatus(status: RefundStatus): WireRefundStatus {
  return numberOf(REFUND_STATUSES, status) as WireRefundStatus;
}

export function fromWireRefundStatus(status: WireRefundStatus): RefundStatus | undefined {
  return REFUND_STATUSES[status - 1];
}

export function toWireMethod(method: PaymentMethod): WireMethod {
  return numberOf(PAYMENT_METHODS, method) as WireMethod;
}

export function fromWireMethod(method: WireMethod): PaymentMethod | undefined {
  return PAYMENT_METHODS[method - 1];
}

export function toWireAmount(money: Money): Amount {
  return { tiyn: money.tiyn };
}

export function fromWireAmount(amount: Amount | undefined): Money | undefined {
  return amount === undefined ? undefined : Money.fromTiyn(amount.tiyn);
}

function numberOf<Word extends string>(words: readonly Word[], word: Word): number {
  return words.indexOf(word) + 1;
}
