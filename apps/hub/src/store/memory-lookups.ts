import type { LookupRows } from './lookup-rows.ts';
import type { MemoryTables } from './memory-store.ts';
import type { UndoLog } from './memory-table.ts';

export function memoryLookups({ lookups }: MemoryTables, log: UndoLog): LookupRows {
  return {
    async take(device, { nowMs, windowMs, limit }) {
      const recent = (lookups.get(log, device) ?? []).filter((atMs) => atMs > nowMs - windowMs);
      const oldest = recent[0];
      if (recent.length >= limit && oldest !== undefined) return oldest + windowMs - nowMs;
      lookups.set(log, device, [...recent, nowMs]);
      return undefined;
    },
  };
}
