import { Money } from '@tolem/base';
import type { Case } from '../case/case.ts';
import type { CaseRows } from '../store/case-rows.ts';
import { pageOf, readCursor } from '../store/cursor.ts';
import { Conditions } from './conditions.ts';
import { createRowCodec, toNumber } from './row-codec.ts';
import { lockClause } from './row-guard.ts';
import type { SqlSession } from './sql-session.ts';

const codec = createRowCodec<Case>({
  caseId: 'text',
  kind: 'text',
  agentId: 'text',
  paymentId: 'text',
  refundId: 'text',
  amount: 'money',
  detail: 'json',
  openedAtMs: 'number',
  owner: 'text',
  closedAtMs: 'number',
  closedBy: 'text',
  closeReason: 'text',
});

const COLUMNS = codec.list();
const OPEN = `
  insert into case_file (${COLUMNS}, subject) values (${codec.parameters}, $${codec.columns.length + 1})
  on conflict do nothing returning ${COLUMNS}`;
const GET = `select ${COLUMNS} from case_file where case_id = $1`;
const SAVE = `update case_file set ${codec.assignments} where case_id = $1`;
const CLOSE = `
  update case_file set closed_at_ms = $3, closed_by = $4, close_reason = $5
  where kind = $1 and subject = $2 and closed_at_ms is null returning ${COLUMNS}`;

const OPEN_SUMS = `
  select kind, count(*) as count, coalesce(sum(amount), 0)::bigint as tiyn from case_file
  where closed_at_ms is null group by kind order by kind`;

export function pgCases(sql: SqlSession): CaseRows {
  const one = async (text: string, values: unknown[]) => {
    const stored = await sql.row(text, values);
    return stored && codec.decode(stored);
  };
  return {
    open: (entry, subject) => one(OPEN, [...codec.encode(entry), subject]),
    get: (caseId, options) => one(GET + lockClause(options), [caseId]),
    async save(entry) {
      await sql.write(SAVE, codec.encode(entry));
    },
    closeOf: ({ kind, subject }, { atMs, by, reason }) => one(CLOSE, [kind, subject, atMs, by, reason]),
    async openSums() {
      const rows = await sql.rows(OPEN_SUMS);
      return rows.map((row) => ({
        kind: String(row.kind),
        count: toNumber(row.count, 'count'),
        amount: Money.fromTiyn(BigInt(String(row.tiyn))),
      }));
    },
    async list(filter) {
      const after = readCursor(filter.cursor);
      const where = new Conditions();
      if (filter.open !== undefined) where.addFixed(`closed_at_ms is ${filter.open ? '' : 'not '}null`);
      where.add('payment_id = ?', filter.paymentId);
      where.addPair('(opened_at_ms, case_id) < (?, ?)', after && [after.atMs, after.id]);
      const text = `
        select ${COLUMNS} from case_file ${where.clause}
        order by opened_at_ms desc, case_id desc limit ${where.parameter(filter.limit + 1)}`;
      const rows = (await sql.rows(text, where.values)).map(codec.decode);
      const page = pageOf(rows, filter.limit, (entry) => ({ atMs: entry.openedAtMs, id: entry.caseId }));
      return { cases: page.rows, ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }) };
    },
  };
}
