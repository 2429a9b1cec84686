import { isHubError } from '../hub-error.ts';
import type { HubWorld } from '../hub-world.ts';
import { problem } from '../problem-catalogue.ts';

/** The unique index of an agent's keys. */
const KEY_INDEX = 'payment_key';

/**
 * A till's key begins one payment, for ever [decisions: at the till]. The agent sees to it; where it has lost its journal and
 * the hub gives back the keys of some days only, this index still does: `key_used` with the payment that it began.
 */
export async function refusingUsedKeys<Result>(
  world: HubWorld,
  { agentId, keyHash = '' }: { agentId: string; keyHash?: string | undefined },
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!isHubError(error, 'store_conflict') || error.ids.constraint !== KEY_INDEX) throw error;
    const paymentId = await world.store.transaction((tx) => tx.payments.keyHolder(agentId, keyHash));
    throw problem(
      'key_used',
      'this key was used for an earlier payment',
      paymentId === undefined ? {} : { paymentId },
      error,
    );
  }
}
