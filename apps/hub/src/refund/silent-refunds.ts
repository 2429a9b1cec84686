import { openCase } from '../case/case-opener.ts';
import type { HubWorld } from '../hub-world.ts';

/** A refund that its agent has begun, without a word of how it ended. Closed by that word. */
export const SILENT_REFUND_CASE = 'refund_not_told';

/** Refunds that become cases in one sweep. */
const BATCH = 100;
/** Older ones were cases long ago, unless no hub ran for a week; the sweep must not go through all of them every time. */
const WITHIN_MS = 7 * 86_400_000;

/**
 * Money may have gone back at a terminal whose agent went away in the middle: nothing at the hub ends such a refund, so a
 * person must know of it.
 */
export async function reportSilentRefunds(world: HubWorld): Promise<void> {
  const beforeMs = world.time.nowMs() - world.settings.intervals.commandAnswerMs;
  const span = { sinceMs: beforeMs - WITHIN_MS, beforeMs };
  await world.store.transaction(async (tx) => {
    for (const { refundId, paymentId, amount, status } of await tx.refunds.silentAtAgents(span, BATCH)) {
      const agentId = (await tx.payments.get(paymentId))?.agentId;
      await openCase(tx, world, {
        kind: SILENT_REFUND_CASE,
        subject: refundId,
        paymentId,
        refundId,
        amount,
        detail: { status },
        ...(agentId === undefined ? {} : { agentId }),
      });
    }
  });
}
