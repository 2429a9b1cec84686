import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Only the owner reads. */
export const SECRET_MODE = 0o600;
export const PUBLIC_MODE = 0o644;

/** Writes a whole file or none: beside it, flushed, then renamed over it. */
export function writeWholeFile(file: string, content: string | Uint8Array, mode: number): void {
  mkdirSync(dirname(file), { recursive: true });
  const beside = `${file}.new`;
  const handle = openSync(beside, 'w', mode);
  try {
    writeSync(handle, typeof content === 'string' ? Buffer.from(content) : content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(beside, file);
}
