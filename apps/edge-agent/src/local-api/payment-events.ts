import { z } from 'zod';
import type { Payment } from '../payment/payment.ts';
import { callerOf, type DoorApp, type Doors, recordCollected } from './doors.ts';
import type { EventStreams } from './event-stream.ts';
import { showPayment } from './payment-json.ts';
import { idParams } from './requests.ts';

/** `GET /payments/{id}/events`: the payment now, then at each change of it or its refunds; resumable by `Last-Event-ID`. */
export function addPaymentEvents(app: DoorApp, doors: Doors, streams: EventStreams): void {
  const { payments, refunds } = doors.core;
  app.get(
    '/payments/:id/events',
    {
      schema: {
        tags: ['payments'],
        summary: 'Server-sent events `payment`: the payment now and at each change',
        params: idParams,
        headers: z.looseObject({ 'last-event-id': z.string().max(100).optional() }),
      },
    },
    (request, reply) => {
      const { caller, payment } = { caller: callerOf(request), payment: payments.get(request.params.id) };
      const { paymentId } = payment;
      const stream = streams.open(reply);
      let sentId = request.headers['last-event-id'] ?? '';
      const show = (current: Payment) => {
        const id = eventId(doors, current);
        if (id === sentId) return;
        sentId = id;
        const isCollected = current.status === 'paid' && caller.scopes.has('pay');
        stream.send(
          { name: 'payment', id, data: showPayment(doors, current) },
          isCollected ? () => recordCollected(doors, paymentId) : undefined,
        );
      };
      stream.onClose(payments.onChange((changed) => changed.paymentId === paymentId && show(changed)));
      stream.onClose(refunds.onChange((changed) => changed.paymentId === paymentId && show(payments.get(paymentId))));
      show(payment);
    },
  );
}

/** What the payment and its refunds look like now, as one word: equal ids have nothing new to tell. */
function eventId({ core }: Doors, payment: Payment): string {
  const refundVersions = core.payments.refundsOf(payment.paymentId).map((refund) => refund.version);
  // Versions that were only shown may come again after a crash, for something else: the boot tells them apart.
  return [core.identity.boot, payment.version, ...refundVersions].join('.');
}
