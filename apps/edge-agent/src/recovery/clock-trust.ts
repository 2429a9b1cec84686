import type { Clock } from '@tolem/base';
import type { EdgeStore } from '../store/edge-store.ts';

/** Clocks of computers that ask for the time agree within seconds; one that is an hour off was never set or was set wrong. */
const AGREE_MS = 3_600_000;

/**
 * Whether the age of records may be believed. A box without a battery stamps records with a moment of long ago until its clock is
 * corrected, and they must not be thrown away as old then. What is doubtful costs room on the disk, never a record.
 */
export interface ClockTrust {
  start(): void;
  /** Looks at the clocks now; `true` where every record of the last `ageMs` has the right date. */
  isSureFor(ageMs: number): boolean;
}

/** `sinceMs`: records written later have the right date. While unsure, `mark` names the last record before the doubt. */
interface Standing {
  isSure: boolean;
  sinceMs: number;
  mark: string;
}

export function createClockTrust(parts: {
  clock: Clock;
  store: EdgeStore;
  offsetMs: () => number | undefined;
}): ClockTrust {
  const { clock, store } = parts;
  let standing: Standing = { isSure: false, sinceMs: 0, mark: '' };
  let isDoubtful = false;
  let baseMs = 0;

  const here = (): string => {
    const { epoch, lastSeq } = store.log.position();
    return `${epoch}/${lastSeq}`;
  };
  const settle = (next: Standing): void => {
    store.transact((writer) => writer.putMeta('clock_right_since', write(next)));
    standing = next;
  };
  const look = (): void => {
    const nowMs = Math.floor(clock.nowMs());
    const base = nowMs - clock.monoMs();
    const hasJumped = Math.abs(base - baseMs) > AGREE_MS;
    baseMs = base;
    const offsetMs = parts.offsetMs();
    const agrees = offsetMs !== undefined && Math.abs(offsetMs) <= AGREE_MS;
    if (hasJumped) isDoubtful = true;
    if (standing.isSure && (hasJumped || !agrees)) {
      // Since the last look anything may have been written under the wrong date.
      isDoubtful = true;
      settle({ ...standing, isSure: false, mark: '' });
    }
    if (standing.isSure || !agrees) return;
    const isBetween = isDoubtful && standing.mark !== here();
    settle({ isSure: true, sinceMs: isBetween ? nowMs : standing.sinceMs, mark: '' });
    isDoubtful = false;
  };
  return {
    start() {
      baseMs = clock.nowMs() - clock.monoMs();
      const before = read(store.meta('clock_right_since'));
      isDoubtful = before?.isSure === false;
      const mark = isDoubtful ? (before?.mark ?? '') : here();
      settle({ isSure: false, sinceMs: before?.sinceMs ?? 0, mark });
    },
    isSureFor(ageMs) {
      look();
      return standing.isSure && clock.nowMs() - standing.sinceMs >= ageMs;
    },
  };
}

function write({ isSure, sinceMs, mark }: Standing): string {
  return `${isSure ? 'sure' : 'unsure'} ${sinceMs} ${mark}`;
}

function read(text: string | undefined): Standing | undefined {
  if (text === undefined) return undefined;
  const [word, since, mark = ''] = text.split(' ');
  return { isSure: word === 'sure', sinceMs: Number(since ?? 0), mark };
}
