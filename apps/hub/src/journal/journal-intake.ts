/** The hub's end of the agents' journals [decisions: journal, epochs, forks]. */
export interface JournalIntake {
  /** Applies a batch in one transaction (rows, effects, position) and tells what is now held. Never throws for bad input. */
  take(agentId: string, batch: JournalBatch): Promise<JournalVerdict>;
  /** Compares a birth's `(epoch, lastSeq, chain)` with what is held; the ack is repeated on birth. */
  compare(agentId: string, position: { epoch: string; lastSeq: number; chain: Uint8Array }): Promise<JournalVerdict>;
}

export interface JournalBatch {
  epoch: string;
  from: number;
  to: number;
  rows: JournalRow[];
}

export interface JournalRow {
  seq: number;
  eventId: string;
  kind: string;
  payload: Uint8Array;
  atMs: number;
  monoMs: number;
  boot: string;
  hash: Uint8Array;
}

export interface JournalVerdict {
  verdict: 'ok' | 'gap' | 'fork' | 'refused';
  epoch: string;
  upto: number;
  detail: string;
}
