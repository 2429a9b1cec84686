import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether Chromium is here; a test that drives a page says `describe.skipIf(!needsChromium())`. */
export function needsChromium(): boolean {
  return needs('chromium');
}

/** Whether Mosquitto is here; a test of the external broker says `describe.skipIf(!needsMosquitto())`. */
export function needsMosquitto(): boolean {
  return needs('mosquitto');
}

/** Where the program lies in PATH (Debian keeps daemons in /usr/sbin, which a user's PATH may lack), else undefined. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** A missing program skips the test on a developer's machine and fails it where `TOLEM_NO_SKIP=1` is set. */
function needs(program: string): boolean {
  const found = findProgram(program) !== undefined;
  if (!found && process.env.TOLEM_NO_SKIP === '1') {
    throw new Error(`${program} is missing and TOLEM_NO_SKIP=1 allows no skip: install the Debian package ${program}`);
  }
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
