import type { Clock } from '@tolem/base';

/**
 * The database's clock as this process sees it: carried on by monotonic time, so that a corrected system clock moves no
 * deadline, and set again from the database with every renewal of the lease, so that hubs agree [decisions: deadlines].
 * It never goes back: where the database is behind, it stands still until the database has caught up.
 */
export interface HubTime {
  nowMs(): number;
  /** The wall time of this process for a moment of the database's: for ports that check it against their own clock. */
  toWallMs(databaseMs: number): number;
  anchor(databaseMs: number): void;
}

export function createHubTime(clock: Clock): HubTime {
  let offsetMs = clock.nowMs() - clock.monoMs();
  let floorMs = Number.NEGATIVE_INFINITY;
  let isAnchored = false;
  const nowMs = () => Math.max(floorMs, Math.round(clock.monoMs() + offsetMs));
  return {
    nowMs,
    toWallMs: (databaseMs) => clock.nowMs() + (databaseMs - nowMs()),
    anchor: (databaseMs) => {
      // Before the first anchor it is only this machine's guess.
      if (isAnchored) floorMs = nowMs();
      isAnchored = true;
      offsetMs = databaseMs - clock.monoMs();
    },
  };
}
