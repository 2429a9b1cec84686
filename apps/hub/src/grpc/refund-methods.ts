import type { wire } from '@tolem/proto';
import type { HubCore } from '../hub-core.ts';
import { present } from '../present.ts';
import type { AgentCaller, CallGuard } from './call-guard.ts';
import { amountOf, toWireRefund } from './payment-view.ts';
import { optionalText, requireText, requireUuid } from './request-check.ts';

export function createRefundMethods(
  core: HubCore,
  guard: CallGuard,
): Pick<wire.HubServiceServer, 'createRefund' | 'getRefund'> {
  return {
    createRefund: guard.unary(
      { money: 'moves_money' },
      async ({ caller }: AgentCaller, request: wire.CreateRefundRequest) => {
        const refund = await core.refunds.create(caller, {
          refundId: requireUuid(request.refundId, 'refund_id'),
          paymentId: requireUuid(request.paymentId, 'payment_id'),
          reason: requireText(request.reason, 'reason'),
          ...present({
            amount: amountOf(request.amount),
            actor: optionalText(request.actor, 'actor'),
            refundSessionId:
              request.refundSessionId === '' ? undefined : requireUuid(request.refundSessionId, 'refund_session_id'),
            keyHash: optionalText(request.keyHash, 'key_hash'),
            bodyHash: optionalText(request.bodyHash, 'body_hash'),
          }),
        });
        return { refund: toWireRefund(refund) };
      },
    ),
    getRefund: guard.unary({ money: 'reads' }, async ({ caller }: AgentCaller, request: wire.GetRefundRequest) => {
      const refund = await core.refunds.get(caller, requireUuid(request.refundId, 'refund_id'));
      return { refund: toWireRefund(refund) };
    }),
  };
}
