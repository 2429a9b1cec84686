import { EVIDENCES, type Evidence, Money } from '@tolem/base';
import {
  fromWireAmount,
  fromWireMethod,
  fromWirePaymentStatus,
  fromWireRefundStatus,
  toWireAmount,
  toWireMethod,
  type wire,
} from '@tolem/proto';
import type {
  CreateHubPayment,
  CreateHubRefund,
  HubCommand,
  HubDevice,
  HubPaymentView,
  HubRefundView,
  HubWelcome,
  Resumed,
} from '../hub/hub-link.ts';
import { unreachable } from './call-failure.ts';
import { toOffer } from './wire-refund-sessions.ts';

/** Throws `hub_unreachable` for a view without id or amount: an answer that says nothing is no answer. */
export function toPaymentView(payment: wire.Payment | undefined): HubPaymentView {
  const amount = fromWireAmount(payment?.amount);
  if (payment === undefined || payment.paymentId === '' || amount === undefined) throw unreadable('payment');
  const amountPaid = fromWireAmount(payment.amountPaid);
  return {
    paymentId: payment.paymentId,
    version: Number(payment.version),
    status: fromWirePaymentStatus(payment.status) ?? 'unlisted',
    final: payment.final,
    method: fromWireMethod(payment.method) ?? 'unlisted',
    amount,
    createdAtMs: Number(payment.createdAtMs),
    refunded: fromWireAmount(payment.refunded) ?? Money.fromTiyn(0n),
    refunds: payment.refunds.map((refund) => toRefundView(refund)),
    ...text('statusReason', payment.statusReason),
    ...text('bankPaymentId', payment.bankPaymentId),
    ...text('deviceId', payment.deviceId),
    ...text('orderId', payment.orderId),
    ...(payment.qrToken === '' ? {} : { qr: { token: payment.qrToken, methods: payment.paymentMethods } }),
    ...(payment.paymentLink === '' ? {} : { link: { url: payment.paymentLink, methods: payment.paymentMethods } }),
    ...(payment.expiresAtMs === 0n ? {} : { expiresInMs: Number(payment.expiresInMs) }),
    ...(payment.paidAtMs === 0n ? {} : { paidAtMs: Number(payment.paidAtMs) }),
    ...(amountPaid === undefined ? {} : { amountPaid }),
    ...text('phone', payment.phone),
    ...text('payerName', payment.payerName),
    ...(payment.refreshableInMs > 0n ? { refreshableInMs: Number(payment.refreshableInMs) } : {}),
    ...lateOf(payment.late),
  };
}

/** Throws `hub_unreachable` like `toPaymentView`. */
export function toRefundView(refund: wire.Refund | undefined): HubRefundView {
  const amount = fromWireAmount(refund?.amount);
  if (refund === undefined || refund.refundId === '' || amount === undefined) throw unreadable('refund');
  return {
    refundId: refund.refundId,
    paymentId: refund.paymentId,
    amount,
    status: fromWireRefundStatus(refund.status) ?? 'unlisted',
    reason: refund.reason,
    createdAtMs: Number(refund.createdAtMs),
    updatedAtMs: Number(refund.updatedAtMs),
    ...text('statusReason', refund.statusReason),
    ...(isEvidence(refund.evidence) ? { evidence: refund.evidence } : {}),
  };
}

export function toHubDevice({ deviceId, tradePointName, enabled }: wire.Device): HubDevice {
  return { deviceId, tradePointName, enabled };
}

/** One of a kind that this version does not know may have no amount: it is left out, so that the others are heard. */
export function toHubCommands(commands: readonly wire.Command[]): HubCommand[] {
  return commands.flatMap((command) => {
    const amount = fromWireAmount(command.amount);
    return amount === undefined ? [] : [{ ...command, amount, expiresInMs: Number(command.expiresInMs) }];
  });
}

export function toResumed(response: wire.ResumeResponse): Resumed {
  const { refund, keyHash, bodyHash } = response;
  if (refund !== undefined) return { refund: toRefundView(refund), keyHash, bodyHash };
  return {
    view: toPaymentView(response.payment),
    ...text('keyHash', response.keyHash),
    ...text('bodyHash', response.bodyHash),
  };
}

/** Throws `hub_unreachable` for a greeting without a session. */
export function toWelcome(response: wire.HelloResponse): HubWelcome {
  if (response.session <= 0n || response.hubEpoch === '') throw unreadable('session');
  const offer = toOffer(response);
  return {
    session: Number(response.session),
    hubEpoch: response.hubEpoch,
    agentName: response.agentName,
    storeName: response.storeName,
    hubTimeMs: Number(response.hubTimeMs),
    devices: response.devices.map(toHubDevice),
    ...(offer === undefined ? {} : { offer }),
  };
}

export function toWireCreatePayment(request: CreateHubPayment): wire.CreatePaymentRequest {
  return {
    paymentId: request.paymentId,
    method: toWireMethod(request.method),
    amount: toWireAmount(request.amount),
    deviceId: request.deviceId ?? '',
    orderId: request.orderId ?? '',
    lateAcceptMs: BigInt(Math.round(request.lateAcceptMs)),
    keyHash: request.keyHash,
    bodyHash: request.bodyHash,
    phone: request.phone ?? '',
    comment: request.comment ?? '',
  };
}

export function toWireCreateRefund(request: CreateHubRefund): wire.CreateRefundRequest {
  const { keyHash = '', bodyHash = '', refundSessionId = '', ...rest } = request;
  return { ...rest, amount: toWireAmount(request.amount), keyHash, bodyHash, refundSessionId };
}

function lateOf(late: wire.Late | undefined): Pick<HubPaymentView, 'late'> {
  const amount = fromWireAmount(late?.amount);
  if (late === undefined || amount === undefined) return {};
  const { claimable, refundId } = late;
  return { late: { amount, claimInMs: Number(late.claimInMs), claimable, ...text('refundId', refundId) } };
}

/** A member that the wire leaves empty is absent here. */
function text<Name extends string>(name: Name, value: string): { [Key in Name]?: string } {
  return value === '' ? {} : ({ [name]: value } as { [Key in Name]: string });
}

function isEvidence(word: string): word is Evidence {
  return (EVIDENCES as readonly string[]).includes(word);
}

function unreadable(what: string) {
  return unreachable(`the hub's answer holds no ${what} that can be read`, 'possible');
}
