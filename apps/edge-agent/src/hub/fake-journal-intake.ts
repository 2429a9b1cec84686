import { canonicalJson } from '@tolem/base';
import type { AgentReport, ReportAck, ReportBatch, ReportRow } from './report-bus.ts';

/** The hub's end of one agent's journal in memory: what a correct hub does with batches and births. */
export interface FakeJournalIntake {
  take(batch: ReportBatch): ReportAck;
  compare(report: Pick<AgentReport, 'epoch' | 'lastSeq' | 'chain'>): ReportAck;
  /** Every fact that was applied, once per event id, in the order of arrival. */
  facts(): Array<{ eventId: string; kind: string; fact: Record<string, unknown> }>;
  /** Goes back to an earlier state under a new hub epoch, as a restored hub does. */
  restore(upto: number, hubEpoch: string): void;
  /** The next row is refused with this detail, so many times. */
  refuseNext(detail: string, times?: number): void;
}

export function createFakeJournalIntake(parts: {
  nowMs: () => number;
  chainHash: (previous: Uint8Array, row: ReportRow) => Uint8Array;
  chainStart: (epoch: string) => Uint8Array;
}): FakeJournalIntake {
  const epochs = new Map<string, ReportRow[]>();
  const applied = new Map<string, { eventId: string; kind: string; fact: Record<string, unknown> }>();
  let hubEpoch = 'hub-1';
  const refusals: string[] = [];

  const rowsOf = (epoch: string): ReportRow[] => {
    const rows = epochs.get(epoch) ?? [];
    epochs.set(epoch, rows);
    return rows;
  };
  const ack = (epoch: string, verdict: ReportAck['verdict'], detail = ''): ReportAck => ({
    epoch,
    upto: rowsOf(epoch).length,
    hubEpoch,
    hubTimeMs: parts.nowMs(),
    verdict,
    detail,
  });
  const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.from(a).equals(Buffer.from(b));
  return {
    take({ epoch, from, rows }) {
      const held = rowsOf(epoch);
      if (from > held.length + 1) return ack(epoch, 'gap');
      for (const row of rows) {
        const known = held[row.seq - 1];
        if (known && known.eventId !== row.eventId) return ack(epoch, 'fork', `row ${row.seq} is another one`);
        if (known) continue;
        const refusal = refusals.shift();
        if (refusal !== undefined) return ack(epoch, 'refused', refusal);
        const previous = held.at(-1)?.hash ?? parts.chainStart(epoch);
        if (!isSame(parts.chainHash(previous, row), row.hash)) return ack(epoch, 'fork', 'the chain is broken');
        held.push(row);
        if (applied.has(row.eventId)) continue;
        const fact = JSON.parse(Buffer.from(row.payload).toString('utf8')) as Record<string, unknown>;
        if (canonicalJson(fact as never) !== Buffer.from(row.payload).toString('utf8')) return ack(epoch, 'refused');
        applied.set(row.eventId, { eventId: row.eventId, kind: row.kind, fact });
      }
      return ack(epoch, 'ok');
    },
    compare({ epoch, lastSeq, chain }) {
      const held = rowsOf(epoch);
      if (held.length > lastSeq) return ack(epoch, 'fork', `we hold ${held.length} rows, the agent has ${lastSeq}`);
      const last = held.at(-1);
      if (last && held.length === lastSeq && !isSame(last.hash, chain)) return ack(epoch, 'fork', 'another chain');
      return ack(epoch, 'ok');
    },
    facts: () => [...applied.values()],
    restore(upto, nextHubEpoch) {
      hubEpoch = nextHubEpoch;
      for (const [epoch, rows] of epochs) {
        for (const row of rows.slice(upto)) applied.delete(row.eventId);
        epochs.set(epoch, rows.slice(0, upto));
      }
    },
    refuseNext(detail, times = 1) {
      for (let count = 0; count < times; count += 1) refusals.push(detail);
    },
  };
}
