import { chainHash, chainStart } from '@tolem/proto';
import { openJournal } from './open-journal.ts';

/** The real journal for worlds on virtual time. */
export const worldJournal = {
  open: (folder: string, context: Parameters<typeof openJournal>[0]['context'], boot: string) =>
    openJournal({ folder, context, boot }),
  chainHash,
  chainStart,
};
