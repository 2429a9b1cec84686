import type { Context, PaymentStatus, RefundStatus } from '@tolem/base';
import type { PaymentRecord } from '../payment/payment-record.ts';
import type { RefundRecord } from '../refund/refund-record.ts';
import type { RecordBook } from './record-book.ts';

/** Records whose last word is remembered so that it is not said twice; a busy machine has a hundred open at once. */
const REMEMBERED_MAX = 2_000;

/** By who has to read it: `error` where money is in doubt, `debug` what every payment passes through. */
const PAYMENT_LEVELS: Readonly<Record<PaymentStatus, 'debug' | 'info' | 'error'>> = {
  created: 'info',
  awaiting_scan: 'debug',
  awaiting_confirmation: 'debug',
  paid: 'info',
  failed: 'info',
  expired: 'info',
  cancelled: 'info',
  unknown: 'error',
};
const REFUND_LEVELS: Readonly<Record<RefundStatus, 'debug' | 'info' | 'error'>> = {
  requested: 'info',
  approved: 'info',
  sent: 'debug',
  confirmed: 'info',
  declined: 'info',
  unknown: 'error',
};

export interface LifeLogParts {
  context: Pick<Context, 'log'>;
  payments: Pick<RecordBook<PaymentRecord>, 'onChange'>;
  refunds: Pick<RecordBook<RefundRecord>, 'onChange'>;
  /** What is open when the agent starts: said before, by the process before this one. */
  open: { payments: readonly PaymentRecord[]; refunds: readonly RefundRecord[] };
}

/** One line of the log for each status that a payment or a refund takes, and for late money, with every id of it. */
export function logLives({ context: { log }, payments, refunds, open }: LifeLogParts): void {
  const last = new Map<string, string>();
  const isNews = (id: string, word: string): boolean => {
    if (last.get(id) === word) return false;
    last.delete(id);
    last.set(id, word);
    const oldest = last.keys().next().value;
    if (last.size > REMEMBERED_MAX && oldest !== undefined) last.delete(oldest);
    return true;
  };
  for (const { paymentId, status } of open.payments) isNews(paymentId, status);
  for (const { refundId, status } of open.refunds) isNews(refundId, status);
  payments.onChange((payment) => {
    const { paymentId, status, late } = payment;
    if (isNews(paymentId, status)) log[PAYMENT_LEVELS[status]](aboutPayment(payment), `payment.${status}`);
    if (late && isNews(`late ${paymentId}`, late.amount.toString())) {
      log.warn({ ...aboutPayment(payment), late: late.amount.toString() }, 'payment.late');
    }
  });
  refunds.onChange((refund) => {
    const { refundId, status } = refund;
    if (isNews(refundId, status)) log[REFUND_LEVELS[status]](aboutRefund(refund), `refund.${status}`);
  });
}

function aboutPayment(payment: PaymentRecord): Record<string, unknown> {
  const { paymentId, method, amount, orderId, deviceId, terminal, bankPaymentId, statusReason, evidence } = payment;
  const terminalIds = { terminalId: terminal?.terminalId, terminalProcessId: terminal?.processId };
  const ids = { paymentId, method, amount: amount.toString(), orderId, deviceId, ...terminalIds, bankPaymentId };
  return { ...ids, reason: statusReason, evidence, resolvedBy: payment.resolvedBy };
}

function aboutRefund(refund: RefundRecord): Record<string, unknown> {
  const { refundId, paymentId, amount, actor, owner, terminal, commandId, statusReason, evidence } = refund;
  const ids = { refundId, paymentId, amount: amount.toString(), actor, owner, terminalId: terminal?.terminalId };
  return { ...ids, commandId, reason: statusReason, evidence, resolvedBy: refund.resolvedBy };
}
