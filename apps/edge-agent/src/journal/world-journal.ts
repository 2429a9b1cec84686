import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chainHash, chainStart } from '@tolem/proto';
import { type OpenJournal, openJournal } from './open-journal.ts';

const FILES = ['journal.db', 'journal.db-wal'];

/** The real journal for worlds on virtual time: killed, it leaves its files as a killed process does, log included. */
export const worldJournal = {
  chainHash,
  chainStart,
  open(folder: string, context: OpenJournal['context'], boot: string) {
    const store = openJournal({ folder, context, boot });
    const abandon = (): void => {
      const paths = FILES.map((name) => join(folder, name)).filter((path) => existsSync(path));
      const left = paths.map((path) => ({ path, bytes: readFileSync(path) }));
      store.abandon();
      for (const path of FILES) rmSync(join(folder, path), { force: true });
      for (const { path, bytes } of left) writeFileSync(path, bytes);
    };
    return { ...store, abandon };
  },
};
