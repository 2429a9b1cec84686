import { readCursor, writeCursor } from '../store/cursor.ts';
import type { WebhookRows } from '../store/webhook-rows.ts';
import type { Delivery, NewDelivery, Replay } from '../webhook/webhook.ts';
import { Conditions } from './conditions.ts';
import { createRowCodec, toNumber } from './row-codec.ts';
import { ownerIsNotLive } from './row-guard.ts';
import type { SqlSession } from './sql-session.ts';

const newFields = {
  endpointId: 'text',
  eventId: 'text',
  type: 'text',
  subject: 'text',
  body: 'text',
  atMs: 'number',
  state: 'text',
  attempts: 'number',
  sinceMs: 'number',
  nextAtMs: 'number',
  owner: { instance: 'text', generation: 'number' },
} as const;
const added = createRowCodec<NewDelivery>(newFields);
const codec = createRowCodec<Delivery>({
  ...newFields,
  position: 'number',
  lastAnswer: 'text',
  triedAtMs: 'number',
  deliveredAtMs: 'number',
});

const COLUMNS = codec.list();
const ADD = `insert into webhook_delivery (${added.list()}) values (${added.parameters})`;
/** Both conditions are asked for each row in the index's order, so that a claim ends with its last row. */
const CLAIM_DUE = `
  select ${codec.list('d')} from webhook_delivery d
  where d.endpoint_id = $1 and d.owner_instance = $2 and d.owner_generation = $3 and d.state = 'waiting'
    and d.next_at_ms <= $4 and d.position <> all ($6::bigint[])
    and (
      select e.position from webhook_delivery e
      where e.subject = d.subject and e.position < d.position and e.endpoint_id = d.endpoint_id and e.state = 'waiting'
      limit 1) is null
  order by d.next_at_ms, d.position limit $5`;
const ADOPT = `
  update webhook_delivery set owner_instance = $1, owner_generation = $2
  where position in (
    select position from webhook_delivery d
    where d.state = 'waiting' and ${ownerIsNotLive('d')}
    limit $3 for no key update skip locked)`;
const SETTLE = `
  update webhook_delivery set state = $4, attempts = $5, next_at_ms = $6, last_answer = $7, tried_at_ms = $8,
    delivered_at_ms = $9
  where position = $1 and owner_instance = $2 and owner_generation = $3`;
const MOVE_FOLLOWERS = `
  update webhook_delivery set next_at_ms = $4
  where subject = $2 and position > $3 and endpoint_id = $1 and state = 'waiting' and next_at_ms <> $4`;
const HASTEN = `
  update webhook_delivery set next_at_ms = $2
  where position in (
    select position from webhook_delivery where endpoint_id = $1 and state = 'waiting' and next_at_ms > $2
    limit $3 for no key update skip locked)`;
const WAITING = `
  select endpoint_id, count(*) as waiting, min(at_ms) as oldest from webhook_delivery where state = 'waiting' group by 1`;
const GIVEN_UP = `select endpoint_id, count(*) as given_up from webhook_delivery where state = 'given_up' group by 1`;
const PRUNE = `
  delete from webhook_delivery where position in (
    select position from webhook_delivery where since_ms < $1 limit $2 for update skip locked)`;

