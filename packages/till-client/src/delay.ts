/** The only timers of the client. It stands alone in a till's program, so it has no clock of Tolem's to ask. */
export interface Delays {
  /** Resolves after so many milliseconds; rejects with the signal's reason when that comes first. */
  pause(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** Fires after so many milliseconds. */
  limit(ms: number): AbortSignal;
}

export const systemDelays: Delays = {
  pause(ms, signal) {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, ms);
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    });
  },
  limit: (ms) => AbortSignal.timeout(ms),
};
