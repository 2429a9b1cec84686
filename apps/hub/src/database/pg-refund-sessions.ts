import type { RefundSession } from '../refund-session/refund-session.ts';
import type { RefundSessionRows } from '../store/refund-session-rows.ts';
import { createRowCodec } from './row-codec.ts';
import { lockClause, ownerIsNotLive, saveStatements } from './row-guard.ts';
import type { SqlSession } from './sql-session.ts';

const codec = createRowCodec<RefundSession>({
  refundSessionId: 'text',
  agentId: 'text',
  deviceId: 'text',
  deviceToken: 'text',
  organizationBin: 'text',
  tradePointId: 'text',
  status: 'text',
  statusReason: 'text',
  version: 'number',
  createdAtMs: 'number',
  updatedAtMs: 'number',
  refundCodeId: 'text',
  qrToken: 'text',
  pollIntervalMs: 'number',
  expiresAtMs: 'number',
  purchaseIds: 'texts',
  owner: { instance: 'text', generation: 'number' },
});

const COLUMNS = codec.list();
/** As the partial indices say it. */
const IS_ACTIVE = "status in ('opening', 'awaiting_customer', 'customer_known')";
const INSERT = `
  insert into refund_session (${COLUMNS}) values (${codec.parameters}) on conflict (refund_session_id) do nothing`;
const GET = `select ${COLUMNS} from refund_session where refund_session_id = $1`;
const SAVE = saveStatements('refund_session', 'refund_session_id', codec);
const ACTIVE_OF = `
  select ${COLUMNS} from refund_session where agent_id = $1 and device_id = $2 and ${IS_ACTIVE} for no key update`;
const ADOPT = `
  update refund_session set owner_instance = $1, owner_generation = $2
  where refund_session_id in (
    select refund_session_id from refund_session s
    where ${IS_ACTIVE} and ${ownerIsNotLive('s')}
    limit $3 for no key update skip locked)
  returning ${COLUMNS}`;
const ACTIVE_OF_OWNER = `
  select ${COLUMNS} from refund_session
  where ${IS_ACTIVE} and owner_instance = $1 and owner_generation = $2 and refund_session_id > $3
  order by refund_session_id limit $4`;

export function pgRefundSessions(sql: SqlSession): RefundSessionRows {
  const one = async (text: string, values: unknown[]) => {
    const stored = await sql.row(text, values);
    return stored && codec.decode(stored);
  };
  return {
    insert: async (session) => (await sql.write(INSERT, codec.encode(session))) === 1,
    get: (refundSessionId, options) => one(GET + lockClause(options), [refundSessionId]),
    save: (session, guard) => SAVE(sql, session, guard),
    activeOf: (agentId, deviceId) => one(ACTIVE_OF, [agentId, deviceId]),
    async adoptLapsed({ instance, generation }, limit) {
      return (await sql.rows(ADOPT, [instance, generation, limit])).map(codec.decode);
    },
    async activeOfOwner({ instance, generation }, limit, afterId = '') {
      return (await sql.rows(ACTIVE_OF_OWNER, [instance, generation, afterId, limit])).map(codec.decode);
    },
  };
}
