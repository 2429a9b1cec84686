import { createHash } from 'node:crypto';

/** The chain before the first row of an epoch. */
export function chainStart(epoch: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`tolem-journal:${epoch}`).digest());
}

export interface ChainedRow {
  seq: number;
  eventId: string;
  kind: string;
  payload: Uint8Array;
  atMs: number;
  monoMs: number;
  boot: string;
}

/** The hash of a row: over the hash of the row before and every member of this one, each with its length before it. */
export function chainHash(previous: Uint8Array, row: ChainedRow): Uint8Array {
  const hash = createHash('sha256').update(previous);
  const members = [String(row.seq), row.eventId, row.kind, row.payload, String(row.atMs), String(row.monoMs), row.boot];
  for (const member of members) {
    const bytes = typeof member === 'string' ? Buffer.from(member, 'utf8') : member;
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return new Uint8Array(hash.digest());
}
