import type { LookupRows } from '../store/lookup-rows.ts';
import { toNumber } from './row-codec.ts';
import type { SqlSession } from './sql-session.ts';

/** One taker at a time for each device, until its transaction ends. */
const LOCK = 'select pg_advisory_xact_lock(hashtextextended($1, 0))';
const FORGET = 'delete from payer_lookup where device = $1 and at_ms <= $2';
const COUNT = 'select count(*) as count, min(at_ms) as oldest from payer_lookup where device = $1';
const ADD = 'insert into payer_lookup (device, at_ms) values ($1, $2)';

export function pgLookups(sql: SqlSession): LookupRows {
  return {
    async take(device, { nowMs, windowMs, limit }) {
      await sql.rows(LOCK, [`payer_lookup/${device}`]);
      await sql.write(FORGET, [device, nowMs - windowMs]);
      const stored = await sql.row(COUNT, [device]);
      if (toNumber(stored?.count, 'count') >= limit) return toNumber(stored?.oldest, 'oldest') + windowMs - nowMs;
      await sql.write(ADD, [device, nowMs]);
      return undefined;
    },
  };
}
