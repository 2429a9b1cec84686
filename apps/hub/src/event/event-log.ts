import type { Logger } from '@tolem/base';
import { present } from '../present.ts';
import type { EventType, HubEvent } from './hub-event.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** By who has to read it: `error` where money is in doubt, `debug` what every payment passes through. */
const LEVELS: Readonly<Record<EventType, Level>> = {
  'payment.created': 'info',
  'payment.awaiting_scan': 'debug',
  'payment.awaiting_confirmation': 'debug',
  'payment.paid': 'info',
  'payment.failed': 'info',
  'payment.expired': 'info',
  'payment.cancelled': 'info',
  'payment.unknown': 'error',
  'payment.late': 'warn',
  'payment.collected': 'debug',
  'payment.final': 'debug',
  'refund.requested': 'info',
  'refund.approved': 'info',
  'refund.sent': 'debug',
  'refund.confirmed': 'info',
  'refund.declined': 'info',
  'refund.unknown': 'error',
  'case.opened': 'error',
  'case.closed': 'info',
};

/** One line for an event, named by its type, with every id by which somebody may look for it. */
export function logEvent(log: Logger, { type, payment, refund, case: entry }: HubEvent): void {
  const about = payment ? aboutPayment(payment) : refund ? aboutRefund(refund) : entry ? aboutCase(entry) : {};
  log[LEVELS[type]](about, type);
}

function aboutPayment(payment: NonNullable<HubEvent['payment']>) {
  const { paymentId, agentId, method, amount, deviceId, orderId, bankPaymentId, statusReason, amountPaid, late } =
    payment;
  const terminal = payment.edge?.terminal as { terminalId?: string; processId?: string } | undefined;
  return present({
    paymentId,
    agentId,
    method,
    amount: amount.toString(),
    deviceId: payment.source === 'hub' ? deviceId : undefined,
    terminalId: terminal?.terminalId,
    terminalProcessId: terminal?.processId,
    orderId,
    bankPaymentId,
    reason: statusReason,
    // Only where it says more than the amount does.
    amountPaid: amountPaid && amountPaid.compare(amount) !== 0 ? amountPaid.toString() : undefined,
    late: late?.outcome,
  });
}

function aboutRefund(refund: NonNullable<HubEvent['refund']>) {
  const { refundId, paymentId, amount, actor, statusReason, bankRefundId, evidence } = refund;
  return present({
    refundId,
    paymentId,
    amount: amount.toString(),
    actor,
    bankRefundId,
    evidence,
    reason: statusReason,
  });
}

function aboutCase({ caseId, kind, agentId, paymentId, refundId, amount, closedBy }: NonNullable<HubEvent['case']>) {
  return present({ caseId, kind, agentId, paymentId, refundId, amount: amount?.toString(), closedBy });
}
