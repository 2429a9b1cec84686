import type { HubChange, HubCore } from '../hub-core.ts';

/** A change with its place in this process's sequence, as the stream sends it. */
export interface FeedEntry {
  /** `<feed>-<number>`: numbers of another process's feed mean nothing here. */
  id: string;
  change: HubChange;
}

/** The last changes, so that a page which was away for a moment gets what it missed. */
export interface ChangeFeed {
  /** What came after this id, or `undefined` where that is not known any more: the reader must read everything again. */
  since(id: string): FeedEntry[] | undefined;
  /** The newest id. */
  readonly head: string;
  subscribe(listener: (entry: FeedEntry) => void): () => void;
  close(): void;
}

/** A busy chain changes some hundred times a minute; a page away for longer reads everything again anyway. */
const KEPT_MAX = 1_000;

export function createChangeFeed(core: Pick<HubCore, 'onChange'>, feedId: string): ChangeFeed {
  const kept: FeedEntry[] = [];
  const listeners = new Set<(entry: FeedEntry) => void>();
  let count = 0;
  const unsubscribe = core.onChange((change) => {
    // Pages show no refund sessions: they live at the tills.
    if (change.kind === 'refund_session') return;
    count += 1;
    const entry = { id: `${feedId}-${count}`, change };
    kept.push(entry);
    if (kept.length > KEPT_MAX) kept.shift();
    for (const listener of listeners) listener(entry);
  });
  return {
    get head() {
      return `${feedId}-${count}`;
    },
    since(id) {
      const number = id.startsWith(`${feedId}-`) ? Number(id.slice(feedId.length + 1)) : Number.NaN;
      const isKnown = Number.isInteger(number) && number <= count && number >= count - kept.length;
      return isKnown ? kept.slice(kept.length - (count - number)) : undefined;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      unsubscribe();
      listeners.clear();
    },
  };
}
