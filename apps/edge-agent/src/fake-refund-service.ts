import { type Context, Money } from '@tolem/base';
import { refusal } from './fake-payment-service.ts';
import type { Payment } from './payment/payment.ts';
import type { Refund } from './refund/refund.ts';
import type { CreateRefund, RefundService } from './refund/refund-service.ts';

export interface FakeRefunds extends RefundService {
  change(refundId: string, patch: Partial<Refund>): Refund;
  /** Headquarters asks for one. */
  ask(request: Pick<Refund, 'paymentId' | 'amount' | 'terminal'>): Refund;
  /** The bank says that the money went back. */
  confirm(refundId: string): void;
  ofPayment(paymentId: string): Refund[];
}

export interface FakeRefundsParts {
  context: Context;
  payment(paymentId: string): Payment;
  changePayment(paymentId: string, patch: Partial<Payment>): Payment;
  /** Throws the refusal of a refund that the bank's scheme does not allow so. */
  mustFit?(refundSessionId: string | undefined): void;
}

/** Refunds in memory that obey the contract of `RefundService`; each waits until the test confirms or declines it. */
export function createFakeRefunds(parts: FakeRefundsParts): FakeRefunds {
  const { clock, ids } = parts.context;
  const refunds = new Map<string, Refund>();
  const keys = new Map<string, { refundId: string; bodyHash: string }>();
  const listeners = new Set<(refund: Refund) => void>();

  const get = (refundId: string): Refund => {
    const refund = refunds.get(refundId);
    if (!refund) throw refusal(404, 'refund_unknown', 'no refund has this id');
    return refund;
  };
  const store = (refund: Refund): Refund => {
    refunds.set(refund.refundId, refund);
    for (const listener of [...listeners]) listener(refund);
    return refund;
  };
  const change = (refundId: string, patch: Partial<Refund>): Refund => {
    const before = get(refundId);
    return store({ ...before, ...patch, version: before.version + 1, updatedAtMs: clock.nowMs() });
  };
  const ofPayment = (paymentId: string) => [...refunds.values()].filter((refund) => refund.paymentId === paymentId);
  const leftOf = (payment: Payment) => {
    const taken = ofPayment(payment.paymentId).filter((refund) => refund.status !== 'declined');
    return payment.amount.minus(Money.sum(taken.map((refund) => refund.amount)));
  };

  return {
    change,
    ofPayment,
    async create(request: CreateRefund) {
      const keyOfCaller = `${request.token} ${request.idempotencyKey}`;
      const known = keys.get(keyOfCaller);
      if (known && known.bodyHash !== request.bodyHash) {
        throw refusal(409, 'key_conflict', 'this key was used with another body', { refundId: known.refundId });
      }
      if (known) return { refund: get(known.refundId), repeated: true };
      request.mayBegin?.();
      const payment = parts.payment(request.paymentId);
      if (payment.status !== 'paid') throw refusal(409, 'payment_not_paid', 'only a paid payment can be refunded');
      if (payment.method !== 'terminal') parts.mustFit?.(request.refundSessionId);
      const amount = request.amount ?? leftOf(payment);
      if (!amount.isPositive || amount.compare(leftOf(payment)) > 0) {
        throw refusal(409, 'refund_exceeds_payment', 'more than is left of the payment');
      }
      const refund: Refund = {
        refundId: ids.uuid(),
        paymentId: request.paymentId,
        amount,
        status: 'requested',
        reason: request.reason,
        actor: request.actor,
        ...(request.refundSessionId === undefined ? {} : { refundSessionId: request.refundSessionId }),
        version: 1,
        hubVersion: 0,
        createdAtMs: clock.nowMs(),
        updatedAtMs: clock.nowMs(),
      };
      keys.set(keyOfCaller, { refundId: refund.refundId, bodyHash: request.bodyHash });
      return { refund: store(refund), repeated: false };
    },
    get,
    asked: () =>
      [...refunds.values()].filter(
        ({ commandId, status }) => commandId !== undefined && status !== 'confirmed' && status !== 'declined',
      ),
    ask(request) {
      const moment = { createdAtMs: clock.nowMs(), updatedAtMs: clock.nowMs() };
      const about = { commandId: ids.uuid(), reason: 'asked by HQ', actor: 'hq/anna', version: 1, hubVersion: 0 };
      return store({ refundId: ids.uuid(), status: 'sent', ...request, ...about, ...moment });
    },
    waitForChange(refundId, afterVersion, waitMs, signal) {
      return new Promise((resolve) => {
        const done = () => {
          timer.cancel();
          listeners.delete(listener);
          signal?.removeEventListener('abort', done);
          resolve(get(refundId));
        };
        const listener = (refund: Refund) => {
          if (refund.refundId === refundId && refund.version > afterVersion) done();
        };
        const timer = clock.after(waitMs, done);
        listeners.add(listener);
        signal?.addEventListener('abort', done, { once: true });
        if (get(refundId).version > afterVersion || signal?.aborted) done();
      });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async resolve(refundId, { outcome, by, reason }) {
      const { status, statusReason } = get(refundId);
      const isAsked = status === 'unknown' || statusReason === 'status_unlisted';
      if (!isAsked) throw refusal(409, 'not_unknown', 'only an unknown refund is settled');
      return change(refundId, { status: outcome, evidence: 'person', resolvedBy: by, resolvedReason: reason });
    },
    confirm(refundId) {
      const { paymentId, amount } = change(refundId, { status: 'confirmed', evidence: 'answer' });
      parts.changePayment(paymentId, { refunded: parts.payment(paymentId).refunded.plus(amount) });
    },
  };
}
