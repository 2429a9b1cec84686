import { isUuid } from '@tolem/base';
import { chainHash, MAX_BATCH_ROWS } from '@tolem/proto';
import type { JournalBatch, JournalRow } from './journal-intake.ts';

/** Payload bytes of one batch; agents keep to half of it [decisions: journal]. */
const BYTES_LIMIT = 64 * 1024;
const WORD_LIMIT = 100;
const HASH_BYTES = 32;

/** What is wrong with a batch that no honest agent sends; `undefined` when it is well formed. The chain is checked elsewhere. */
export function malformed(batch: JournalBatch): string | undefined {
  const { rows, from, to, epoch } = batch;
  if (!isWord(epoch)) return 'the epoch is missing or too long';
  if (rows.length === 0 || rows.length > MAX_BATCH_ROWS) return `a batch has 1 to ${MAX_BATCH_ROWS} rows`;
  if (!Number.isSafeInteger(from) || from < 1 || to !== from + rows.length - 1)
    return 'from, to and the rows do not agree';
  if (rows.reduce((sum, row) => sum + row.payload.length, 0) > BYTES_LIMIT) return 'the batch is too large';
  for (const [at, row] of rows.entries()) {
    const fault = malformedRow(row, from + at);
    if (fault !== undefined) return `row ${from + at}: ${fault}`;
  }
  if (new Set(rows.map((row) => row.eventId)).size !== rows.length) return 'an event occurs twice';
  return undefined;
}

function malformedRow(row: JournalRow, seq: number): string | undefined {
  if (row.seq !== seq) return 'out of order';
  if (!isUuid(row.eventId)) return 'no event id';
  if (!isWord(row.kind) || !isWord(row.boot)) return 'the kind or boot is missing or too long';
  if (row.hash.length !== HASH_BYTES) return 'no hash';
  if (!Number.isSafeInteger(row.atMs) || !Number.isFinite(row.monoMs)) return 'no moment';
  return undefined;
}

/** Names that a column can hold. */
function isWord(text: string): boolean {
  return text !== '' && text.length <= WORD_LIMIT && !text.includes('\0');
}

/** The number of the first row whose hash does not follow from the chain, if there is one. */
export function brokenAt(chain: Uint8Array, rows: readonly JournalRow[]): number | undefined {
  let previous = chain;
  for (const row of rows) {
    const { hash, ...chained } = row;
    if (!sameBytes(chainHash(previous, chained), hash)) return row.seq;
    previous = hash;
  }
  return undefined;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
