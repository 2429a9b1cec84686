import type { Clock } from '@tolem/base';

/** One GET; `undefined` where no answer came in time. */
export type OldFetch = (
  path: string,
  timeoutMs: number,
) => Promise<{ status: number; body: Record<string, unknown> } | undefined>;

/** One press of "pay" at the till, and what the till was told. */
export interface OldSale {
  readonly path: string;
  processIds: string[];
  /** `wait` until the till has a final word; `message` is an answer without a process id. */
  told: 'wait' | 'success' | 'fail' | 'message' | 'error';
  last?: Record<string, unknown>;
}

export interface OldTill {
  /** Asks, and asks for the status until there is a final word. Runs until then or until the till is switched off. */
  sell(path: string): OldSale;
  /** The till loses its memory: nothing that it was doing goes on. */
  switchOff(): void;
}

/** Patience of till software of that kind. */
const TIMEOUT_MS = 5_000;
const POLL_MS = 1_000;

/**
 * Till software written for a terminal from the document alone: it repeats a start that was not answered, polls every second,
 * believes `success`, `fail` and HTTP 400, and knows nothing of an unknown outcome.
 */
export function createOldTill(parts: { clock: Clock; fetch: OldFetch }): OldTill {
  const { clock, fetch } = parts;
  let life = 0;

  const run = async (sale: OldSale, born: number): Promise<void> => {
    const isOn = () => life === born;
    let processId: string | undefined;
    while (isOn() && processId === undefined) {
      const answer = await fetch(sale.path, TIMEOUT_MS);
      if (!isOn()) return;
      if (!answer) {
        await clock.sleep(POLL_MS);
        continue;
      }
      sale.last = answer.body;
      if (typeof answer.body.processId !== 'string') {
        sale.told = 'message';
        return;
      }
      processId = answer.body.processId;
      sale.processIds.push(processId);
    }
    while (isOn()) {
      const answer = await fetch(`/status?processId=${processId}`, TIMEOUT_MS);
      if (!isOn()) return;
      if (answer) {
        sale.last = answer.body;
        if (answer.status === 400) sale.told = 'error';
        if (answer.body.status === 'success') sale.told = 'success';
        if (answer.body.status === 'fail') sale.told = 'fail';
        if (sale.told !== 'wait') return;
      }
      await clock.sleep(POLL_MS);
    }
  };
  return {
    sell(path) {
      const sale: OldSale = { path, processIds: [], told: 'wait' };
      void run(sale, life);
      return sale;
    },
    switchOff() {
      life += 1;
    },
  };
}
