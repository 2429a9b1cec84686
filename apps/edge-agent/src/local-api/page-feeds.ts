import type { Payment } from '../payment/payment.ts';
import { toHealthJson, toTerminalJson } from './agent-routes.ts';
import { displayView } from './display-view.ts';
import { doorProblem } from './door-problem.ts';
import { callerOf, type DoorApp, type Doors } from './doors.ts';
import type { EventStreams } from './event-stream.ts';
import { toPaymentJson } from './payment-json.ts';

/** Everything that changes at this agent, for the till page. A payment seen here is not collected: the open one has its own stream. */
export function addTillFeed(app: DoorApp, { core }: Doors, streams: EventStreams): void {
  app.get('/page/feed', { schema: { hide: true } }, (request, reply) => {
    if (callerOf(request).via !== 'till_page')
      throw doorProblem('scope_missing', 'only the till page may ask for this');
    const stream = streams.open(reply);
    const showAgent = () =>
      stream.send({
        name: 'agent',
        data: { health: toHealthJson(core), terminals: core.terminals.list().map(toTerminalJson) },
      });
    const showPayment = (payment: Payment) => {
      stream.send({ name: 'payment', data: toPaymentJson(payment, core.payments.refundsOf(payment.paymentId)) });
      // A terminal becomes busy or free with its payment.
      if (payment.method === 'terminal') showAgent();
    };
    stream.onClose(core.onHealthChange(showAgent));
    stream.onClose(core.payments.onChange(showPayment));
    stream.onClose(core.refunds.onChange((refund) => showPayment(core.payments.get(refund.paymentId))));
    showAgent();
  });
}

/** The customer's screen: always the newest payment of this agent. */
export function addDisplayFeed(app: DoorApp, { core, context: { clock } }: Doors, streams: EventStreams): void {
  app.get('/page/display', { schema: { hide: true } }, (request, reply) => {
    if (callerOf(request).via === 'token') throw doorProblem('scope_missing', 'only our pages may ask for this');
    const stream = streams.open(reply);
    let shown: Payment | undefined = core.payments.search({ limit: 1 }).payments[0];
    const show = () =>
      stream.send({
        name: 'show',
        data: { storeName: core.identity.storeName, ...displayView(shown, clock.nowMs()) },
      });
    stream.onClose(
      core.payments.onChange((payment) => {
        if (shown && payment.paymentId !== shown.paymentId && payment.createdAtMs < shown.createdAtMs) return;
        // Being collected or refunded changes nothing for the customer who stands here, nor for the one who came after.
        const isNews =
          payment.paymentId !== shown?.paymentId || payment.status !== shown.status || isOtherCode(payment, shown);
        shown = payment;
        if (isNews) show();
      }),
    );
    show();
  });
}

function isOtherCode(payment: Payment, shown: Payment): boolean {
  return payment.qr !== shown.qr || payment.link !== shown.link;
}
