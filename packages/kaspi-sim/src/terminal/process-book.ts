import type { Context, Timer } from '@tolem/base';
import type { TerminalProcess } from './terminal-process.ts';
import type { TerminalSettings } from './terminal-settings.ts';

/** Every operation of one terminal: kept with each change, ended by the terminal's own clock where nobody ends it. */
export interface ProcessBook {
  /** What the terminal still tells by this id. */
  find(processId: string): TerminalProcess | undefined;
  /** Also what it no longer tells. */
  all(): TerminalProcess[];
  open(): TerminalProcess | undefined;
  add(
    start: Pick<TerminalProcess, 'kind' | 'amount' | 'ownCheque' | 'refundOf' | 'needsScan' | 'method'>,
  ): TerminalProcess;
  change(processId: string, changes: Partial<TerminalProcess>): void;
  /** Runs `next` after one step of time, if the operation still waits by then. */
  step(processId: string, next: (process: TerminalProcess) => void): void;
  stop(): void;
  clear(): void;
}

/** Results are told for this long [pos-v2 Operations]. */
const RETENTION_MS = 24 * 3_600_000;

export function createProcessBook(options: {
  settings: TerminalSettings;
  context: Context;
  earlier: readonly TerminalProcess[];
  keep(process: TerminalProcess): void;
}): ProcessBook {
  const { settings, keep } = options;
  const { clock } = options.context;
  const processes = new Map(options.earlier.map((process) => [process.processId, process]));
  const deadlines = new Map<string, Timer>();
  let isStopped = false;

  const change = (processId: string, changes: Partial<TerminalProcess>): void => {
    const before = processes.get(processId);
    if (!before) return;
    const hasEnded = before.status === 'wait' && changes.status !== undefined && changes.status !== 'wait';
    const after = { ...before, ...changes, ...(hasEnded ? { endedAtMs: clock.nowMs() } : {}) };
    keep(after);
    processes.set(processId, after);
    if (after.status === 'wait') armDeadline(after);
    else disarm(processId);
  };
  const disarm = (processId: string): void => {
    deadlines.get(processId)?.cancel();
    deadlines.delete(processId);
  };
  const armDeadline = ({ processId, deadlineAtMs }: TerminalProcess): void => {
    disarm(processId);
    const giveUp = () =>
      change(processId, { status: 'fail', subStatus: 'ProcessCancelled', message: 'Время ожидания истекло' });
    deadlines.set(processId, clock.after(deadlineAtMs - clock.nowMs(), giveUp));
  };
  const disarmAll = (): void => {
    for (const timer of deadlines.values()) timer.cancel();
    deadlines.clear();
  };
  for (const process of processes.values()) if (process.status === 'wait') armDeadline(process);
  return {
    find(processId) {
      const process = processes.get(processId);
      if (!process || process.isForgotten === true) return undefined;
      return clock.nowMs() - process.startedAtMs > RETENTION_MS ? undefined : process;
    },
    all: () => [...processes.values()],
    open: () => [...processes.values()].find((process) => process.status === 'wait'),
    add(start) {
      const nowMs = Math.floor(clock.nowMs());
      const lastId = Math.max(0, ...[...processes.keys()].map(Number));
      const process: TerminalProcess = {
        ...start,
        // Milliseconds, as in the printed examples; unique for this terminal only [pos-v2 Operations].
        processId: String(Math.max(nowMs, lastId + 1)),
        startedAtMs: nowMs,
        deadlineAtMs: nowMs + settings.waitS * 1000,
        status: 'wait',
        subStatus: 'Initialize',
      };
      keep(process);
      processes.set(process.processId, process);
      armDeadline(process);
      return process;
    },
    change,
    step(processId, next) {
      const run = () => {
        const process = processes.get(processId);
        if (process?.status === 'wait' && !isStopped) next(process);
      };
      if (settings.stepS === 0) run();
      else clock.after(settings.stepS * 1000, run);
    },
    stop() {
      isStopped = true;
      disarmAll();
    },
    clear() {
      disarmAll();
      processes.clear();
    },
  };
}
