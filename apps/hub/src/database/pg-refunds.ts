import type { Refund } from '../refund/refund.ts';
import type { RefundRows } from '../store/refund-rows.ts';
import { createRowCodec, toNumber } from './row-codec.ts';
import { lockClause, ownerIsNotLive, saveStatements } from './row-guard.ts';
import type { SqlSession } from './sql-session.ts';

const codec = createRowCodec<Refund>({
  refundId: 'text',
  paymentId: 'text',
  amount: 'money',
  status: 'text',
  statusReason: 'text',
  reason: 'text',
  actor: 'text',
  requestHash: 'text',
  version: 'number',
  createdAtMs: 'number',
  updatedAtMs: 'number',
  availableBefore: 'money',
  sendByMs: 'number',
  sentAtMs: 'number',
  sends: 'number',
  waitingSinceMs: 'number',
  nextReadAtMs: 'number',
  adopted: 'boolean',
  bankRefundId: 'text',
  refundSessionId: 'text',
  refundCodeId: 'text',
  evidence: 'text',
  owner: { instance: 'text', generation: 'number' },
  source: 'text',
  keyHash: 'text',
  bodyHash: 'text',
});

const COLUMNS = codec.list();
const INSERT = `insert into refund (${COLUMNS}) values (${codec.parameters}) on conflict (refund_id) do nothing`;
const GET = `select ${COLUMNS} from refund where refund_id = $1`;
const SAVE = saveStatements('refund', 'refund_id', codec);
const LIST = `select ${COLUMNS} from refund where payment_id = $1 order by created_at_ms, refund_id`;
const ACTIVE = `
  select ${COLUMNS} from refund where payment_id = $1 and status not in ('confirmed', 'declined')
  order by created_at_ms, refund_id limit 1`;
const ADOPT = `
  update refund set owner_instance = $1, owner_generation = $2,
    adopted = case when status = 'sent' then true else adopted end
  where refund_id in (
    select refund_id from refund r
    where r.next_read_at_ms is not null and ${ownerIsNotLive('r')}
    limit $3 for no key update skip locked)
  returning ${COLUMNS}`;
const AT_WORK_OF = `
  select ${COLUMNS} from refund
  where next_read_at_ms is not null and owner_instance = $1 and owner_generation = $2 and refund_id > $3
  order by refund_id limit $4`;
/** The condition is that of the index `refund_at_agent`. */
const SILENT = `
  select ${COLUMNS} from refund r
  where r.source = 'edge' and r.status in ('approved', 'sent') and r.updated_at_ms >= $1 and r.updated_at_ms < $2
    and not exists (
      select from case_file c
      where c.payment_id = r.payment_id and c.refund_id = r.refund_id and c.kind = 'refund_not_told')
  order by r.updated_at_ms, r.refund_id limit $3`;
/** Held to the end of the transaction, so that two payments ending at once do not both see room below the limit. */
const LOCK_LIMIT = "select pg_advisory_xact_lock(hashtext('automatic refunds'), hashtext($1))";
const AUTOMATIC = `
  select count(*) as count, coalesce(sum(r.amount), 0)::bigint as tiyn
  from refund r join payment p using (payment_id)
  where r.actor = 'system:late' and r.created_at_ms >= $2 and p.organization_bin = $1`;

export function pgRefunds(sql: SqlSession): RefundRows {
  return {
    insert: async (refund) => (await sql.write(INSERT, codec.encode(refund))) === 1,
    async get(refundId, options) {
      const stored = await sql.row(GET + lockClause(options), [refundId]);
      return stored && codec.decode(stored);
    },
    save: (refund, guard) => SAVE(sql, refund, guard),
    listOf: async (paymentId) => (await sql.rows(LIST, [paymentId])).map(codec.decode),
    async activeOf(paymentId) {
      const stored = await sql.row(ACTIVE, [paymentId]);
      return stored && codec.decode(stored);
    },
    async adoptLapsed({ instance, generation }, limit) {
      return (await sql.rows(ADOPT, [instance, generation, limit])).map(codec.decode);
    },
    async atWorkOf({ instance, generation }, limit, afterId = '') {
      return (await sql.rows(AT_WORK_OF, [instance, generation, afterId, limit])).map(codec.decode);
    },
    async silentAtAgents({ sinceMs, beforeMs }, limit) {
      return (await sql.rows(SILENT, [sinceMs, beforeMs, limit])).map(codec.decode);
    },
    async automaticSince(organizationBin, sinceMs) {
      await sql.rows(LOCK_LIMIT, [organizationBin]);
      const sum = await sql.row(AUTOMATIC, [organizationBin, sinceMs]);
      return { count: toNumber(sum?.count, 'count'), tiyn: BigInt(String(sum?.tiyn)) };
    },
  };
}
