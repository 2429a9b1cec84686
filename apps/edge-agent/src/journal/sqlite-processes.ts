import type { SQLInputValue } from 'node:sqlite';
import type { DropInProcess, DropInProcesses } from '../drop-in/drop-in-process.ts';
import { decode } from './record-codec.ts';

type Get = (sql: string, ...values: SQLInputValue[]) => Record<string, unknown> | undefined;

export function createSqliteProcesses(one: Get): DropInProcesses {
  const body = (row: Record<string, unknown> | undefined) =>
    row === undefined ? undefined : decode<DropInProcess>(String(row.body));
  return {
    get: (processId) => body(one('SELECT body FROM drop_in_process WHERE process_id = ?', processId)),
    last: ({ kind, address, asked }) =>
      body(
        one(
          `SELECT body FROM drop_in_process WHERE kind = ? AND address = ? AND asked = ?
           ORDER BY process_id DESC LIMIT 1`,
          kind,
          address,
          asked,
        ),
      ),
    ofTransaction: (transactionId) =>
      body(
        one(
          `SELECT body FROM drop_in_process WHERE transaction_id = ?
           ORDER BY process_id DESC LIMIT 1`,
          transactionId,
        ),
      ),
    newestId() {
      const id = one('SELECT process_id FROM drop_in_process ORDER BY process_id DESC LIMIT 1')?.process_id;
      return id === undefined ? undefined : String(id);
    },
  };
}
