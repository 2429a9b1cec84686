import { Money } from '@tolem/base';
import type { CaseRows } from './case-rows.ts';
import { pageOf, readCursor } from './cursor.ts';
import type { MemoryTables } from './memory-store.ts';
import type { UndoLog } from './memory-table.ts';

export function memoryCases({ cases }: MemoryTables, log: UndoLog): CaseRows {
  const openOf = (kind: string, subject: string) =>
    cases
      .all(log)
      .find((one) => one.entry.kind === kind && one.subject === subject && one.entry.closedAtMs === undefined);
  return {
    async open(entry, subject) {
      if (cases.get(log, entry.caseId) || openOf(entry.kind, subject)) return undefined;
      cases.set(log, entry.caseId, { entry, subject });
      return entry;
    },
    get: async (caseId) => cases.get(log, caseId)?.entry,
    async save(entry) {
      const stored = cases.get(log, entry.caseId);
      if (stored) cases.set(log, entry.caseId, { entry, subject: stored.subject });
    },
    async closeOf({ kind, subject }, { atMs, by, reason }) {
      const stored = openOf(kind, subject);
      if (!stored) return undefined;
      const entry = { ...stored.entry, closedAtMs: atMs, closedBy: by, closeReason: reason };
      cases.set(log, entry.caseId, { entry, subject });
      return entry;
    },
    async openSums() {
      const open = cases.all(log).filter((one) => one.entry.closedAtMs === undefined);
      const kinds = [...new Set(open.map((one) => one.entry.kind))].sort();
      return kinds.map((kind) => {
        const same = open.filter((one) => one.entry.kind === kind);
        return { kind, count: same.length, amount: Money.sum(same.map((one) => one.entry.amount ?? Money.zero)) };
      });
    },
    async list(filter) {
      const after = readCursor(filter.cursor);
      const matches = cases
        .all(log)
        .map((one) => one.entry)
        .filter((one) => filter.open === undefined || filter.open === (one.closedAtMs === undefined))
        .filter((one) => filter.paymentId === undefined || one.paymentId === filter.paymentId)
        .filter(
          (one) => !after || one.openedAtMs < after.atMs || (one.openedAtMs === after.atMs && one.caseId < after.id),
        )
        .sort((a, b) => b.openedAtMs - a.openedAtMs || (a.caseId < b.caseId ? 1 : -1));
      const page = pageOf(matches, filter.limit, (one) => ({ atMs: one.openedAtMs, id: one.caseId }));
      return { cases: page.rows, ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }) };
    },
  };
}
