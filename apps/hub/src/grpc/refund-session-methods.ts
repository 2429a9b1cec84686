import { toWireAmount, type wire } from '@tolem/proto';
import type { HubCore } from '../hub-core.ts';
import { present } from '../present.ts';
import type { RefundSession, RefundSessionStatus, ShownPurchase } from '../refund-session/refund-session.ts';
import { SESSION_WAIT_LIMIT_MS } from '../refund-session/refund-session-service.ts';
import { refusal } from './call-error.ts';
import type { AgentCaller, CallGuard } from './call-guard.ts';
import { left, moment } from './payment-view.ts';
import { optionalText, requireCount, requireUuid } from './request-check.ts';

type Methods = Pick<wire.HubServiceServer, 'openRefundSession' | 'getRefundSession' | 'listCustomerPurchases'>;

/** A refund with the customer at the till: scheme 2. None of these moves money. */
export function createRefundSessionMethods(core: HubCore, guard: CallGuard): Methods {
  const reads = { money: 'reads' } as const;
  const view = (session: RefundSession) => ({ session: toWireSession(session, core.nowMs()) });
  return {
    openRefundSession: guard.unary(reads, async ({ caller }: AgentCaller, request: wire.OpenRefundSessionRequest) => {
      const refundSessionId = requireUuid(request.refundSessionId, 'refund_session_id');
      const deviceId = optionalText(request.deviceId, 'device_id');
      return view(await core.refundSessions.open(caller, { refundSessionId, ...present({ deviceId }) }));
    }),
    getRefundSession: guard.unary(reads, async ({ caller }: AgentCaller, request: wire.GetRefundSessionRequest) => {
      const refundSessionId = requireUuid(request.refundSessionId, 'refund_session_id');
      const afterVersion = requireCount(request.afterVersion, 'after_version');
      const waitMs = requireCount(request.waitMs, 'wait_ms');
      if (waitMs > SESSION_WAIT_LIMIT_MS) {
        throw refusal('invalid', 'request_invalid', `wait_ms: at most ${SESSION_WAIT_LIMIT_MS}`);
      }
      return view(await core.refundSessions.get(caller, refundSessionId, { afterVersion, waitMs }));
    }),
    listCustomerPurchases: guard.unary(
      reads,
      async ({ caller }: AgentCaller, request: wire.ListCustomerPurchasesRequest) => {
        const refundSessionId = requireUuid(request.refundSessionId, 'refund_session_id');
        if (request.limit < 0 || request.limit > 10) throw refusal('invalid', 'request_invalid', 'limit: 1 to 10');
        const limit = request.limit === 0 ? undefined : request.limit;
        const purchases = await core.refundSessions.listPurchases(caller, refundSessionId, limit);
        return { purchases: purchases.map(toWirePurchase) };
      },
    ),
  };
}

/** Numbers of the wire's enum; what has no code yet awaits the customer as well. */
const STATUS_NUMBERS = {
  opening: 1,
  awaiting_customer: 1,
  customer_known: 2,
  expired: 3,
  failed: 4,
} as const satisfies Record<RefundSessionStatus, wire.RefundSessionStatus>;

function toWireSession(session: RefundSession, nowMs: number): wire.RefundSession {
  const isOver = session.status === 'expired' || session.status === 'failed';
  return {
    refundSessionId: session.refundSessionId,
    version: BigInt(session.version),
    status: STATUS_NUMBERS[session.status],
    qrToken: session.status === 'awaiting_customer' ? (session.qrToken ?? '') : '',
    expiresInMs: isOver ? 0n : left(session.expiresAtMs, nowMs),
    createdAtMs: moment(session.createdAtMs),
    statusReason: session.statusReason ?? '',
    deviceId: session.deviceId,
  };
}

function toWirePurchase(purchase: ShownPurchase): wire.CustomerPurchase {
  return {
    bankPaymentId: purchase.bankPaymentId,
    amount: toWireAmount(purchase.amount),
    atMs: moment(purchase.atMs),
    paymentId: purchase.paymentId ?? '',
    available: purchase.available && toWireAmount(purchase.available),
    refundable: purchase.refundable,
    reason: purchase.reason ?? '',
  };
}
