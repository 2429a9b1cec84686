import type { Store, StoreTransaction } from '../store.ts';

/** One empty database and two hubs connected to it. */
export interface StoreWorld {
  store: Store;
  other: Store;
  /** Lets this much time pass on the database's clock. */
  passTime(ms: number): Promise<void>;
  close(): Promise<void>;
}

export type OpenStoreWorld = () => Promise<StoreWorld>;

/** Reads or writes in a transaction of its own. */
export type InOwnTransaction = <Result>(run: (tx: StoreTransaction) => Promise<Result>) => Promise<Result>;

/**
 * Runs `holder` in a transaction of the first hub and, once it has read its rows, `waiter` in one of the second; tells in
 * which order they got what they asked for and what the waiter saw.
 */
export async function whoWaits<Seen>(
  { store, other, passTime }: StoreWorld,
  holder: (tx: StoreTransaction) => Promise<unknown>,
  change: (tx: StoreTransaction) => Promise<unknown>,
  waiter: (tx: StoreTransaction) => Promise<Seen>,
): Promise<{ order: string[]; seen: Seen }> {
  const order: string[] = [];
  let waiting: Promise<Seen> | undefined;
  await store.transaction(async (tx) => {
    await holder(tx);
    waiting = other.transaction(async (later) => {
      const seen = await waiter(later);
      order.push('waiter has it');
      return seen;
    });
    await passTime(TIME_TO_OVERTAKE_MS);
    await change(tx);
    order.push('holder is done');
  });
  const seen = await (waiting as Promise<Seen> | undefined);
  return { order, seen: seen as Seen };
}

/** Long enough for a second transaction that nothing holds back. */
const TIME_TO_OVERTAKE_MS = 60;
