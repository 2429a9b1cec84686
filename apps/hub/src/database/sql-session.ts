import type pg from 'pg';
import type { SqlRow } from './row-codec.ts';
import { storableText } from './storable-text.ts';
import { toStoreFault, unavailable } from './store-fault.ts';

/** The statements of one transaction. They reject in the words of the port (`store-fault.ts`). */
export interface SqlSession {
  rows(text: string, values?: readonly unknown[]): Promise<SqlRow[]>;
  /** The first row, where there is one. */
  row(text: string, values?: readonly unknown[]): Promise<SqlRow | undefined>;
  /** How many rows were written. */
  write(text: string, values?: readonly unknown[]): Promise<number>;
}

export interface ClosableSession extends SqlSession {
  /** The driver's first failure: the server has given the transaction up, whatever `run` made of the error. */
  readonly failure: { error: unknown } | undefined;
  /** Statements after the end of the transaction are refused. */
  close(): void;
}

/**
 * Every text of ours is prepared once per connection under a short name: planning costs more than running most of them.
 * The texts are constants of the program and a few combinations of filters, so the list is bounded.
 */
const names = new Map<string, string>();

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `t${names.size + 1}`;
    names.set(text, name);
  }
  return name;
}

function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  return Array.isArray(value) ? value.map(storable) : value;
}

export function openSqlSession(client: pg.ClientBase): ClosableSession {
  let isOpen = true;
  let failure: { error: unknown } | undefined;
  const query = async (text: string, values: readonly unknown[]) => {
    if (!isOpen) throw unavailable('this transaction is over');
    if (failure) throw toStoreFault(failure.error);
    try {
      return await client.query<SqlRow>({ name: nameOf(text), text, values: values.map(storable) });
    } catch (error) {
      failure ??= { error };
      throw toStoreFault(error);
    }
  };
  return {
    rows: async (text, values = []) => (await query(text, values)).rows,
    row: async (text, values = []) => (await query(text, values)).rows[0],
    write: async (text, values = []) => (await query(text, values)).rowCount ?? 0,
    get failure() {
      return failure;
    },
    close: () => {
      isOpen = false;
    },
  };
}