export function pgWebhooks(sql: SqlSession): WebhookRows {
  return {
    async add(deliveries) {
      for (const one of deliveries) await sql.write(ADD, added.encode(one));
    },
    async claimDue({ instance, generation }, { endpointId, nowMs, limit, heldPositions }) {
      const rows = await sql.rows(CLAIM_DUE, [endpointId, instance, generation, nowMs, limit, [...heldPositions]]);
      return rows.map(codec.decode).sort((a, b) => a.position - b.position);
    },
    adoptLapsed: ({ instance, generation }, limit) => sql.write(ADOPT, [instance, generation, limit]),
    async settle(one, { instance, generation }) {
      const { position, state, attempts, nextAtMs, lastAnswer, triedAtMs, deliveredAtMs } = one;
      const outcome = [state, attempts, nextAtMs, lastAnswer ?? null, triedAtMs ?? null, deliveredAtMs ?? null];
      return (await sql.write(SETTLE, [position, instance, generation, ...outcome])) === 1;
    },
    async moveFollowers({ endpointId, subject, position }, nextAtMs) {
      await sql.write(MOVE_FOLLOWERS, [endpointId, subject, position, nextAtMs]);
    },
    hasten: (endpointId, nowMs, limit) => sql.write(HASTEN, [endpointId, nowMs, limit]),
    async list(filter) {
      const after = readCursor(filter.cursor);
      const where = new Conditions();
      where.add('endpoint_id = ?', filter.endpointId);
      where.add('state = ?', filter.state);
      where.add('subject = ?', filter.subject);
      where.add('position < ?', after?.atMs);
      const limit = where.parameter(filter.limit + 1);
      const text = `select ${COLUMNS} from webhook_delivery ${where.clause} order by position desc limit ${limit}`;
      const rows = (await sql.rows(text, where.values)).map(codec.decode);
      const deliveries = rows.slice(0, filter.limit);
      const last = deliveries.at(-1);
      if (rows.length <= filter.limit || last === undefined) return { deliveries };
      return { deliveries, nextCursor: writeCursor({ atMs: last.position, id: 'p' }) };
    },
    async countReplay(replay, types) {
      const { clause, values } = chosen(replay);
      const own = await sql.row(`select count(*) as count from webhook_delivery ${clause}`, values);
      if (replay.state !== undefined) return toNumber(own?.count, 'count');
      const missing = missingOf(replay, types);
      const foreign = await sql.row(`select count(*) as count from (${missing.text}) missing`, missing.values);
      return toNumber(own?.count, 'count') + toNumber(foreign?.count, 'count');
    },
    async replay(replay, types, nowMs) {
      const { clause, values } = chosen(replay);
      const now = `$${values.length + 1}`;
      const again = `
        update webhook_delivery set state = 'waiting', attempts = case when state = 'waiting' then attempts else 0 end,
          since_ms = ${now}, next_at_ms = ${now}, delivered_at_ms = null ${clause}`;
      const count = await sql.write(again, [...values, nowMs]);
      if (replay.state !== undefined) return count;
      const missing = missingOf(replay, types);
      const moment = `$${missing.values.length + 1}::bigint`;
      const over = `
        insert into webhook_delivery (${added.list()})
        select $1, event_id, type, subject, body, at_ms, 'waiting', 0, ${moment}, ${moment}, null, null
        from (${missing.text}) missing order by position`;
      return count + (await sql.write(over, [...missing.values, nowMs]));
    },
    async figures() {
      const byEndpoint = new Map<string, { waiting: number; givenUp: number; oldestWaitingAtMs?: number }>();
      for (const row of await sql.rows(WAITING)) {
        const [waiting, oldestWaitingAtMs] = [toNumber(row.waiting, 'waiting'), toNumber(row.oldest, 'oldest')];
        byEndpoint.set(String(row.endpoint_id), { waiting, givenUp: 0, oldestWaitingAtMs });
      }
      for (const row of await sql.rows(GIVEN_UP)) {
        const known = byEndpoint.get(String(row.endpoint_id)) ?? { waiting: 0 };
        byEndpoint.set(String(row.endpoint_id), { ...known, givenUp: toNumber(row.given_up, 'given_up') });
      }
      return [...byEndpoint].map(([endpointId, figures]) => ({ endpointId, ...figures }));
    },
    prune: (beforeMs, limit) => sql.write(PRUNE, [beforeMs, limit]),
  };
}

/** The endpoint's own rows that a replay names. */
function chosen({ endpointId, eventId, fromMs, untilMs, state }: Replay): Conditions {
  const where = new Conditions();
  where.add('endpoint_id = ?', endpointId);
  where.add('event_id = ?', eventId);
  where.add('at_ms >= ?', fromMs);
  where.add('at_ms < ?', untilMs);
  where.add('state = ?', state);
  return where;
}

/** Events that other endpoints had and this one has not, each once; `$1` is the endpoint. */
function missingOf({ endpointId, eventId, fromMs, untilMs }: Replay, types: readonly string[]) {
  const values = [endpointId, [...types], eventId ?? null, fromMs ?? null, untilMs ?? null];
  const text = `
    select distinct on (o.event_id) o.position, o.event_id, o.type, o.subject, o.body, o.at_ms
    from webhook_delivery o
    where o.endpoint_id <> $1 and o.type = any ($2::text[]) and ($3::text is null or o.event_id = $3)
      and ($4::bigint is null or o.at_ms >= $4) and ($5::bigint is null or o.at_ms < $5)
      and not exists (
        select from webhook_delivery own where own.event_id = o.event_id and own.endpoint_id = $1)
    order by o.event_id, o.position`;
  return { text, values };
}
