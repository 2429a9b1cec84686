import type { Clock } from '@tolem/base';

/**
 * The database's clock as this process sees it: read once at the start and carried on by monotonic time, so that a
 * corrected system clock moves no deadline, and a restart goes on by the database's time [decisions: deadlines].
 */
export interface HubTime {
  nowMs(): number;
  /** The wall time of this process for a moment of the database's: for ports that check it against their own clock. */
  toWallMs(databaseMs: number): number;
  anchor(databaseMs: number): void;
}

export function createHubTime(clock: Clock): HubTime {
  let offsetMs = clock.nowMs() - clock.monoMs();
  const nowMs = () => Math.round(clock.monoMs() + offsetMs);
  return {
    nowMs,
    toWallMs: (databaseMs) => clock.nowMs() + (databaseMs - nowMs()),
    anchor: (databaseMs) => {
      offsetMs = databaseMs - clock.monoMs();
    },
  };
}
