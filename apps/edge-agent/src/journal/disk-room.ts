import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskRoom } from './sqlite-store.ts';

/** Given up when the disk is full, so that the outcome of what is under way can still be written [reliability]. */
const BALLAST_BYTES = 16 * 1024 * 1024;
/** Below this no new payment begins: the ballast and as much again for what is under way and for the outbox. */
const ROOM_BYTES = 32 * 1024 * 1024;

export function createDiskRoom(folder: string): DiskRoom {
  const ballast = join(folder, 'journal.ballast');
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  return {
    hasRoom: () => freeBytes() >= ROOM_BYTES && existsSync(ballast),
    release() {
      if (!existsSync(ballast)) return false;
      rmSync(ballast);
      return true;
    },
    restore() {
      if (existsSync(ballast) || freeBytes() < ROOM_BYTES + BALLAST_BYTES) return;
      // Not zeros: a file system that leaves holes out would keep no room for us.
      writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES, 0xb5));
    },
  };
}

export const endlessRoom: DiskRoom = { hasRoom: () => true, release: () => false, restore: () => {} };
