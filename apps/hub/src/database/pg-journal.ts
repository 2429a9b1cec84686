import type { JournalPosition, JournalRows, StoredJournalRow } from '../store/journal-rows.ts';
import { createRowCodec } from './row-codec.ts';
import { lockClause } from './row-guard.ts';
import type { SqlSession } from './sql-session.ts';

const positionCodec = createRowCodec<JournalPosition>({
  agentId: 'text',
  epoch: 'text',
  upto: 'number',
  chain: 'bytes',
  startedAtMs: 'number',
  closed: 'boolean',
});
const rowCodec = createRowCodec<StoredJournalRow>({
  agentId: 'text',
  epoch: 'text',
  seq: 'number',
  eventId: 'text',
  kind: 'text',
  payload: 'text',
  atMs: 'number',
  monoMs: 'number',
  boot: 'text',
  hash: 'bytes',
  takenAtMs: 'number',
  applied: 'boolean',
});
const heldCodec = createRowCodec<Pick<StoredJournalRow, 'seq' | 'eventId' | 'hash'>>({
  seq: 'number',
  eventId: 'text',
  hash: 'bytes',
});
const uptoCodec = createRowCodec<Pick<JournalPosition, 'agentId' | 'epoch' | 'upto'>>({
  agentId: 'text',
  epoch: 'text',
  upto: 'number',
});

const POSITION = positionCodec.list();
const CURRENT = `select ${POSITION} from journal_position where agent_id = $1 and not closed`;
const POSITION_OF = `select ${POSITION} from journal_position where agent_id = $1 and epoch = $2`;
const SAVE_POSITION = `
  insert into journal_position (${POSITION}) values (${positionCodec.parameters})
  on conflict (agent_id, epoch) do update set ${positionCodec.assignments}`;
const HELD = `
  select ${heldCodec.list()} from journal_row
  where agent_id = $1 and epoch = $2 and seq between $3 and $4 order by seq`;
const KNOWN = 'select event_id from journal_event where agent_id = $1 and event_id = any($2)';
/** A batch in one statement of constant text: one array for each column. */
const INSERT = `
  insert into journal_row (${rowCodec.list()})
  select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[],
    $8::double precision[], $9::text[], $10::bytea[], $11::bigint[], $12::boolean[])`;
const REMEMBER = `
  insert into journal_event (agent_id, event_id) select * from unnest($1::text[], $2::text[])
  on conflict do nothing`;
const POSITIONS = `select ${uptoCodec.list()} from journal_position where not closed order by agent_id`;

export function pgJournal(sql: SqlSession): JournalRows {
  return {
    async current(agentId, options) {
      const stored = await sql.row(CURRENT + lockClause(options), [agentId]);
      return stored && positionCodec.decode(stored);
    },
    async positionOf(agentId, epoch) {
      const stored = await sql.row(POSITION_OF, [agentId, epoch]);
      return stored && positionCodec.decode(stored);
    },
    async savePosition(position) {
      await sql.write(SAVE_POSITION, positionCodec.encode(position));
    },
    held: async (agentId, epoch, from, to) => (await sql.rows(HELD, [agentId, epoch, from, to])).map(heldCodec.decode),
    async knownEvents(agentId, eventIds) {
      const rows = await sql.rows(KNOWN, [agentId, eventIds]);
      return new Set(rows.map((row) => String(row.event_id)));
    },
    async insert(rows) {
      if (rows.length === 0) return;
      const encoded = rows.map(rowCodec.encode);
      await sql.write(
        INSERT,
        rowCodec.columns.map((_, at) => encoded.map((values) => values[at])),
      );
      // In one order everywhere, so that two batches never wait for each other crosswise.
      const events = [...rows].sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
      await sql.write(REMEMBER, [events.map((row) => row.agentId), events.map((row) => row.eventId)]);
    },
    positions: async () => (await sql.rows(POSITIONS)).map(uptoCodec.decode),
  };
}
