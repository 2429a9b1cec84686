/**
 * The port for time. `nowMs` is wall time (Unix milliseconds) and may jump; `monoMs` only moves forward within one
 * boot of the process. Deadlines within a boot run on `monoMs`, moments that are stored or shown on `nowMs`.
 */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  nowMs(): number;
  monoMs(): number;
  /** Calls `run` once after `delayMs`; a delay beyond 24.8 days is waited for in steps. */
  after(delayMs: number, run: () => void): Timer;
  /** Resolves after `delayMs`; rejects with `aborted` when the signal fires first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}
