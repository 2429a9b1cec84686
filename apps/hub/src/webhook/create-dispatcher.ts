import type { Timer } from '@tolem/base';
import { openCase } from '../case/case-opener.ts';
import { isHubError } from '../hub-error.ts';
import type { HubWorld } from '../hub-world.ts';
import type { Fence } from '../store/store.ts';
import { nextDelivery } from './delivery-machine.ts';
import type { Delivery, EndpointState, SendOutcome, SendWebhook, WebhookEndpoint } from './webhook.ts';
import { WEBHOOK_CASE } from './webhook-outbox.ts';

/** Posts under way at one endpoint: an endpoint that hangs costs no more than these, and never keeps another one waiting. */
const IN_FLIGHT_MAX = 8;
/** Failures in a row after which an endpoint counts as down, so that its first success hastens everything that waits. */
const DOWN_AFTER = 3;
/** Deliveries are kept this long for lists and replays. */
const KEEP_MS = 30 * 86_400_000;
/** Old deliveries forgotten in one turn of `PRUNE_EVERY_MS`. */
const PRUNE_BATCH = 2_000;
const PRUNE_EVERY_MS = 60_000;
/** Deliveries taken over from lapsed owners, or hastened, in one transaction: a tenth of a second of the database. */
const BATCH = 2_000;
/** Between two looks: events of a busy moment are claimed together. */
const GATHER_MS = 20;

/** Sends what waits to every endpoint, in order for each payment. */
export interface Dispatcher {
  start(): void;
  /** No new posts; those under way end, within their own limit, and are settled. */
  stop(): Promise<void>;
  /** Something may have come: looks soon; `foreign`: also for what no live instance owns. */
  wake(from?: 'foreign'): void;
  last(endpointId: string): EndpointState['last'];
}

interface Lane {
  endpoint: WebhookEndpoint;
  inFlight: Map<number, Promise<void>>;
  failures: number;
  /** It was down and is back: what waits for later moments is hastened, a batch with each turn. */
  isCatchingUp: boolean;
  last?: NonNullable<EndpointState['last']>;
}

export interface DispatcherOptions {
  world: HubWorld;
  endpoints: readonly WebhookEndpoint[];
  send: SendWebhook;
}

