import type { Command } from '../command/command.ts';
import type { CommandRows } from '../store/command-rows.ts';
import { createRowCodec } from './row-codec.ts';
import { lockClause, saveStatements } from './row-guard.ts';
import type { SqlSession } from './sql-session.ts';

const codec = createRowCodec<Command>({
  commandId: 'text',
  kind: 'text',
  agentId: 'text',
  refundId: 'text',
  paymentId: 'text',
  amount: 'money',
  reason: 'text',
  actor: 'text',
  state: 'text',
  stateReason: 'text',
  createdAtMs: 'number',
  updatedAtMs: 'number',
  expiresAtMs: 'number',
  session: 'number',
  claimedAtMs: 'number',
  toldAtMs: 'number',
  version: 'number',
});

const COLUMNS = codec.list();
const INSERT = `insert into command (${COLUMNS}) values (${codec.parameters}) on conflict (command_id) do nothing`;
const GET = `select ${COLUMNS} from command where command_id = $1`;
const OF_REFUND = `select ${COLUMNS} from command where refund_id = $1`;
const SAVE = saveStatements('command', 'command_id', codec);
const PENDING = `
  select ${COLUMNS} from command where agent_id = $1 and state = 'pending' and expires_at_ms > $2
  order by created_at_ms, command_id limit $3`;
/** The condition is that of the index `command_open`. */
const OPEN = `
  select ${COLUMNS} from command where state = 'pending' or (state = 'claimed' and told_at_ms is null)
  order by created_at_ms, command_id limit $1`;
const LIST = `select ${COLUMNS} from command where payment_id = $1 order by created_at_ms, command_id`;

export function pgCommands(sql: SqlSession): CommandRows {
  return {
    insert: async (command) => (await sql.write(INSERT, codec.encode(command))) === 1,
    async get(commandId, options) {
      const stored = await sql.row(GET + lockClause(options), [commandId]);
      return stored && codec.decode(stored);
    },
    async ofRefund(refundId, options) {
      const stored = await sql.row(OF_REFUND + lockClause(options), [refundId]);
      return stored && codec.decode(stored);
    },
    save: (command, guard) => SAVE(sql, command, guard),
    pendingOf: async (agentId, nowMs, limit) => (await sql.rows(PENDING, [agentId, nowMs, limit])).map(codec.decode),
    open: async (limit) => (await sql.rows(OPEN, [limit])).map(codec.decode),
    listOf: async (paymentId) => (await sql.rows(LIST, [paymentId])).map(codec.decode),
  };
}
