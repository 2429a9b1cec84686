import { fromWireMethod, type wire } from '@tolem/proto';
import type { HubCore } from '../hub-core.ts';
import type { CreatePayment } from '../payment/payment-service.ts';
import { present } from '../present.ts';
import { refusal } from './call-error.ts';
import type { AgentCaller, CallGuard } from './call-guard.ts';
import { amountOf, type PaymentViewer } from './payment-view.ts';
import { optionalText, requireCount, requireText, requireUuid } from './request-check.ts';

type Methods = 'createPayment' | 'getPayment' | 'cancelPayment' | 'acceptLate' | 'refreshPayment' | 'findPayer';

/** Create, read, cancel, claim late money; ask the bank again, and look up whom an invoice would go to. */
export function createPaymentMethods(
  core: HubCore,
  guard: CallGuard,
  view: PaymentViewer,
): Pick<wire.HubServiceServer, Methods> {
  const reads = { money: 'reads' } as const;
  const moves = { money: 'moves_money' } as const;
  return {
    createPayment: guard.unary(moves, async ({ caller }: AgentCaller, request: wire.CreatePaymentRequest) => {
      const payment = await core.payments.create(caller, readCreatePayment(request));
      return { payment: await view(caller, payment) };
    }),
    getPayment: guard.unary(reads, async ({ caller }: AgentCaller, request: wire.GetPaymentRequest) => {
      const payment = await core.payments.get(caller, requireUuid(request.paymentId, 'payment_id'));
      return { payment: await view(caller, payment) };
    }),
    cancelPayment: guard.unary(moves, async ({ caller }: AgentCaller, request: wire.CancelPaymentRequest) => {
      const paymentId = requireUuid(request.paymentId, 'payment_id');
      const payment = await core.payments.cancel(caller, paymentId, requireText(request.reason, 'reason'));
      return { payment: await view(caller, payment) };
    }),
    acceptLate: guard.unary(moves, async ({ caller }: AgentCaller, request: wire.AcceptLateRequest) => {
      const payment = await core.payments.acceptLate(caller, requireUuid(request.paymentId, 'payment_id'));
      return { payment: await view(caller, payment) };
    }),
    refreshPayment: guard.unary(reads, async ({ caller }: AgentCaller, request: wire.RefreshPaymentRequest) => {
      const paymentId = requireUuid(request.paymentId, 'payment_id');
      const payment = await core.payments.refresh(caller, paymentId, optionalText(request.actor, 'actor'));
      return { payment: await view(caller, payment) };
    }),
    findPayer: guard.unary(reads, ({ caller }: AgentCaller, request: wire.FindPayerRequest) => {
      const deviceId = optionalText(request.deviceId, 'device_id');
      return core.payments.findPayer(caller, { phone: requireText(request.phone, 'phone'), ...present({ deviceId }) });
    }),
  };
}

function readCreatePayment(request: wire.CreatePaymentRequest): CreatePayment {
  const method = fromWireMethod(request.method);
  if (method === undefined || method === 'terminal') {
    throw refusal('invalid', 'request_invalid', 'method: QR, LINK or INVOICE is expected');
  }
  const amount = amountOf(request.amount);
  if (amount === undefined) throw refusal('invalid', 'amount_invalid', 'amount: must be there and above zero');
  const lateAcceptMs = requireCount(request.lateAcceptMs, 'late_accept_ms');
  return {
    paymentId: requireUuid(request.paymentId, 'payment_id'),
    method,
    amount,
    ...present({
      deviceId: optionalText(request.deviceId, 'device_id'),
      orderId: optionalText(request.orderId, 'order_id'),
      lateAcceptMs: lateAcceptMs === 0 ? undefined : lateAcceptMs,
      keyHash: optionalText(request.keyHash, 'key_hash'),
      bodyHash: optionalText(request.bodyHash, 'body_hash'),
      phone: optionalText(request.phone, 'phone'),
      comment: optionalText(request.comment, 'comment'),
    }),
  };
}
