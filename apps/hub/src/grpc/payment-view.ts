import { Money } from '@tolem/base';
import { toWireAmount, toWireMethod, toWirePaymentStatus, toWireRefundStatus, type wire } from '@tolem/proto';
import type { Caller } from '../caller.ts';
import type { Device } from '../device/device.ts';
import type { HubCore } from '../hub-core.ts';
import { refreshableInMs } from '../invoice/invoice-schedule.ts';
import type { LateMoney, Payment } from '../payment/payment.ts';
import type { Refund } from '../refund/refund.ts';

export type PaymentViewer = (caller: Caller, payment: Payment) => Promise<wire.Payment>;

/** Shows payments with their refunds; the refunds are read only where there can be some. */
export function createPaymentViewer(core: Pick<HubCore, 'refunds' | 'commands' | 'nowMs'>): PaymentViewer {
  return async (caller, payment) => {
    const list = mayHaveRefunds(payment) ? await core.refunds.listOf(caller, payment.paymentId) : [];
    return toWirePayment(payment, await begun(core, payment, list), core.nowMs());
  };
}

export function mayHaveRefunds(payment: Payment): boolean {
  return payment.paidAtMs !== undefined || payment.late !== undefined || !payment.refunded.isZero;
}

/** Without those that headquarters asks for and the agent has not claimed: they have certainly not begun. */
async function begun(core: Pick<HubCore, 'commands'>, payment: Payment, refunds: Refund[]): Promise<Refund[]> {
  const isAsked = (refund: Refund) => refund.source === 'edge' && refund.status === 'requested';
  if (!refunds.some(isAsked)) return refunds;
  const commands = await core.commands.listOf(payment.paymentId);
  const waiting = new Set(commands.filter((one) => one.state === 'pending').map((one) => one.refundId));
  return refunds.filter((one) => !waiting.has(one.refundId));
}

function toWirePayment(payment: Payment, refunds: Refund[], nowMs: number): wire.Payment {
  return {
    paymentId: payment.paymentId,
    version: BigInt(payment.version),
    method: toWireMethod(payment.method),
    amount: toWireAmount(payment.amount),
    status: toWirePaymentStatus(payment.status),
    statusReason: payment.statusReason ?? '',
    final: payment.final,
    qrToken: payment.qrToken ?? '',
    paymentLink: payment.paymentLink ?? '',
    paymentMethods: payment.paymentMethods,
    bankPaymentId: payment.bankPaymentId ?? '',
    createdAtMs: moment(payment.createdAtMs),
    updatedAtMs: moment(payment.updatedAtMs),
    expiresAtMs: moment(payment.expiresAtMs),
    paidAtMs: moment(payment.paidAtMs),
    expiresInMs: left(payment.expiresAtMs, nowMs),
    late: payment.late && toWireLate(payment.late, nowMs),
    refunds: refunds.map(toWireRefund),
    refunded: toWireAmount(payment.refunded),
    orderId: payment.orderId ?? '',
    deviceId: payment.deviceId,
    amountPaid: payment.amountPaid && toWireAmount(payment.amountPaid),
    payerName: payment.payerName ?? '',
    phone: payment.phone ?? '',
    refreshableInMs: BigInt(Math.ceil(refreshableInMs(payment, nowMs))),
  };
}

export function toWireRefund(refund: Refund): wire.Refund {
  return {
    refundId: refund.refundId,
    paymentId: refund.paymentId,
    amount: toWireAmount(refund.amount),
    status: toWireRefundStatus(refund.status),
    statusReason: refund.statusReason ?? '',
    reason: refund.reason,
    bankRefundId: refund.bankRefundId ?? '',
    evidence: refund.evidence ?? '',
    createdAtMs: moment(refund.createdAtMs),
    updatedAtMs: moment(refund.updatedAtMs),
  };
}

export function toWireDevice(device: Device): wire.Device {
  return {
    deviceId: device.deviceId,
    organizationBin: device.organizationBin,
    tradePointId: BigInt(device.tradePointId),
    tradePointName: device.tradePointName,
    enabled: device.enabled,
  };
}

/** `undefined` where the wire holds no amount or an empty one. */
export function amountOf(amount: wire.Amount | undefined): Money | undefined {
  return amount === undefined || amount.tiyn === 0n ? undefined : Money.fromTiyn(amount.tiyn);
}

function toWireLate(late: LateMoney, nowMs: number): wire.Late {
  return {
    amount: toWireAmount(late.amount),
    claimUntilMs: moment(late.claimUntilMs),
    claimInMs: left(late.claimUntilMs, nowMs),
    claimable: late.outcome === 'open' && late.claimUntilMs > nowMs,
    refundId: late.refundId ?? '',
  };
}

export function moment(atMs: number | undefined): bigint {
  return BigInt(Math.round(atMs ?? 0));
}

export function left(untilMs: number | undefined, nowMs: number): bigint {
  return untilMs === undefined ? 0n : BigInt(Math.max(0, Math.round(untilMs - nowMs)));
}
