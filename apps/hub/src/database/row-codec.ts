import { Money } from '@tolem/base';
import { HubError } from '../hub-error.ts';
import { storableText } from './storable-text.ts';

/** A row as the driver hands it out: `bigint` for int8, parsed JSON, arrays, `null` for absent. */
export type SqlRow = Record<string, unknown>;

type LeafKind = 'text' | 'number' | 'boolean' | 'money' | 'bytes' | 'texts' | 'json';

/** Which kinds a member of this type may be stored as; an object becomes JSON or a group of prefixed columns. */
type KindOf<Value> = [Value] extends [Money]
  ? 'money'
  : [Value] extends [string]
    ? 'text'
    : [Value] extends [number]
      ? 'number'
      : [Value] extends [boolean]
        ? 'boolean'
        : [Value] extends [Uint8Array]
          ? 'bytes'
          : [Value] extends [string[]]
            ? 'texts' | 'json'
            : 'json' | Fields<Value>;

/** Every member of a record and how it is stored: a member that is added and forgotten here is a type error. */
export type Fields<Row> = { [Key in keyof Required<Row>]: KindOf<NonNullable<Row[Key]>> };

/** Turns records of the port into columns and back. `paymentId` is `payment_id`, `late.amount` is `late_amount`. */
export interface RowCodec<Row> {
  readonly columns: readonly string[];
  /** `a, b, c`, or `p.a, p.b, p.c` with an alias. */
  list(alias?: string): string;
  /** `$1, $2, …` for all columns. */
  readonly parameters: string;
  /** `a = $1, b = $2, …` for all columns, numbered as `encode` gives the values. */
  readonly assignments: string;
  /** `a text, b bigint, …`: how `json_to_recordset` reads what `encodeMany` gives. */
  readonly recordset: string;
  /** `a, b, c` from such a recordset of that alias, as the table takes them. */
  fromRecordset(alias: string): string;
  encode(row: Row): unknown[];
  /** Many rows as one parameter, whatever their number: the text of the statement stays the same. */
  encodeMany(rows: readonly Row[]): string;
  /** Rejects a row that no version of ours wrote with `record_damaged`. */
  decode(stored: SqlRow): Row;
}

interface Leaf {
  path: readonly string[];
  column: string;
  kind: LeafKind;
}

export function createRowCodec<Row extends object>(fields: Fields<Row>): RowCodec<Row> {
  const leaves = leavesOf(fields as FieldTree, []);
  const columns = leaves.map((leaf) => leaf.column);
  return {
    columns,
    list: (alias) => columns.map((column) => (alias === undefined ? column : `${alias}.${column}`)).join(', '),
    parameters: columns.map((_, at) => `$${at + 1}`).join(', '),
    assignments: columns.map((column, at) => `${column} = $${at + 1}`).join(', '),
    recordset: leaves.map(({ column, kind }) => `${column} ${RECORDSET_TYPES[kind]}`).join(', '),
    fromRecordset: (alias) =>
      leaves.map(({ column, kind }) => `${alias}.${column}${RECORDSET_CASTS[kind] ?? ''}`).join(', '),
    encode: (row) => leaves.map((leaf) => encodeValue(leaf.kind, memberAt(row, leaf.path))),
    encodeMany: (rows) => JSON.stringify(rows.map((row) => plainObject(leaves, row))),
    decode(stored) {
      const row: Record<string, unknown> = {};
      for (const leaf of leaves) {
        const value = stored[leaf.column];
        if (value !== null && value !== undefined) putAt(row, leaf.path, decodeValue(leaf, value));
      }
      return row as Row;
    },
  };
}

/** JSON and bytes travel inside the recordset as text, so that the server does not look into them on the way. */
const RECORDSET_TYPES: Record<LeafKind, string> = {
  text: 'text',
  number: 'double precision',
  boolean: 'boolean',
  money: 'bigint',
  bytes: 'text',
  texts: 'text[]',
  json: 'text',
};
const RECORDSET_CASTS: Partial<Record<LeafKind, string>> = { bytes: '::bytea', json: '::json' };

function plainObject(leaves: readonly Leaf[], row: object): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const { kind, path, column } of leaves) {
    const value = memberAt(row, path);
    if (value !== undefined) plain[column] = plainValue(kind, value);
  }
  return plain;
}

function plainValue(kind: LeafKind, value: unknown): unknown {
  if (kind === 'money') return String((value as Money).tiyn);
  if (kind === 'bytes') return `\\x${Buffer.from(value as Uint8Array).toString('hex')}`;
  if (kind === 'json') return JSON.stringify(value);
  if (kind === 'texts') return (value as string[]).map(storableText);
  return typeof value === 'string' ? storableText(value) : value;
}

type FieldTree = { readonly [key: string]: LeafKind | FieldTree };

function leavesOf(fields: FieldTree, above: readonly string[]): Leaf[] {
  return Object.entries(fields).flatMap(([key, kind]) => {
    const path = [...above, key];
    return typeof kind === 'string' ? [{ path, kind, column: path.map(snakeCase).join('_') }] : leavesOf(kind, path);
  });
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function memberAt(row: object, path: readonly string[]): unknown {
  let value: unknown = row;
  for (const key of path) value = (value as Record<string, unknown> | undefined)?.[key];
  return value;
}

function putAt(row: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let target = row;
  for (const key of path.slice(0, -1)) {
    target[key] ??= {};
    target = target[key] as Record<string, unknown>;
  }
  target[path.at(-1) ?? ''] = value;
}

function encodeValue(kind: LeafKind, value: unknown): unknown {
  if (value === undefined) return null;
  if (kind === 'money') return (value as Money).tiyn;
  if (kind === 'bytes') return Buffer.from(value as Uint8Array);
  // `json`, not `jsonb`: it keeps what an agent reported as it came, and takes \u0000, which jsonb refuses.
  if (kind === 'json') return JSON.stringify(value);
  return value;
}

function decodeValue(leaf: Leaf, value: unknown): unknown {
  if (leaf.kind === 'money' && typeof value === 'bigint') return Money.fromTiyn(value);
  if (leaf.kind === 'bytes' && value instanceof Uint8Array) return new Uint8Array(value);
  if (leaf.kind === 'number') return toNumber(value, leaf.column);
  if (leaf.kind === 'money' || leaf.kind === 'bytes') throw damaged(leaf.column);
  return value;
}

/** int8 as a number: our moments, sequence numbers and generations are far below 2^53. */
export function toNumber(value: unknown, column: string): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || (typeof value === 'bigint' && !Number.isSafeInteger(number))) throw damaged(column);
  return number;
}

function damaged(column: string): HubError {
  return new HubError('record_damaged', `the column ${column} holds what no version of ours writes`, {
    ids: { column },
  });
}
