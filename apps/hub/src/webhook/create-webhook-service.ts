import { guarded } from '../guarded.ts';
import type { HubWorld } from '../hub-world.ts';
import { problem } from '../problem-catalogue.ts';
import type { Dispatcher } from './create-dispatcher.ts';
import type { SendWebhook, WebhookEndpoint, WebhookService } from './webhook.ts';

const PAGE = 200;
/** One statement stores them all; a longer span is replayed in parts. */
const REPLAY_MAX = 50_000;

export function createWebhookService(parts: {
  world: HubWorld;
  endpoints: readonly WebhookEndpoint[];
  dispatcher: Pick<Dispatcher, 'wake' | 'last'>;
  send: SendWebhook;
}): WebhookService {
  const { world, endpoints, dispatcher, send } = parts;
  const find = (endpointId: string): WebhookEndpoint => {
    const found = endpoints.find((one) => one.endpointId === endpointId);
    if (!found) throw problem('webhook_unknown', `the configuration has no webhook with the id ${endpointId}`);
    return found;
  };
  return {
    endpoints: () =>
      guarded(async () => {
        const figures = new Map(
          (await world.store.transaction((tx) => tx.webhooks.figures())).map((one) => [one.endpointId, one]),
        );
        return endpoints.map((endpoint) => {
          const last = dispatcher.last(endpoint.endpointId);
          const counted = figures.get(endpoint.endpointId) ?? { waiting: 0, givenUp: 0 };
          return { ...endpoint, ...counted, ...(last ? { last } : {}) };
        });
      }),
    deliveries: (filter) =>
      guarded(() =>
        world.store.transaction((tx) => tx.webhooks.list({ ...filter, limit: Math.min(filter.limit, PAGE) })),
      ),
    replay: (caller, replay) =>
      guarded(async () => {
        const { endpointId, events } = find(replay.endpointId);
        if (caller.kind !== 'person') throw problem('forbidden', 'only a person replays webhooks');
        const count = await world.store.transaction(async (tx) => {
          const touched = await tx.webhooks.countReplay(replay, events);
          if (touched > REPLAY_MAX) {
            throw problem('webhook_replay_too_large', `${touched} events; at most ${REPLAY_MAX}: take a shorter span`);
          }
          return tx.webhooks.replay(replay, events, world.time.nowMs());
        });
        world.log.info({ endpointId, count, actor: `person:${caller.name}` }, 'webhook.replayed');
        dispatcher.wake('foreign');
        return count;
      }),
    async test(caller, endpointId) {
      if (caller.kind !== 'person') throw problem('forbidden', 'only a person tests webhooks');
      const { url } = find(endpointId);
      const eventId = world.ids.uuid();
      const type = 'webhook.test';
      const body = JSON.stringify({ id: eventId, type, at: new Date(world.time.nowMs()).toISOString() });
      const startedMono = world.clock.monoMs();
      const outcome = await send({ endpointId, url, eventId, type, attempt: 1, body });
      return { ...outcome, tookMs: Math.round(world.clock.monoMs() - startedMono) };
    },
  };
}
