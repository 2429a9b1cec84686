import type { DatabaseSync } from 'node:sqlite';
import { assert, type Context, canonicalJson, type Json } from '@tolem/base';
import { chainHash, chainStart, type FactKind, type JournalFact } from '@tolem/proto';
import type { EpochReason, JournalLog, JournalPosition, JournalRow } from '../store/journal-log.ts';

/** What a row takes on the wire beside its payload: ids, hash, numbers and their tags, rounded up. */
export const ROW_OVERHEAD_BYTES = 200;
/** A longer row could never be sent and would block all that follow; what facts are made of is cut long before. */
const ROW_BYTES_MAX = 30 * 1024;
/** The ack is written at last after so many rows; up to then the hub's repetition at birth makes up for a lost one. */
const ACK_LAG_ROWS = 50;
const EPOCH_BYTES = 8;

export interface SqliteLog extends JournalLog {
  /** Inside a transaction: adds a fact; the position moves when the transaction is committed. */
  append(kind: FactKind, fact: object, eventId?: string): void;
  committed(): void;
  rolledBack(): void;
  /** Writes the ack that is only in memory; inside a transaction. */
  saveAck(): void;
  hasRows(): boolean;
}

type Transact = <Result>(work: () => Result) => Result;

/** The rows of the current epoch [decisions: journal, epochs, forks]. `epoch` in meta names it. */
export function createSqliteLog(parts: {
  database: DatabaseSync;
  context: Context;
  boot: string;
  transact: Transact;
}): SqliteLog {
  const { database, context, boot, transact } = parts;
  const insert = database.prepare('INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const selectAfter = database.prepare('SELECT * FROM journal WHERE epoch = ? AND seq > ? ORDER BY seq LIMIT ?');
  const setMeta = database.prepare(
    'INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  const listeners = new Set<() => void>();
  let saved = load(database);
  let position = { ...saved };
  let savedAck = saved.acknowledged;

  const write = (row: Omit<JournalRow, 'hash' | 'seq'>): void => {
    const chained = { ...row, seq: position.lastSeq + 1 };
    const hash = chainHash(position.chain, chained);
    insert.run(position.epoch, chained.seq, row.eventId, row.kind, row.payload, row.atMs, row.monoMs, row.boot, hash);
    position = { ...position, lastSeq: chained.seq, chain: hash };
  };
  const append = (kind: FactKind, fact: object, eventId = context.ids.uuid()): void => {
    const payload = Buffer.from(canonicalJson(fact as Json), 'utf8');
    assert(payload.length <= ROW_BYTES_MAX, `a ${kind} fact of ${payload.length} bytes`);
    const { clock } = context;
    write({ eventId, kind, payload, atMs: Math.floor(clock.nowMs()), monoMs: clock.monoMs(), boot });
  };
  const saveAck = (): void => {
    setMeta.run('acknowledged', String(position.acknowledged));
    savedAck = position.acknowledged;
  };
  const begin = (reason: EpochReason, detail: string): void => {
    const before = position;
    const left = selectAfter.all(before.epoch, before.acknowledged, -1).map(readRow);
    const epoch = Buffer.from(context.random.bytes(EPOCH_BYTES)).toString('hex');
    position = { epoch, lastSeq: 0, chain: chainStart(epoch), acknowledged: 0 };
    setMeta.run('epoch', epoch);
    saveAck();
    const fact: JournalFact = {
      reason,
      ...(before.epoch === '' ? {} : { previousEpoch: before.epoch, lastSeq: before.lastSeq }),
      ...(detail === '' ? {} : { detail: detail.slice(0, 200) }),
    };
    append('journal', fact);
    for (const row of left) write(row);
  };
  return {
    append,
    saveAck,
    position: (): JournalPosition => saved,
    hasRows: () => saved.epoch !== '',
    committed() {
      const grew = position.lastSeq !== saved.lastSeq || position.epoch !== saved.epoch;
      saved = position;
      if (grew) for (const listener of [...listeners]) listener();
    },
    rolledBack() {
      position = saved;
    },
    read(afterSeq, limit) {
      const rows: JournalRow[] = [];
      let bytes = 0;
      for (const raw of selectAfter.all(saved.epoch, afterSeq, limit.rows)) {
        const row = readRow(raw);
        bytes += row.payload.length + ROW_OVERHEAD_BYTES;
        if (rows.length > 0 && bytes > limit.bytes) break;
        rows.push(row);
      }
      return rows;
    },
    acknowledge(upto) {
      position = { ...position, acknowledged: upto };
      saved = { ...saved, acknowledged: upto };
      if (Math.abs(upto - savedAck) >= ACK_LAG_ROWS) transact(saveAck);
    },
    beginEpoch: (reason, detail) => transact(() => begin(reason, detail)),
    onAppend(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function load(database: DatabaseSync): JournalPosition {
  const meta = (name: string) => database.prepare('SELECT value FROM meta WHERE name = ?').get(name)?.value;
  const epoch = String(meta('epoch') ?? '');
  const last = database.prepare('SELECT * FROM journal WHERE epoch = ? ORDER BY seq DESC LIMIT 1').get(epoch);
  const row = last === undefined ? undefined : readRow(last);
  return {
    epoch,
    lastSeq: row?.seq ?? 0,
    chain: row?.hash ?? chainStart(epoch),
    acknowledged: Number(meta('acknowledged') ?? 0),
  };
}

export function readRow(raw: Record<string, unknown>): JournalRow {
  return {
    seq: Number(raw.seq),
    eventId: String(raw.event_id),
    kind: String(raw.kind),
    payload: raw.payload as Uint8Array,
    atMs: Number(raw.at_ms),
    monoMs: Number(raw.mono_ms),
    boot: String(raw.boot),
    hash: raw.hash as Uint8Array,
  };
}
