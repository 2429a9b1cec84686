import pg from 'pg';

/** The embedded server's package has no pg_dump, and its output changes with its version: this one is ours. */
const TABLES = `
  select c.oid::text as oid, c.relname as name, coalesce(array_to_string(c.reloptions, ', '), '') as options
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname !~ '^kysely_'
  order by c.relname collate "C"`;
const COLUMNS = `
  select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
    a.attidentity as identity, pg_get_expr(d.adbin, d.adrelid) as preset,
    case when a.attcollation <> t.typcollation then quote_ident(l.collname) end as collation
  from pg_attribute a
  join pg_type t on t.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  left join pg_collation l on l.oid = a.attcollation
  where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped
  order by a.attnum`;
/** Without the not-null constraints, which only newer servers list and the columns show. */
const CONSTRAINTS = `
  select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
  where conrelid = $1 and contype <> 'n' order by contype, conname collate "C"`;
const INDEXES = `
  select pg_get_indexdef(i.indexrelid) as definition from pg_index i join pg_class c on c.oid = i.indexrelid
  where i.indrelid = $1 and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = $1)
  order by c.relname collate "C"`;
const TRIGGERS = `
  select pg_get_triggerdef(oid) as definition from pg_trigger
  where tgrelid = $1 and not tgisinternal order by tgname collate "C"`;
const FUNCTIONS = `
  select pg_get_functiondef(oid) as definition from pg_proc
  where pronamespace = 'public'::regnamespace order by proname collate "C"`;

interface TableRow {
  oid: string;
  name: string;
  options: string;
}

interface ColumnRow {
  name: string;
  type: string;
  required: boolean;
  identity: string;
  preset: string | null;
  collation: string | null;
}

const HEADING = '-- The schema as the migrations make it. Rewritten by: node apps/hub/src/bin/write-schema.ts';

/** The schema as text: the same text for the same schema, whatever way it came about. */
export async function dumpSchema(connection: pg.ClientConfig): Promise<string> {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows: tables } = await client.query<TableRow>(TABLES);
    const parts = [HEADING];
    for (const table of tables) parts.push(await dumpTable(client, table));
    parts.push(...(await definitions(client, FUNCTIONS, [])));
    return `${parts.join('\n\n')}\n`;
  } finally {
    await client.end();
  }
}

async function dumpTable(client: pg.Client, { oid, name, options }: TableRow): Promise<string> {
  const { rows: columns } = await client.query<ColumnRow>(COLUMNS, [oid]);
  const { rows: constraints } = await client.query<{ name: string; definition: string }>(CONSTRAINTS, [oid]);
  const lines = [...columns.map(columnLine), ...constraints.map((one) => `constraint ${one.name} ${one.definition}`)];
  const storage = options === '' ? '' : ` with (${options})`;
  const table = `create table ${name} (\n  ${lines.join(',\n  ')}\n)${storage};`;
  const others = [...(await definitions(client, INDEXES, [oid])), ...(await definitions(client, TRIGGERS, [oid]))];
  return [table, ...others].join('\n');
}

function columnLine(column: ColumnRow): string {
  const { name, type, collation, preset, identity, required } = column;
  const parts = [name, type];
  if (collation !== null) parts.push(`collate ${collation}`);
  if (preset !== null) parts.push(`default ${preset}`);
  if (identity !== '') parts.push(`generated ${identity === 'a' ? 'always' : 'by default'} as identity`);
  if (required) parts.push('not null');
  return parts.join(' ');
}

async function definitions(client: pg.Client, text: string, values: string[]): Promise<string[]> {
  const { rows } = await client.query<{ definition: string }>(text, values);
  return rows.map((one) => `${one.definition};`);
}
