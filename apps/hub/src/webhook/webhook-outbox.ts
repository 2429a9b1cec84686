import type { Ids } from '@tolem/base';
import type { Case } from '../case/case.ts';
import type { Changes } from '../event/change-recorder.ts';
import type { HubEvent } from '../event/hub-event.ts';
import type { HubTime } from '../hub-time.ts';
import type { Payment } from '../payment/payment.ts';
import type { Refund } from '../refund/refund.ts';
import type { Fence } from '../store/store.ts';
import type { NewDelivery, WebhookEndpoint } from './webhook.ts';

/** How the bodies show what they speak of: the words of the HTTP API. */
export interface EventWords {
  payment(payment: Payment): Record<string, unknown>;
  refund(refund: Refund): Record<string, unknown>;
  case(entry: Case): Record<string, unknown>;
}

export interface OutboxParts {
  endpoints: readonly WebhookEndpoint[];
  words: EventWords;
  ids: Ids;
  time: Pick<HubTime, 'nowMs'>;
  /** This instance, while it has a lease. */
  owner(): Fence | undefined;
}

/** The kind of the case that is opened when events are given up. Endpoints are not told: one that is down is this case. */
export const WEBHOOK_CASE = 'webhook_given_up';

/**
 * The rows that tell endpoints what a transaction did, to be written in the same transaction. Bodies are made here and
 * never change afterwards. An event costs a row for each endpoint that wants its type.
 */
export async function deliveriesOf(
  events: readonly HubEvent[],
  changes: Pick<Changes, 'payment'>,
  { endpoints, words, ids, time, owner }: OutboxParts,
): Promise<NewDelivery[]> {
  const deliveries: NewDelivery[] = [];
  const atMs = time.nowMs();
  const fence = owner();
  const mine = fence ? { owner: { ...fence } } : {};
  for (const event of events) {
    const { type, subject } = event;
    const wanting = endpoints.filter((one) => one.events.includes(type));
    if (wanting.length === 0 || event.case?.kind === WEBHOOK_CASE) continue;
    const eventId = ids.uuid();
    const members = await membersOf(event, changes, words);
    const body = JSON.stringify({ id: eventId, type, at: new Date(atMs).toISOString(), ...members });
    const fresh = { state: 'waiting', attempts: 0, sinceMs: atMs, nextAtMs: atMs } as const;
    for (const { endpointId } of wanting) {
      deliveries.push({ endpointId, eventId, type, subject, body, atMs, ...fresh, ...mine });
    }
  }
  return deliveries;
}

async function membersOf(
  event: HubEvent,
  changes: Pick<Changes, 'payment'>,
  words: EventWords,
): Promise<Record<string, unknown>> {
  const paymentId = event.refund?.paymentId ?? event.case?.paymentId;
  const payment = event.payment ?? (paymentId === undefined ? undefined : await changes.payment(paymentId));
  return {
    ...(payment ? { payment: words.payment(payment) } : {}),
    ...(event.refund ? { refund: words.refund(event.refund) } : {}),
    ...(event.case ? { case: words.case(event.case) } : {}),
  };
}
