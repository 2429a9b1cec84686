import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `journal.mark` beside the journal: which epoch it last was, and whether it was closed tidily. A file of its own, because the
 * journal cannot testify for itself: what it said last may lie in a log that is gone.
 */
export interface JournalMark {
  /** An epoch of no characters: there was never a journal here. What cannot be read counts as not closed. */
  read(): { epoch: string; isClosed: boolean };
  /** On the disk before it returns: from now on every stop is unclean until `close`. */
  open(epoch: string): void;
  close(): void;
}

const OPEN = 'open';
const CLOSED = 'closed';

export function createJournalMark(folder: string): JournalMark {
  const path = join(folder, 'journal.mark');
  let current = '';
  const write = (word: string) => writeFileSync(path, `${current}\n${word}\n`, { flush: true });
  return {
    read() {
      if (!existsSync(path)) return { epoch: '', isClosed: false };
      const [epoch = '', word = ''] = readFileSync(path, 'utf8').split('\n');
      return { epoch: epoch.slice(0, 40), isClosed: word === CLOSED };
    },
    open(epoch) {
      current = epoch;
      if (epoch !== '') write(OPEN);
    },
    close: () => write(CLOSED),
  };
}
