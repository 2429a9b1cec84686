import type { Logger } from '@tolem/base';
import type { Meter } from '../meter.ts';
import type { Store } from '../store/store.ts';
import { deliveriesOf, type OutboxParts } from '../webhook/webhook-outbox.ts';
import { eventsOf } from './change-events.ts';
import { recordChanges } from './change-recorder.ts';
import { logEvent } from './event-log.ts';

/** Who is told by webhooks; nobody where it is left out. */
export interface Telling extends OutboxParts {
  /** Something waits to be sent; called after its commit. */
  onTold(): void;
}

/**
 * The store of the hub's services: what a transaction changes, whoever writes it, is told to the endpoints by rows of the
 * same transaction, and to the operator by one line of the log for each event after its commit.
 */
export function createToldStore(
  store: Store,
  { log, meter }: { log: Logger; meter: Meter },
  telling: Telling | undefined,
): Store {
  return {
    ...store,
    async transaction(run, options) {
      const { result, events, count } = await store.transaction(async (inner) => {
        const { tx, changes } = recordChanges(inner);
        const done = await run(tx);
        const told = eventsOf(changes);
        const deliveries = telling && told.length > 0 ? await deliveriesOf(told, changes, telling) : [];
        if (deliveries.length > 0) await inner.webhooks.add(deliveries);
        return { result: done, events: told, count: deliveries.length };
      }, options);
      for (const event of events) {
        logEvent(log, event);
        meter.count('events', { type: event.type, method: event.payment?.method ?? '' });
      }
      if (count > 0) telling?.onTold();
      return result;
    },
  };
}
