/** What the hub holds of one epoch of an agent's journal. */
export interface JournalPosition {
  agentId: string;
  epoch: string;
  upto: number;
  /** The hash of row `upto`, or the start of the chain. */
  chain: Uint8Array;
  startedAtMs: number;
  /** Another epoch has begun since: nothing more is taken into this one. */
  closed: boolean;
}

export interface StoredJournalRow {
  agentId: string;
  epoch: string;
  seq: number;
  eventId: string;
  kind: string;
  /** As accepted: card numbers dropped. */
  payload: string;
  atMs: number;
  monoMs: number;
  boot: string;
  hash: Uint8Array;
  takenAtMs: number;
  /** False where another epoch had brought the same event, or the payload could not be applied. */
  applied: boolean;
}

/** Constraints: unique `(agent, epoch, seq)`; the events of an agent are remembered for ever. */
export interface JournalRows {
  /** The open epoch of an agent. */
  current(agentId: string, options?: { lock: boolean }): Promise<JournalPosition | undefined>;
  positionOf(agentId: string, epoch: string): Promise<JournalPosition | undefined>;
  savePosition(position: JournalPosition): Promise<void>;
  /** Ids and hashes of rows held, by sequence number. */
  held(
    agentId: string,
    epoch: string,
    from: number,
    to: number,
  ): Promise<Array<{ seq: number; eventId: string; hash: Uint8Array }>>;
  /** Which of these events are held in any epoch of the agent. */
  knownEvents(agentId: string, eventIds: readonly string[]): Promise<Set<string>>;
  insert(rows: readonly StoredJournalRow[]): Promise<void>;
  /** What is held of every agent's open epoch. */
  positions(): Promise<Array<{ agentId: string; epoch: string; upto: number }>>;
}
