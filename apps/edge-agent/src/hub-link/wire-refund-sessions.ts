import type { PaymentMethod } from '@tolem/base';
import { fromWireAmount, fromWireMethod, type wire } from '@tolem/proto';
import { type HubOffer, REFUND_WAYS } from '../hub/hub-offer.ts';
import {
  type HubCustomerPurchase,
  type HubRefundSessionView,
  REFUND_SESSION_STATUSES,
} from '../hub/hub-refund-sessions.ts';
import { unreachable } from './call-failure.ts';

/** What the hub offers under its scheme; `undefined` from a hub that does not tell, or tells a way that we do not know. */
export function toOffer({ scheme, methods, refundWay }: wire.HelloResponse): HubOffer | undefined {
  // The wire's numbers count from 1 in the order of our lists.
  const refunds = REFUND_WAYS[refundWay - 1];
  if (scheme === 0 || refunds === undefined) return undefined;
  const known = methods.map(fromWireMethod).filter((method): method is PaymentMethod => method !== undefined);
  return { scheme, methods: known, refunds };
}

/** Throws `hub_unreachable` for an answer without a session: one that says nothing is no answer. */
export function toRefundSessionView(session: wire.RefundSession | undefined): HubRefundSessionView {
  if (session === undefined || session.refundSessionId === '') {
    throw unreachable('the hub’s answer holds no refund session that can be read', 'possible');
  }
  return {
    refundSessionId: session.refundSessionId,
    version: Number(session.version),
    status: REFUND_SESSION_STATUSES[session.status - 1] ?? 'unlisted',
    createdAtMs: Number(session.createdAtMs),
    deviceId: session.deviceId,
    ...(session.statusReason === '' ? {} : { statusReason: session.statusReason }),
    ...(session.qrToken === '' ? {} : { qrToken: session.qrToken }),
    ...(session.expiresInMs <= 0n ? {} : { expiresInMs: Number(session.expiresInMs) }),
  };
}

/** A purchase whose amount cannot be read is shown to nobody. */
export function toCustomerPurchases({ purchases }: wire.ListCustomerPurchasesResponse): HubCustomerPurchase[] {
  return purchases.flatMap((purchase) => {
    const amount = fromWireAmount(purchase.amount);
    const available = fromWireAmount(purchase.available);
    if (amount === undefined) return [];
    return {
      bankPaymentId: purchase.bankPaymentId,
      amount,
      refundable: purchase.refundable,
      ...(purchase.atMs === 0n ? {} : { atMs: Number(purchase.atMs) }),
      ...(purchase.paymentId === '' ? {} : { paymentId: purchase.paymentId }),
      ...(available === undefined ? {} : { available }),
      ...(purchase.reason === '' ? {} : { reason: purchase.reason }),
    };
  });
}
