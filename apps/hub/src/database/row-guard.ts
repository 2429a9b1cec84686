import type { SaveGuard } from '../store/store.ts';
import type { RowCodec } from './row-codec.ts';
import type { SqlSession } from './sql-session.ts';

/** Holds the row against other writers until the end, but not against rows that only refer to it. */
export function lockClause(options: { lock: boolean } | undefined): string {
  return options?.lock === true ? ' for no key update' : '';
}

/** Whether nobody live owns this row: no owner, or one whose lease has lapsed or was taken anew, on the database's clock. */
export function ownerIsNotLive(alias: string): string {
  return `not exists (
    select from instance_lease l
    where l.instance = ${alias}.owner_instance and l.generation = ${alias}.owner_generation
      and l.expires_at > clock_timestamp())`;
}

/** Replaces a row whose stored version, and owner where the guard names one, are still what the caller saw. */
export function saveStatements<Row>(
  table: string,
  key: string,
  codec: RowCodec<Row>,
): (sql: SqlSession, row: Row, guard: SaveGuard) => Promise<boolean> {
  const count = codec.columns.length;
  const keyParameter = codec.columns.indexOf(key) + 1;
  const byVersion = `update ${table} set ${codec.assignments} where ${key} = $${keyParameter} and version = $${count + 1}`;
  const byOwner = `${byVersion} and owner_instance = $${count + 2} and owner_generation = $${count + 3}`;
  return async (sql, row, { version, fence }) => {
    const values = [...codec.encode(row), version];
    const written = fence
      ? await sql.write(byOwner, [...values, fence.instance, fence.generation])
      : await sql.write(byVersion, values);
    return written === 1;
  };
}
