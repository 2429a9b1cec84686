import type { Context } from '@tolem/base';
import { isEdgeError } from '../edge-error.ts';

/** Between two attempts to write what must not be lost while the disk is full. */
const RETRY_MS = 1_000;

/** Writes what has already happened in the world: while the disk is full it is kept in memory and tried again, for ever. */
export async function persist<Result>(context: Context, what: string, write: () => Result): Promise<Result> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      return write();
    } catch (error) {
      if (!isEdgeError(error, 'disk_full')) throw error;
      if (isFirst) context.log.error({ error, what }, 'the disk is full: this is kept in memory only');
      await context.clock.sleep(RETRY_MS);
    }
  }
}

/** Runs what can be done again later; a full disk is logged and forgotten. */
export function unlessDiskFull(context: Context, what: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!isEdgeError(error, 'disk_full')) throw error;
    context.log.error({ error, what }, 'the disk is full: this was not written');
  }
}