export function createDispatcher({ world, endpoints, send }: DispatcherOptions): Dispatcher {
  const { clock, store, log } = world;
  const lanes = new Map(
    endpoints.map((endpoint): [string, Lane] => [
      endpoint.endpointId,
      { endpoint, inFlight: new Map(), failures: 0, isCatchingUp: false },
    ]),
  );
  let timer: Timer | undefined;
  let isStopped = true;
  let isTurning = false;
  let isWanted = false;
  let pruneAtMono = 0;
  let adoptAtMono = 0;

  const wake: Dispatcher['wake'] = (from) => {
    isWanted = true;
    if (from === 'foreign') adoptAtMono = 0;
    if (isTurning || isStopped) return;
    isTurning = true;
    void turnWhileWanted();
  };
  const turnWhileWanted = async (): Promise<void> => {
    while (isWanted && !isStopped) {
      isWanted = false;
      if (clock.monoMs() >= adoptAtMono) await quietly('adopt', adopt);
      for (const lane of lanes.values()) {
        if (lane.isCatchingUp) await quietly('hasten', () => hasten(lane));
        await quietly('claim', () => fill(lane));
      }
      if (clock.monoMs() >= pruneAtMono) await quietly('prune', prune);
      await clock.sleep(GATHER_MS);
    }
    isTurning = false;
  };
  const quietly = async (step: string, run: () => Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      if (!isHubError(error, 'lease_lost', 'store_unavailable')) log.error({ error, step }, 'webhook.failed');
    }
  };
  const adopt = async (): Promise<void> => {
    adoptAtMono = clock.monoMs() + world.settings.intervals.sweepMs;
    const fence = world.lease.fence();
    const count = await store.transaction(async (tx) => {
      await tx.leases.check(fence);
      return tx.webhooks.adoptLapsed(fence, BATCH);
    });
    if (count === BATCH) wake('foreign');
  };
  const hasten = async (lane: Lane): Promise<void> => {
    const { endpointId } = lane.endpoint;
    const count = await store.transaction((tx) => tx.webhooks.hasten(endpointId, world.time.nowMs(), BATCH));
    lane.isCatchingUp = count === BATCH;
    if (lane.isCatchingUp) wake();
  };
  const fill = async (lane: Lane): Promise<void> => {
    const { endpointId } = lane.endpoint;
    const limit = IN_FLIGHT_MAX - lane.inFlight.size;
    if (limit === 0) return;
    const fence = world.lease.fence();
    const heldPositions = [...lane.inFlight.keys()];
    const due = await store.transaction(async (tx) => {
      await tx.leases.check(fence);
      return tx.webhooks.claimDue(fence, { endpointId, nowMs: world.time.nowMs(), limit, heldPositions });
    });
    for (const delivery of due) lane.inFlight.set(delivery.position, deliver(lane, delivery, fence));
  };
  const deliver = async (lane: Lane, delivery: Delivery, fence: Fence): Promise<void> => {
    const { endpointId, url } = lane.endpoint;
    const { eventId, type, attempts, body, position } = delivery;
    const startedMono = clock.monoMs();
    const outcome = await send({ endpointId, url, eventId, type, attempt: attempts + 1, body });
    world.meter.observe('webhook_ms', { endpoint: endpointId }, clock.monoMs() - startedMono);
    const { intervals } = world.settings;
    const rules = { retriesMs: intervals.webhookRetriesMs, giveUpMs: intervals.webhookGiveUpMs };
    const settled = nextDelivery(delivery, outcome, { ...rules, nowMs: world.time.nowMs(), random: world.random });
    // Unsettled it is claimed and sent again: the receiver knows it by the event's id.
    await quietly('settle', () => settle(settled, fence));
    note(lane, settled, outcome);
    lane.inFlight.delete(position);
    wake();
  };
  const settle = async (settled: Delivery, fence: Fence): Promise<void> => {
    await store.transaction(async (tx) => {
      if (!(await tx.webhooks.settle(settled, fence))) return;
      const nowMs = world.time.nowMs();
      if (settled.state === 'waiting') await tx.webhooks.moveFollowers(settled, settled.nextAtMs);
      else if (settled.attempts > 1) await tx.webhooks.moveFollowers(settled, nowMs);
      if (settled.state === 'given_up') await reportGivenUp(tx, world, settled);
    });
  };
  const note = (lane: Lane, { eventId, type, subject, state, attempts }: Delivery, outcome: SendOutcome): void => {
    const { endpointId } = lane.endpoint;
    const { answer, isTaken } = outcome;
    const ids = { endpointId, eventId, type, subject, attempts, answer };
    world.meter.count('webhook_deliveries', { endpoint: endpointId, outcome: state === 'waiting' ? 'failed' : state });
    lane.last = { atMs: world.time.nowMs(), isTaken, answer };
    if (isTaken) {
      log.debug(ids, 'webhook.delivered');
      if (lane.failures >= DOWN_AFTER) {
        log.info({ endpointId, failures: lane.failures }, 'webhook.back');
        lane.isCatchingUp = true;
      }
      lane.failures = 0;
      return;
    }
    lane.failures += 1;
    if (state === 'given_up') log.error(ids, 'webhook.given_up');
    else log.debug(ids, 'webhook.not_taken');
    if (lane.failures !== DOWN_AFTER) return;
    lane.isCatchingUp = false;
    log.warn(ids, 'webhook.down');
  };
  const prune = async (): Promise<void> => {
    pruneAtMono = clock.monoMs() + PRUNE_EVERY_MS;
    await store.transaction((tx) => tx.webhooks.prune(world.time.nowMs() - KEEP_MS, PRUNE_BATCH));
  };
  const tick = (): void => {
    wake();
    timer = clock.after(world.settings.intervals.webhookTurnMs, tick);
  };
  return {
    wake,
    last: (endpointId) => lanes.get(endpointId)?.last,
    start() {
      if (lanes.size === 0) return;
      isStopped = false;
      tick();
    },
    async stop() {
      isStopped = true;
      timer?.cancel();
      await Promise.all([...lanes.values()].flatMap((lane) => [...lane.inFlight.values()]));
    },
  };
}

async function reportGivenUp(
  tx: Parameters<typeof openCase>[0],
  world: HubWorld,
  { endpointId, eventId, type, lastAnswer }: Delivery,
): Promise<void> {
  const detail = { endpointId, eventId, type, answer: lastAnswer ?? '' };
  await openCase(tx, world, { kind: WEBHOOK_CASE, subject: endpointId, detail });
}
