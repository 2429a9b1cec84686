/** One fact, as it was written [decisions: journal]. */
export interface JournalRow {
  seq: number;
  eventId: string;
  kind: string;
  /** Canonical JSON in UTF-8. */
  payload: Uint8Array;
  atMs: number;
  monoMs: number;
  boot: string;
  /** Over the hash of the row before and every member of this one. */
  hash: Uint8Array;
}

export interface JournalPosition {
  epoch: string;
  lastSeq: number;
  /** The hash of the row `lastSeq`, or the epoch's own beginning. */
  chain: Uint8Array;
  /** Rows up to this one are committed at the hub. */
  acknowledged: number;
}

export type EpochReason = 'created' | 'lost' | 'damaged' | 'forked' | 'restored';

/** The facts in the order of their writing: what the outbox sends. */
export interface JournalLog {
  position(): JournalPosition;
  /** Rows after `seq`, as many as fit; at least one where there is one. */
  read(afterSeq: number, limit: { rows: number; bytes: number }): JournalRow[];
  /**
   * The hub holds everything up to `upto`. May go back (a restored hub). Kept in memory and written with the next fact or
   * at the stop: the hub repeats its ack at every birth.
   */
  acknowledge(upto: number): void;
  /** Rows that the hub does not hold begin a new epoch under the same event ids, after a `journal` fact. */
  beginEpoch(reason: EpochReason, detail: string): void;
  onAppend(listener: () => void): () => void;
}
