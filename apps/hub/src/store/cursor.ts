/** Where a list goes on: after the row with this moment and id, newest first. */
export interface Cursor {
  atMs: number;
  id: string;
}

export function writeCursor(cursor: Cursor): string {
  return Buffer.from(`${cursor.atMs}:${cursor.id}`, 'utf8').toString('base64url');
}

/** `undefined` for text that is no cursor of ours: the list begins anew. */
export function readCursor(text: string | undefined): Cursor | undefined {
  const match = /^(-?\d{1,16}):([\w-]{1,64})$/.exec(Buffer.from(text ?? '', 'base64url').toString('utf8'));
  return match ? { atMs: Number(match[1]), id: match[2] ?? '' } : undefined;
}

/** Splits rows read with one more than the limit into the page and the cursor of the next. */
export function pageOf<Row>(
  rows: Row[],
  limit: number,
  cursorOf: (row: Row) => Cursor,
): { rows: Row[]; nextCursor?: string } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return rows.length > limit && last !== undefined
    ? { rows: page, nextCursor: writeCursor(cursorOf(last)) }
    : { rows: page };
}
