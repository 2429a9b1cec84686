import { guarded } from '../guarded.ts';
import type { HubWorld } from '../hub-world.ts';
import { plainText } from '../plain-text.ts';
import { problem } from '../problem-catalogue.ts';
import type { Recovery } from './recovery.ts';

const REASON_LIMIT = 500;

export function createRecovery(world: HubWorld): Recovery {
  return {
    state: () =>
      guarded(async () => {
        const { recovering, recoveringSinceMs } = await world.store.transaction((tx) => tx.meta.get());
        return { recovering, ...(recoveringSinceMs === undefined ? {} : { sinceMs: recoveringSinceMs }) };
      }),
    release: (caller, reason) =>
      guarded(async () => {
        if (caller.kind !== 'person') throw problem('forbidden', 'only a person ends the recovery');
        plainText(reason, 'reason', REASON_LIMIT, 1);
        await world.store.transaction(async (tx) => {
          const meta = await tx.meta.get();
          await tx.meta.save({ ...meta, recovering: false, releasedBy: caller.name, releaseReason: reason });
        });
        world.log.warn({ by: caller.name, reason }, 'the recovery was ended by a person');
      }),
  };
}
