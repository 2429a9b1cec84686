import type { Payment } from '../payment/payment.ts';
import { toHealthJson, toOfferJson, toTerminalJson } from './agent-routes.ts';
import { createDisplayStage } from './display-stage.ts';
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

/** The customer's screen. */
export function addDisplayFeed(app: DoorApp, doors: Doors, streams: EventStreams): void {
  const { core } = doors;
  const stage = createDisplayStage(core, doors.context.clock);
  doors.closing.addEventListener('abort', () => stage.close(), { once: true });
  app.get('/page/display', { schema: { hide: true } }, (request, reply) => {
    if (callerOf(request).via === 'token') throw doorProblem('scope_missing', 'only our pages may ask for this');
    const stream = streams.open(reply);
    const show = () => stream.send({ name: 'show', data: { storeName: core.identity.storeName, ...stage.view() } });
    stream.onClose(stage.onChange(show));
    show();
  });
}
