import type { Payment } from '../payment/payment.ts';
import type { RefundSession } from '../refund-session/refund-session.ts';
import { toHealthJson, toOfferJson, toTerminalJson } from './agent-routes.ts';
import { displayView, refundDisplayView } from './display-view.ts';
import { doorProblem } from './door-problem.ts';
import { callerOf, type DoorApp, type Doors } from './doors.ts';
import type { EventStreams } from './event-stream.ts';
import { showPayment, toRefundJson } from './payment-json.ts';

/** Everything that changes at this agent, for the till page. A payment seen here is not collected: the open one has its own stream. */
export function addTillFeed(app: DoorApp, doors: Doors, streams: EventStreams): void {
  const { core } = doors;
  app.get('/page/feed', { schema: { hide: true } }, (request, reply) => {
    if (callerOf(request).via !== 'till_page')
      throw doorProblem('scope_missing', 'only the till page may ask for this');
    const stream = streams.open(reply);
    const showAgent = () =>
      stream.send({
        name: 'agent',
        data: {
          health: toHealthJson(core),
          terminals: core.terminals.list().map(toTerminalJson),
          offer: toOfferJson(core),
          devices: core.devices(),
        },
      });
    const tell = (payment: Payment) => {
      stream.send({ name: 'payment', data: showPayment(doors, payment) });
      // A terminal becomes busy or free with its payment.
      if (payment.method === 'terminal') showAgent();
    };
    stream.onClose(core.onHealthChange(showAgent));
    stream.onClose(core.payments.onChange(tell));
    stream.onClose(
      core.refunds.onChange((refund) => {
        tell(core.payments.get(refund.paymentId));
        if (refund.commandId !== undefined) stream.send({ name: 'asked', data: toRefundJson(refund) });
      }),
    );
    showAgent();
  });
}

/** The customer's screen: the newest payment of this agent, or a refund code that was opened since. */
export function addDisplayFeed(app: DoorApp, { core, context: { clock } }: Doors, streams: EventStreams): void {
  app.get('/page/display', { schema: { hide: true } }, (request, reply) => {
    if (callerOf(request).via === 'token') throw doorProblem('scope_missing', 'only our pages may ask for this');
    const stream = streams.open(reply);
    let shown: Payment | undefined = core.payments.search({ limit: 1 }).payments[0];
    let refunding: RefundSession | undefined = core.refundSessions.awaiting();
    let lastSessionId = refunding?.refundSessionId;
    const show = () => {
      const nowMs = clock.nowMs();
      const view = refunding ? refundDisplayView(refunding, nowMs) : displayView(shown, nowMs);
      stream.send({ name: 'show', data: { storeName: core.identity.storeName, ...view } });
    };
    stream.onClose(
      core.payments.onChange((payment) => {
        const isOther = payment.paymentId !== shown?.paymentId;
        if (shown && isOther && payment.createdAtMs < shown.createdAtMs) return;
        // Being collected or refunded changes nothing for the customer who stands here, nor for the one who came after.
        const isNews = isOther || payment.status !== shown?.status || isOtherCode(payment, shown);
        shown = payment;
        if (isOther) refunding = undefined;
        if (isNews && !refunding) show();
      }),
    );
    stream.onClose(
      core.refundSessions.onChange((session) => {
        // A session that a newer payment has taken off the screen does not come back to it.
        if (session.refundSessionId === lastSessionId && !refunding) return;
        if (session.refundSessionId !== lastSessionId && session.status !== 'awaiting_customer') return;
        lastSessionId = session.refundSessionId;
        refunding = session;
        show();
      }),
    );
    show();
  });
}

function isOtherCode(payment: Payment, shown: Payment): boolean {
  return payment.qr !== shown.qr || payment.link !== shown.link;
}
