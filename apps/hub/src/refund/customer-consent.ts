import { unreachable } from '@tolem/base';
import type { Caller } from '../caller.ts';
import type { HubWorld } from '../hub-world.ts';
import type { Payment } from '../payment/payment.ts';
import { problem } from '../problem-catalogue.ts';
import type { RefundSession } from '../refund-session/refund-session.ts';
import { isCustomerKnown } from '../refund-session/refund-session-machine.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { Refund } from './refund.ts';
import type { CreateRefund } from './refund-service.ts';

/**
 * What the bank's scheme asks of a refund besides the payment and the amount [QR 3.9 §1.2]: nothing under scheme 3, the
 * customer at the till under scheme 2; under scheme 1 there are no refunds here. Rejects with a `ProblemError`.
 */
export async function customerConsent(
  tx: StoreTransaction,
  world: HubWorld,
  caller: Caller,
  payment: Payment,
  request: CreateRefund,
): Promise<Pick<Refund, 'refundSessionId' | 'refundCodeId'>> {
  const about = { paymentId: payment.paymentId, refundId: request.refundId };
  const { refunds } = world.bank.offer;
  const { refundSessionId } = request;
  switch (refunds) {
    case 'none':
      throw problem('refunds_not_offered', 'scheme 1 of the bank has no refunds: they are made in Kaspi Pay', about);
    case 'without_customer':
      if (refundSessionId === undefined) return {};
      throw problem('request_invalid', 'under scheme 3 a refund has no session', about);
    case 'with_customer': {
      const session = refundSessionId === undefined ? undefined : await tx.refundSessions.get(refundSessionId);
      if (refundSessionId === undefined || caller.kind !== 'agent') {
        throw problem('customer_required', 'scheme 2 refunds only while the customer is known at the till', about);
      }
      if (session?.agentId !== caller.agentId) throw problem('refund_session_not_found', 'no such session', about);
      checkCustomer(world, session, payment, about);
      return { refundSessionId, ...(session.refundCodeId === undefined ? {} : { refundCodeId: session.refundCodeId }) };
    }
    default:
      return unreachable(refunds, 'way of refunds');
  }
}

function checkCustomer(
  world: HubWorld,
  session: RefundSession,
  payment: Payment,
  about: { paymentId: string; refundId: string },
): void {
  if (session.status === 'opening' || session.status === 'awaiting_customer') {
    throw problem('customer_not_known', 'nobody has scanned the refund code yet', { ...about, retryAfterS: 1 });
  }
  if (!isCustomerKnown(session, world.time.nowMs())) {
    throw problem('refund_session_over', `the refund session is ${session.status}`, about);
  }
  if (!session.purchaseIds.includes(payment.bankPaymentId ?? '')) {
    throw problem('not_customers_purchase', 'the bank does not list this payment among the customer’s last ten', about);
  }
}

/**
 * Whether the customer whom this refund needs has gone: it may not be sent, the first time or again. Under schemes that
 * need nobody: never.
 */
export async function isCustomerGone(tx: StoreTransaction, world: HubWorld, refund: Refund): Promise<boolean> {
  if (world.bank.offer.refunds !== 'with_customer') return false;
  const { refundSessionId } = refund;
  const session = refundSessionId === undefined ? undefined : await tx.refundSessions.get(refundSessionId);
  return !session || !isCustomerKnown(session, world.time.nowMs());
}
