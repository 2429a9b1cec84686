import type { Ids } from '@tolem/base';
import type { Case } from '../case/case.ts';
import type { HubTime } from '../hub-time.ts';
import type { Payment } from '../payment/payment.ts';
import type { Refund } from '../refund/refund.ts';
import type { Fence, Store } from '../store/store.ts';
import { caseEvents, paymentEvents, refundEvents } from './change-events.ts';
import { type Changes, recordChanges } from './change-recorder.ts';
import type { EventType, NewDelivery, WebhookEndpoint } from './webhook.ts';

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
  /** Something waits to be sent; called after its commit. */
  onTold(): void;
}

interface Told {
  type: EventType;
  subject: string;
  members: Record<string, unknown>;
}

/**
 * The store of the hub's services where endpoints want to be told: what a transaction changes is told by rows of the same
 * transaction, with bodies that never change afterwards. It costs a row for each event and endpoint that wants its type.
 */
export function withOutbox(store: Store, parts: OutboxParts): Store {
  if (parts.endpoints.length === 0) return store;
  return {
    ...store,
    async transaction(run, options) {
      let count = 0;
      const outcome = await store.transaction(async (inner) => {
        const { tx, changes } = recordChanges(inner);
        const result = await run(tx);
        const deliveries = deliveriesOf(await eventsOf(changes, parts.words), parts);
        count = deliveries.length;
        if (count > 0) await inner.webhooks.add(deliveries);
        return result;
      }, options);
      if (count > 0) parts.onTold();
      return outcome;
    },
  };
}

async function eventsOf(changes: Changes, words: EventWords): Promise<Told[]> {
  const told: Told[] = [];
  for (const [subject, { before, after }] of changes.payments) {
    for (const type of paymentEvents(before, after)) {
      told.push({ type, subject, members: { payment: words.payment(after) } });
    }
  }
  for (const { before, after } of changes.refunds.values()) {
    const payment = await paymentOf(changes, words, after.paymentId);
    for (const type of refundEvents(before, after)) {
      told.push({ type, subject: after.paymentId, members: { ...payment, refund: words.refund(after) } });
    }
  }
  for (const { before, after } of changes.cases.values()) {
    for (const type of caseEvents(before, after)) {
      const payment = await paymentOf(changes, words, after.paymentId);
      told.push({ type, subject: after.paymentId ?? after.caseId, members: { ...payment, case: words.case(after) } });
    }
  }
  return told;
}

async function paymentOf(changes: Changes, words: EventWords, paymentId: string | undefined): Promise<object> {
  const payment = paymentId === undefined ? undefined : await changes.payment(paymentId);
  return payment ? { payment: words.payment(payment) } : {};
}

function deliveriesOf(told: readonly Told[], { endpoints, ids, time, owner }: OutboxParts): NewDelivery[] {
  const atMs = time.nowMs();
  const fence = owner();
  const mine = fence ? { owner: { ...fence } } : {};
  return told.flatMap(({ type, subject, members }) => {
    const wanting = endpoints.filter((one) => one.events.includes(type));
    if (wanting.length === 0) return [];
    const eventId = ids.uuid();
    const body = JSON.stringify({ id: eventId, type, at: new Date(atMs).toISOString(), ...members });
    return wanting.map(({ endpointId }) => ({
      endpointId,
      eventId,
      type,
      subject,
      body,
      atMs,
      state: 'waiting' as const,
      attempts: 0,
      sinceMs: atMs,
      nextAtMs: atMs,
      ...mine,
    }));
  });
}
