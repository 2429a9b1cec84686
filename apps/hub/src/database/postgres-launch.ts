import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { HubError } from '../hub-error.ts';

/**
 * How the server's programs are started. PostgreSQL refuses to run as root; an ordinary user starts them plainly.
 * Root starts them inside a user namespace in which it is `nobody` (files stay root's, any folder will do), or, where the
 * system forbids namespaces, as the real `nobody`, which must then be able to enter every folder above.
 */
export interface PostgresLaunch {
  wrap(program: string, args: string[]): { command: string; args: string[] };
  /** Spawn options and owner of the data folder, when the programs run as another user. */
  user?: { uid: number; gid: number };
}

/** `nobody` and `nogroup` of every Linux distribution. */
const NOBODY = 65_534;
const AS_NOBODY = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--'];
const EXECUTE_BY_OTHERS = 0o001;

export function choosePostgresLaunch(folders: string[]): PostgresLaunch {
  if (process.getuid?.() !== 0) return { wrap: (command, args) => ({ command, args }) };
  if (canMapUsers()) {
    return { wrap: (program, args) => ({ command: 'unshare', args: [...AS_NOBODY, program, ...args] }) };
  }
  for (const folder of folders) refuseClosedFolders(folder);
  return { wrap: (command, args) => ({ command, args }), user: { uid: NOBODY, gid: NOBODY } };
}

function canMapUsers(): boolean {
  return spawnSync('unshare', [...AS_NOBODY, 'true'], { stdio: 'ignore' }).status === 0;
}

/** Names the first folder on the way that the user `nobody` cannot enter. */
function refuseClosedFolders(folder: string): void {
  for (let path = folder; ; path = dirname(path)) {
    if ((statSync(path).mode & EXECUTE_BY_OTHERS) === 0) {
      throw new HubError(
        'database_start',
        `the embedded database runs as the user nobody, who cannot enter ${path}: run the hub as an ordinary user, or open that folder (chmod o+x), or choose another dataDir`,
      );
    }
    if (path === dirname(path)) return;
  }
}

/** A named refusal where the server's package is missing or not executable. */
export function assertExecutable(program: string): void {
  try {
    accessSync(program, constants.X_OK);
  } catch (cause) {
    throw new HubError('database_start', `the embedded database's program ${program} cannot be run`, { cause });
  }
}
