import { isHubError } from './hub-error.ts';
import type { HubWorld } from './hub-world.ts';
import type { Payment } from './payment/payment.ts';
import type { Poller } from './payment/poller.ts';
import type { RefundRunner } from './refund/refund-runner.ts';
import type { SessionKeeper } from './refund-session/session-keeper.ts';
import type { StoreTransaction } from './store/store.ts';

/** Rows of one transaction: a few milliseconds of the database. */
const PAGE = 2_000;

export interface ReclaimOptions {
  world: HubWorld;
  poller: Poller;
  runner: RefundRunner;
  keeper: SessionKeeper;
  onPayment: (payment: Payment) => void;
}

/**
 * Compares what this instance owns by the store with what it works on from memory, and takes up what is missing or newer.
 * The answer to a commit may be lost although it happened; what it began must not wait for a restart. Never rejects.
 */
export function createReclaim(options: ReclaimOptions): () => Promise<void> {
  const { world } = options;
  let running: Promise<void> | undefined;
  let isWanted = false;
  const turns = async (): Promise<void> => {
    do {
      isWanted = false;
      await reclaimPayments(options);
      await reclaimRefunds(options);
      await reclaimRefundSessions(options);
    } while (isWanted);
  };
  return () => {
    isWanted = true;
    running ??= turns()
      .catch((error: unknown) => {
        if (!isHubError(error, 'lease_lost', 'store_unavailable'))
          world.log.error({ error }, 'the comparison with the store failed');
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };
}

async function reclaimPayments({ world, poller, onPayment }: ReclaimOptions): Promise<void> {
  const known = poller.versions();
  const missed = new Set(known.keys());
  const differing: string[] = [];
  await eachPage(
    world,
    (tx, afterId) => tx.payments.watchedBy(world.lease.fence(), PAGE, afterId),
    'paymentId',
    (row) => {
      missed.delete(row.paymentId);
      if ((known.get(row.paymentId) ?? 0) < row.version) differing.push(row.paymentId);
    },
  );
  for (const paymentId of [...differing, ...missed]) {
    const payment = await world.store.transaction((tx) => tx.payments.get(paymentId));
    if (payment) onPayment(payment);
  }
  if (differing.length > 0) world.log.info({ payments: differing.length }, 'payments were taken up again');
}

async function reclaimRefunds({ world, runner }: ReclaimOptions): Promise<void> {
  await eachPage(
    world,
    (tx, afterId) => tx.refunds.atWorkOf(world.lease.fence(), PAGE, afterId),
    'refundId',
    runner.resume,
  );
}

async function reclaimRefundSessions({ world, keeper }: ReclaimOptions): Promise<void> {
  await eachPage(
    world,
    (tx, afterId) => tx.refundSessions.activeOfOwner(world.lease.fence(), PAGE, afterId),
    'refundSessionId',
    keeper.stored,
  );
}

async function eachPage<Key extends string, Row extends Record<Key, string>>(
  world: HubWorld,
  read: (tx: StoreTransaction, afterId: string | undefined) => Promise<Row[]>,
  key: Key,
  take: (row: Row) => void,
): Promise<void> {
  let afterId: string | undefined;
  for (;;) {
    const after = afterId;
    const page = await world.store.transaction((tx) => read(tx, after));
    for (const row of page) take(row);
    if (page.length < PAGE) return;
    afterId = page.at(-1)?.[key];
  }
}
