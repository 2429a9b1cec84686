import type { Context } from '@tolem/base';
import { KaspiError, type TerminalStatus } from '@tolem/kaspi-core';
import type { EdgeIntervals } from '../edge-settings.ts';
import { persist } from '../store/persist.ts';
import type { TerminalDesk } from './terminal-desk.ts';

/** What watching an operation at a terminal shows. */
export type WatchInput =
  | { kind: 'status'; status: TerminalStatus }
  /** Looked up again and again, the operation is still `unknown` to the terminal. */
  | { kind: 'still_unknown' }
  | { kind: 'process_not_found' }
  | { kind: 'silent' }
  | { kind: 'watch_over' };

/** So long after its start an operation is asked about at every interval; afterwards nobody stands at the terminal any more. */
const BRISK_MS = 15 * 60_000;
/** An operation that the terminal does not know after several look-ups (one in 10 s) is a person's. */
const UNKNOWN_CASE_MS = 2 * 60_000;
/** However old an operation looks after a restart, the terminal is asked for so long: the clock may have been wrong. */
const LEAST_WATCH_MS = 10 * 60_000;

/**
 * Asks a terminal about one of its operations until `take` answers `stop` or the time is over. No fault of the connection
 * ever ends it: giving up would mean forgetting money [pos-v2, mistakes made by others].
 */
export async function watchOperation(parts: {
  context: Context;
  desk: TerminalDesk;
  processId: string;
  startedAtMs: number;
  intervals: EdgeIntervals;
  take: (input: WatchInput) => 'go_on' | 'stop';
  signal: AbortSignal;
}): Promise<void> {
  const { context, desk, processId, intervals, take, signal } = parts;
  const { clock } = context;
  const beganMono = clock.monoMs();
  const oldest = Math.max(0, intervals.terminalWatchMs - LEAST_WATCH_MS);
  const agedMs = Math.min(oldest, Math.max(0, clock.nowMs() - parts.startedAtMs));
  let answeredMono = beganMono;
  let actualizedMono = Number.NEGATIVE_INFINITY;
  /** Since when without a break; told once. */
  let unknown: { sinceMono: number; isTold: boolean } | undefined;

  const lookUp = async (status: TerminalStatus): Promise<TerminalStatus> => {
    const api = await desk.connected();
    const isDue = clock.monoMs() - actualizedMono >= intervals.actualizeEveryMs;
    if (status.kind !== 'unknown' || api.version !== 'v2' || !isDue) return status;
    actualizedMono = clock.monoMs();
    try {
      return await api.actualize(processId);
    } catch (error) {
      if (!(error instanceof KaspiError)) throw error;
      context.log.debug({ error, processId }, 'the terminal could not look the operation up');
      return status;
    }
  };
  const ask = async (): Promise<WatchInput | undefined> => {
    try {
      const api = await desk.connected();
      const status = await lookUp(await api.readStatus(processId));
      answeredMono = clock.monoMs();
      desk.note();
      return { kind: 'status', status };
    } catch (error) {
      if (!(error instanceof KaspiError)) throw error;
      desk.note(error);
      if (error.code === 'process_not_found') return { kind: 'process_not_found' };
      return clock.monoMs() - answeredMono >= intervals.terminalSilentMs ? { kind: 'silent' } : undefined;
    }
  };
  const isStillUnknown = (input: WatchInput | undefined): boolean => {
    if (input?.kind !== 'status') return false;
    if (input.status.kind !== 'unknown') {
      unknown = undefined;
      return false;
    }
    unknown ??= { sinceMono: clock.monoMs(), isTold: false };
    if (unknown.isTold || clock.monoMs() - unknown.sinceMono < UNKNOWN_CASE_MS) return false;
    unknown.isTold = true;
    return true;
  };
  while (!signal.aborted) {
    const input = await ask();
    if (signal.aborted) return;
    // The same answer is there at the next question, where this one could not be written.
    if (input && (await persist(context, processId, () => take(input))) === 'stop') return;
    if (isStillUnknown(input)) await persist(context, processId, () => take({ kind: 'still_unknown' }));
    const ageMs = agedMs + clock.monoMs() - beganMono;
    if (ageMs >= intervals.terminalWatchMs) {
      await persist(context, processId, () => take({ kind: 'watch_over' }));
      return;
    }
    const pauseMs = ageMs < BRISK_MS ? intervals.terminalPollMs : intervals.terminalPollSlowMs;
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}
