import { closeSync, openSync, readSync } from 'node:fs';
import { BaseError } from './base-error.ts';

const CHUNK_BYTES = 64 * 1024;

/**
 * The bytes of a file that can only be small; a wrong path (an image of a disk, a device without end) is not read into memory.
 * Throws `config_unreadable` above the limit, and what the system throws where it cannot be read at all.
 */
export function readSmallFile(path: string, bytesMax: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const parts: Buffer[] = [];
    for (let total = 0; ; ) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const length = readSync(file, chunk);
      if (length === 0) return Buffer.concat(parts);
      total += length;
      if (total > bytesMax)
        throw new BaseError('config_unreadable', `${path} is larger than ${bytesMax} bytes: is it the right file?`);
      parts.push(chunk.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}
