import type { PaymentStatus } from '@tolem/base';
import type { PaymentEvent } from '../payment/payment-service.ts';
import type { PaymentRows } from '../store/payment-rows.ts';
import { paymentCodec } from './payment-codec.ts';
import { searchPayments } from './payment-search.ts';
import { createRowCodec, toNumber } from './row-codec.ts';
import { lockClause, ownerIsNotLive, saveStatements } from './row-guard.ts';
import type { SqlSession } from './sql-session.ts';

const COLUMNS = paymentCodec.list();
const INSERT = `insert into payment (${COLUMNS}) values (${paymentCodec.parameters}) on conflict (payment_id) do nothing`;
const GET = `select ${COLUMNS} from payment where payment_id = $1`;
const LOCK_MANY = `
  select ${COLUMNS} from payment where payment_id = any($1) order by payment_id${lockClause({ lock: true })}`;
const INSERT_MANY = `
  insert into payment (${COLUMNS})
  select ${paymentCodec.fromRecordset('r')} from json_to_recordset($1::json) as r (${paymentCodec.recordset})`;
const SAVE_MANY = `
  update payment p set (${COLUMNS}) = row(${paymentCodec.fromRecordset('r')})
  from json_to_recordset($1::json) as r (${paymentCodec.recordset}),
    unnest($2::text[], $3::bigint[]) as seen (payment_id, version)
  where p.payment_id = r.payment_id and seen.payment_id = p.payment_id and seen.version = p.version`;
const SAVE = saveStatements('payment', 'payment_id', paymentCodec);
const ADOPT = `
  update payment set owner_instance = $1, owner_generation = $2
  where payment_id in (
    select payment_id from payment p
    where p.watched and p.source = 'hub' and ${ownerIsNotLive('p')}
    limit $3 for no key update skip locked)
  returning ${COLUMNS}`;
const WATCHED_BY = `
  select payment_id, version from payment
  where watched and source = 'hub' and owner_instance = $1 and owner_generation = $2 and payment_id > $3
  order by payment_id limit $4`;
const VERSIONS = 'select payment_id, agent_id, version from payment where payment_id = any($1)';
const OF_BANK_PAYMENTS = `select ${COLUMNS} from payment where bank_payment_id = any($2) and agent_id = $1`;
const RESUMABLE = `
  select ${COLUMNS} from payment where payment_id in (
    select payment_id from payment where agent_id = $1 and not final
    union select payment_id from payment where agent_id = $1 and created_at_ms >= $2
    union select payment_id from refund join payment using (payment_id)
      where agent_id = $1 and refund.created_at_ms >= $2 and refund.key_hash is not null)
  and payment_id > $3 order by payment_id limit $4`;
const KEY_HOLDER = `
  select payment_id from payment where agent_id = $1 and key_hash = $2 and source = 'hub'`;
const UNCOLLECTED = `
  select ${COLUMNS} from payment p
  where p.source = 'hub' and p.status = 'paid' and p.collected_at_ms is null and p.paid_at_ms < $1 and p.paid_at_ms >= $3
    and not exists (select from case_file c where c.payment_id = p.payment_id and c.kind = 'not_collected')
  order by p.paid_at_ms limit $2`;
const OPEN_BY_STATUS = `
  select status, count(*) as count from payment where not final group by status order by status collate "C"`;
const ADD_EVENT = 'insert into payment_event (payment_id, at_ms, kind, actor, data) values ($1, $2, $3, $4, $5)';
const ADD_EVENTS = `
  insert into payment_event (payment_id, at_ms, kind, actor, data)
  select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::json[])`;
const EVENTS = 'select at_ms, kind, actor, data from payment_event where payment_id = $1 order by position';

const eventCodec = createRowCodec<PaymentEvent>({ atMs: 'number', kind: 'text', actor: 'text', data: 'json' });

export function pgPayments(sql: SqlSession): PaymentRows {
  return {
    insert: async (payment) => (await sql.write(INSERT, paymentCodec.encode(payment))) === 1,
    async get(paymentId, options) {
      const stored = await sql.row(GET + lockClause(options), [paymentId]);
      return stored && paymentCodec.decode(stored);
    },
    save: (payment, guard) => SAVE(sql, payment, guard),
    lockMany: async (paymentIds) => (await sql.rows(LOCK_MANY, [paymentIds])).map(paymentCodec.decode),
    async insertMany(payments) {
      await sql.write(INSERT_MANY, [paymentCodec.encodeMany(payments)]);
    },
    async saveMany(changes) {
      const payments = changes.map((one) => one.payment);
      const ids = payments.map((one) => one.paymentId);
      return sql.write(SAVE_MANY, [paymentCodec.encodeMany(payments), ids, changes.map((one) => one.version)]);
    },
    async adoptLapsed({ instance, generation }, limit) {
      return (await sql.rows(ADOPT, [instance, generation, limit])).map(paymentCodec.decode);
    },
    async watchedBy({ instance, generation }, limit, afterId = '') {
      const rows = await sql.rows(WATCHED_BY, [instance, generation, afterId, limit]);
      return rows.map((row) => ({ paymentId: String(row.payment_id), version: toNumber(row.version, 'version') }));
    },
    async versionsOf(paymentIds) {
      const rows = await sql.rows(VERSIONS, [paymentIds]);
      return rows.map((row) => ({
        paymentId: String(row.payment_id),
        agentId: String(row.agent_id),
        version: toNumber(row.version, 'version'),
      }));
    },
    async ofBankPayments(agentId, bankPaymentIds) {
      return (await sql.rows(OF_BANK_PAYMENTS, [agentId, bankPaymentIds])).map(paymentCodec.decode);
    },
    async keyHolder(agentId, keyHash) {
      const stored = await sql.row(KEY_HOLDER, [agentId, keyHash]);
      return stored && String(stored.payment_id);
    },
    search: (filter) => searchPayments(sql, filter),
    async resumable(agentId, sinceMs, limit, afterId = '') {
      return (await sql.rows(RESUMABLE, [agentId, sinceMs, afterId, limit])).map(paymentCodec.decode);
    },
    async uncollected({ sinceMs, beforeMs }, limit) {
      return (await sql.rows(UNCOLLECTED, [beforeMs, limit, sinceMs])).map(paymentCodec.decode);
    },
    async openByStatus() {
      const rows = await sql.rows(OPEN_BY_STATUS);
      return rows.map((row) => ({ status: row.status as PaymentStatus, count: toNumber(row.count, 'count') }));
    },
    async addEvent(paymentId, event) {
      await sql.write(ADD_EVENT, [paymentId, ...eventCodec.encode(event)]);
    },
    async addEvents(events) {
      const encoded = events.map(({ paymentId, event }) => [paymentId, ...eventCodec.encode(event)]);
      await sql.write(
        ADD_EVENTS,
        ['payment_id', ...eventCodec.columns].map((_, at) => encoded.map((values) => values[at])),
      );
    },
    events: async (paymentId) => (await sql.rows(EVENTS, [paymentId])).map(eventCodec.decode),
  };
}
