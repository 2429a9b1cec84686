import type { Timer } from '@tolem/base';
import { openCase } from './case/case-opener.ts';
import type { CommandDesk } from './command/create-command-service.ts';
import type { DeviceDesk } from './device/create-device-service.ts';
import { isHubError } from './hub-error.ts';
import type { HubWorld } from './hub-world.ts';
import type { Payment } from './payment/payment.ts';
import type { Refund } from './refund/refund.ts';
import { reportSilentRefunds } from './refund/silent-refunds.ts';
import type { RefundSession } from './refund-session/refund-session.ts';

/** Uncollected payments that become cases in one sweep. */
const UNCOLLECTED_BATCH = 100;
/** Older ones were cases long ago, unless no hub ran for a week; the sweep must not go through all of them every time. */
const UNCOLLECTED_WITHIN_MS = 7 * 86_400_000;

/**
 * What a hub does every `sweepMs`: takes over what lapsed instances have left, opens cases for payments that no till has
 * collected and refunds that no agent has ended, ends commands that nobody claims, registers the devices that were wished for, and pings the bank when it has not answered.
 */
export interface Housekeeping {
  /** At the start of a generation, before anything else. */
  adopt(): Promise<void>;
  start(): void;
  stop(): void;
}

export interface HousekeepingOptions {
  world: HubWorld;
  devices: DeviceDesk;
  commands: Pick<CommandDesk, 'sweep'>;
  onPayment: (payment: Payment) => void;
  onRefund: (refund: Refund) => void;
  onRefundSession: (session: RefundSession) => void;
  /** Takes up what is owned and was dropped from memory. */
  reclaim: () => Promise<void>;
  isBankWell: () => boolean;
}

export function createHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { world } = options;
  let timer: Timer | undefined;
  let isRunning = false;

  const adopt = async (): Promise<void> => {
    const limit = world.settings.limits.adoptBatch;
    for (;;) {
      const fence = world.lease.fence();
      const taken = await world.store.transaction(async (tx) => {
        await tx.leases.check(fence);
        return {
          payments: await tx.payments.adoptLapsed(fence, limit),
          refunds: await tx.refunds.adoptLapsed(fence, limit),
          sessions: await tx.refundSessions.adoptLapsed(fence, limit),
        };
      });
      for (const payment of taken.payments) options.onPayment(payment);
      for (const refund of taken.refunds) options.onRefund(refund);
      for (const session of taken.sessions) options.onRefundSession(session);
      if (taken.payments.length > 0) world.meter.count('payments_adopted', {}, taken.payments.length);
      if (Object.values(taken).every((rows) => rows.length < limit)) return;
    }
  };
  /** What fails in one step does not keep the others from their turn. */
  const step = async (run: () => Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      if (!isHubError(error, 'lease_lost', 'store_unavailable')) world.log.error({ error }, 'a sweep failed');
    }
  };
  const sweep = async (): Promise<void> => {
    await step(adopt);
    await step(options.reclaim);
    await step(() => reportUncollected(world));
    await step(() => reportSilentRefunds(world));
    await step(options.commands.sweep);
    await step(options.devices.performWishes);
    if (!options.isBankWell()) await world.bank.ping().catch(() => undefined);
    if (isRunning) timer = world.clock.after(world.settings.intervals.sweepMs, () => void sweep());
  };
  return {
    adopt,
    start() {
      isRunning = true;
      timer = world.clock.after(0, () => void sweep());
    },
    stop() {
      isRunning = false;
      timer?.cancel();
    },
  };
}

/** Paid, and no till has fetched it in time: somebody may have paid and gone without goods. Never refunded by itself. */
async function reportUncollected(world: HubWorld): Promise<void> {
  const beforeMs = world.time.nowMs() - world.settings.intervals.collectWithinMs;
  await world.store.transaction(async (tx) => {
    for (const { paymentId, agentId, amountPaid, amount } of await tx.payments.uncollected(
      { sinceMs: beforeMs - UNCOLLECTED_WITHIN_MS, beforeMs },
      UNCOLLECTED_BATCH,
    )) {
      await openCase(tx, world, {
        kind: 'not_collected',
        subject: paymentId,
        paymentId,
        agentId,
        amount: amountPaid ?? amount,
        detail: {},
      });
    }
  });
}
