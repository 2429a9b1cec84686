import type { AgentRecord, AgentRows } from '../store/agent-rows.ts';
import { createRowCodec, toNumber } from './row-codec.ts';
import { lockClause } from './row-guard.ts';
import type { SqlSession } from './sql-session.ts';

const codec = createRowCodec<AgentRecord>({
  agentId: 'text',
  name: 'text',
  storeName: 'text',
  addedAtMs: 'number',
  revokedAtMs: 'number',
  revokedBy: 'text',
  revokeReason: 'text',
  certificateSerial: 'text',
  certificateExpiresAtMs: 'number',
  spkiSha256: 'text',
  session: 'number',
  boot: 'text',
  hostFingerprint: 'text',
  version: 'text',
  quarantine: 'text',
  online: 'boolean',
  stopping: 'boolean',
  stateAtMs: 'number',
  health: 'json',
  lastSeq: 'number',
});

const COLUMNS = codec.list();
const INSERT = `insert into agent (${COLUMNS}) values (${codec.parameters}) on conflict (agent_id) do nothing`;
const GET = `select ${COLUMNS} from agent where agent_id = $1`;
const SAVE = `update agent set ${codec.assignments} where agent_id = $1`;
const LIST = `select ${COLUMNS} from agent order by agent_id`;
const SESSION_OF = 'select session from agent_boot where agent_id = $1 and boot = $2';
const ADD_BOOT = 'insert into agent_boot (agent_id, boot, session) values ($1, $2, $3)';

export function pgAgents(sql: SqlSession): AgentRows {
  return {
    insert: async (agent) => (await sql.write(INSERT, codec.encode(agent))) === 1,
    async get(agentId, options) {
      const stored = await sql.row(GET + lockClause(options), [agentId]);
      return stored && codec.decode(stored);
    },
    async save(agent) {
      await sql.write(SAVE, codec.encode(agent));
    },
    list: async () => (await sql.rows(LIST)).map(codec.decode),
    async sessionOf(agentId, boot) {
      const stored = await sql.row(SESSION_OF, [agentId, boot]);
      return stored && toNumber(stored.session, 'session');
    },
    async addBoot(agentId, boot, session) {
      await sql.write(ADD_BOOT, [agentId, boot, session]);
    },
  };
}
