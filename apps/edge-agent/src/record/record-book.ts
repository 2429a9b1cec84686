import type { Clock } from '@tolem/base';
import type { EdgeStore, EdgeWriter } from '../store/edge-store.ts';

export interface Versioned {
  version: number;
  updatedAtMs: number;
}

/**
 * Records that callers watch: what is stored, and between two writes what is only known in memory (a sub-status of a terminal).
 * Every change has a higher version.
 */
export interface RecordBook<Entry extends Versioned> {
  get(id: string): Entry | undefined;
  /** Throws the refusal for an unknown id. */
  must(id: string): Entry;
  /** Writes a new record as it is; `also` writes what belongs to it, in the same transaction. */
  insert(entry: Entry, also?: (writer: EdgeWriter) => void): Entry;
  /** Writes the next state of a record under a higher version, then tells. */
  save(next: Entry, also?: (writer: EdgeWriter) => void): Entry;
  /** The next state under a higher version, to be written by somebody else's transaction, who then calls `announce`. */
  prepare(next: Entry): Entry;
  announce(written: Entry): void;
  /** Tells a change without writing it; it is written with the next one. */
  show(next: Entry): Entry;
  onChange(listener: (entry: Entry) => void): () => void;
  /** Resolves with the record when its version is no longer `knownVersion`, or when the time is over. */
  waitForChange(id: string, knownVersion: number, waitMs: number, signal?: AbortSignal): Promise<Entry>;
}

export interface BookParts<Entry> {
  clock: Clock;
  store: EdgeStore;
  idOf: (entry: Entry) => string;
  read: (id: string) => Entry | undefined;
  unknown: (id: string) => Error;
  put: (writer: EdgeWriter, entry: Entry) => void;
}

export function createRecordBook<Entry extends Versioned>(parts: BookParts<Entry>): RecordBook<Entry> {
  const { clock, store, idOf } = parts;
  const shown = new Map<string, Entry>();
  const listeners = new Set<(entry: Entry) => void>();
  const waiting = new Map<string, Set<() => void>>();

  const get = (id: string) => shown.get(id) ?? parts.read(id);
  const must = (id: string): Entry => {
    const entry = get(id);
    if (entry === undefined) throw parts.unknown(id);
    return entry;
  };
  const tell = (entry: Entry): void => {
    for (const listener of [...listeners]) listener(entry);
    for (const wake of [...(waiting.get(idOf(entry)) ?? [])]) wake();
  };
  const announce = (written: Entry): void => {
    shown.delete(idOf(written));
    tell(written);
  };
  const prepare = (next: Entry): Entry => {
    const before = get(idOf(next));
    return { ...next, version: (before?.version ?? next.version) + 1, updatedAtMs: Math.floor(clock.nowMs()) };
  };
  const write = (entry: Entry, also?: (writer: EdgeWriter) => void): Entry => {
    store.transact((writer) => {
      parts.put(writer, entry);
      also?.(writer);
    });
    announce(entry);
    return entry;
  };
  return {
    get,
    must,
    prepare,
    announce,
    insert: write,
    save: (next, also) => write(prepare(next), also),
    show(next) {
      const entry = prepare(next);
      shown.set(idOf(entry), entry);
      tell(entry);
      return entry;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async waitForChange(id, knownVersion, waitMs, signal) {
      if (must(id).version !== knownVersion || waitMs <= 0 || signal?.aborted) return must(id);
      await new Promise<void>((resolve) => {
        const wakers = waiting.get(id) ?? new Set();
        waiting.set(id, wakers);
        const done = () => {
          timer.cancel();
          wakers.delete(done);
          if (wakers.size === 0 && waiting.get(id) === wakers) waiting.delete(id);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = clock.after(waitMs, done);
        wakers.add(done);
        signal?.addEventListener('abort', done, { once: true });
      });
      return must(id);
    },
  };
}
