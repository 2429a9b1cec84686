import type { Timer } from '@tolem/base';
import type { Caller } from '../caller.ts';
import { isHubError } from '../hub-error.ts';
import type { HubWorld } from '../hub-world.ts';
import type { StoreHint } from '../store/store.ts';
import type { Payment } from './payment.ts';
import type { PaymentWatch, WatchedChange } from './payment-service.ts';

/** One query asks about at most so many payments. */
const REREAD_BATCH = 500;
/** What one watcher may follow: an agent's open payments and its recent ones. */
const WATCHED_LIMIT = 5_000;

interface Watcher {
  caller: Caller;
  versions: Map<string, number>;
  onChange: (change: WatchedChange) => void;
}

/**
 * Tells watchers about newer versions. Notifications are hints that name a payment; the truth is read again, and every
 * `watchRereadMs` the versions of everything watched are compared, so that a lost hint delays but never hides a change.
 */
export interface PaymentWatchers {
  watch(caller: Caller, onChange: (change: WatchedChange) => void): PaymentWatch;
  hint(hint: StoreHint): void;
  start(): void;
  stop(): void;
}

export function createPaymentWatchers(world: HubWorld): PaymentWatchers {
  const watchers = new Set<Watcher>();
  let timer: Timer | undefined;

  /** One watcher's fault is not another's. */
  const call = (watcher: Watcher, change: WatchedChange): void => {
    try {
      watcher.onChange(change);
    } catch (error) {
      world.log.error({ error }, 'a watcher of payments failed');
    }
  };
  const tell = (watcher: Watcher, paymentId: string, payment: Payment | undefined): void => {
    const known = watcher.versions.get(paymentId);
    if (known === undefined) return;
    const isVisible = payment !== undefined && maySee(watcher.caller, payment);
    if (!isVisible) {
      watcher.versions.delete(paymentId);
      call(watcher, { kind: 'not_found', paymentId });
    } else if (payment.version > known) {
      watcher.versions.set(paymentId, payment.version);
      call(watcher, { kind: 'payment', payment });
    }
  };
  const read = async (paymentIds: readonly string[], only: ReadonlySet<Watcher>): Promise<void> => {
    const payments = await world.store.transaction(async (tx) => {
      const versions = await tx.payments.versionsOf(paymentIds);
      const isNewer = (id: string, version: number) =>
        [...only].some((one) => (one.versions.get(id) ?? version) < version);
      const newer = versions.filter((one) => isNewer(one.paymentId, one.version));
      const read = new Map<string, Payment | undefined>();
      for (const { paymentId } of newer) read.set(paymentId, await tx.payments.get(paymentId));
      const present = new Set(versions.map((one) => one.paymentId));
      for (const id of paymentIds) if (!present.has(id)) read.set(id, undefined);
      return read;
    });
    for (const [paymentId, payment] of payments) for (const watcher of only) tell(watcher, paymentId, payment);
  };
  const readQuietly = async (paymentIds: readonly string[], only: ReadonlySet<Watcher> = watchers): Promise<void> => {
    try {
      for (let at = 0; at < paymentIds.length; at += REREAD_BATCH) {
        await read(paymentIds.slice(at, at + REREAD_BATCH), only);
      }
    } catch (error) {
      // The next turn reads again; what a watcher asked for must never end the hub.
      if (!isHubError(error, 'store_unavailable')) world.log.error({ error }, 'watched payments could not be read');
    }
  };
  const readAll = (): Promise<void> => {
    const ids = new Set<string>();
    for (const watcher of watchers) for (const id of watcher.versions.keys()) ids.add(id);
    return readQuietly([...ids]);
  };
  const turn = async (): Promise<void> => {
    await readAll();
    if (timer) timer = world.clock.after(world.settings.intervals.watchRereadMs, () => void turn());
  };
  return {
    watch(caller, onChange) {
      const watcher: Watcher = { caller, versions: new Map(), onChange };
      watchers.add(watcher);
      world.meter.gauge('watched_streams', watchers.size);
      return {
        add(entries) {
          const room = WATCHED_LIMIT - watcher.versions.size;
          const added = entries.slice(0, Math.max(0, room));
          for (const { paymentId, version } of added) watcher.versions.set(paymentId, version);
          void readQuietly(
            added.map((one) => one.paymentId),
            new Set([watcher]),
          );
        },
        remove(paymentIds) {
          for (const id of paymentIds) watcher.versions.delete(id);
        },
        close() {
          watchers.delete(watcher);
          world.meter.gauge('watched_streams', watchers.size);
        },
      };
    },
    hint(hint) {
      if (hint.kind === 'reconnected') void readAll();
      if (hint.kind !== 'payment') return;
      const interested = [...watchers].some((one) => (one.versions.get(hint.paymentId) ?? hint.version) < hint.version);
      if (interested) void readQuietly([hint.paymentId]);
    },
    start() {
      timer = world.clock.after(world.settings.intervals.watchRereadMs, () => void turn());
    },
    stop() {
      timer?.cancel();
      timer = undefined;
      watchers.clear();
    },
  };
}

/** An agent sees its own payments only; people and the hub itself see all. */
export function maySee(caller: Caller, payment: Payment): boolean {
  return caller.kind !== 'agent' || caller.agentId === payment.agentId;
}

export function actorOf(caller: Caller): string {
  if (caller.kind === 'agent') return `agent:${caller.agentId}`;
  return caller.kind === 'person' ? `person:${caller.name}` : 'system';
}
