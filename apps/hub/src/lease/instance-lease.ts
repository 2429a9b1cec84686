import type { Clock, Logger, Timer } from '@tolem/base';
import { HubError } from '../hub-error.ts';
import type { Meter } from '../meter.ts';
import type { Fence, Store } from '../store/store.ts';

/**
 * The lease of this hub instance [decisions: owning open payments].
 *
 * - held: entered with a new generation; renewed every `renewMs`; left when a renewal is refused, or when none has
 *   succeeded for `leaseMs` since it was asked for.
 * - lost: nothing may be written or sent; asks for a new generation at every turn until the store gives one.
 */
export interface InstanceLease {
  /** The fence to write with; throws `lease_lost` while there is none. */
  fence(): Fence;
  isHeld(): boolean;
  /** The generation that owns rows, also for a moment in which its lease is late but not known to be lost. */
  generation(): Fence | undefined;
  /** Resolves with the first generation. */
  start(listener: LeaseListener): Promise<void>;
  /** Gives the lease up, so that others may take over at once. */
  stop(): Promise<void>;
}

export interface LeaseListener {
  acquired(fence: Fence): void;
  lost(): void;
  /** After every renewal, with the database's clock as it was then. */
  renewed?(databaseMs: number): void;
}

export interface LeaseOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  meter: Meter;
  instance: string;
  leaseMs: number;
  renewMs: number;
}

const URGENT = { urgent: true } as const;

export function createInstanceLease(options: LeaseOptions): InstanceLease {
  const { store, clock, log, leaseMs } = options;
  let fence: Fence | undefined;
  let heldUntilMono = 0;
  let timer: Timer | undefined;
  let isStopped = false;
  let listener: LeaseListener = { acquired() {}, lost() {} };

  const isHeld = () => fence !== undefined && clock.monoMs() < heldUntilMono;
  const lose = (): void => {
    if (fence === undefined) return;
    fence = undefined;
    options.meter.count('lease_lost');
    log.warn({ instance: options.instance }, 'the lease of this instance has lapsed; it stops acting');
    listener.lost();
  };
  const acquire = async (): Promise<void> => {
    const askedMono = clock.monoMs();
    const taken = await store.transaction((tx) => tx.leases.acquire(options.instance, leaseMs), URGENT);
    fence = taken;
    heldUntilMono = askedMono + leaseMs;
    log.info({ ...taken }, 'this instance acts under a new generation');
    listener.acquired(taken);
  };
  const renew = async (held: Fence): Promise<void> => {
    const askedMono = clock.monoMs();
    const isRenewed = await store.transaction((tx) => tx.leases.renew(held, leaseMs), URGENT);
    if (!isRenewed) return lose();
    heldUntilMono = askedMono + leaseMs;
    listener.renewed?.(await store.nowMs());
  };
  const turn = async (): Promise<void> => {
    if (!isHeld()) lose();
    try {
      if (fence === undefined) await acquire();
      else await renew(fence);
    } catch (error) {
      log.warn({ error }, 'the lease could not be renewed');
    }
    if (!isStopped) timer = clock.after(options.renewMs, () => void turn());
  };
  return {
    isHeld,
    generation: () => fence,
    fence() {
      if (fence !== undefined && isHeld()) return fence;
      throw new HubError('lease_lost', 'this instance holds no lease');
    },
    async start(given) {
      listener = given;
      await acquire();
      timer = clock.after(options.renewMs, () => void turn());
    },
    async stop() {
      isStopped = true;
      timer?.cancel();
      const held = fence;
      fence = undefined;
      if (held) await store.transaction((tx) => tx.leases.release(held), URGENT);
    },
  };
}
