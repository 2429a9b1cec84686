/**
 * What headquarters asks of agents, kept for ever; and refunds that agents own stand in `refund` beside the hub's: those
 * that earlier versions kept with their payment only are taken over. One at a time holds for the hub's own: what an agent
 * reports is never refused.
 */
export const commandSchema = `
alter table refund add column source text not null default 'hub'
  constraint refund_source check (source in ('hub', 'edge'));
alter table refund alter column source drop default;
alter table refund add column key_hash text;
alter table refund add column body_hash text;
drop index refund_one_active;
create unique index refund_one_active on refund (payment_id)
  where status not in ('confirmed', 'declined') and source = 'hub';
create index refund_of_keys on refund (created_at_ms) where key_hash is not null;

insert into refund (refund_id, payment_id, amount, status, status_reason, reason, actor, request_hash, version,
  created_at_ms, updated_at_ms, sends, evidence, source)
select fact.value->>'refundId', payment_id, ((fact.value->>'amount')::numeric * 100)::bigint, fact.value->>'status',
  fact.value->>'statusReason', fact.value->>'reason', 'agent:' || agent_id || '/' || (fact.value->>'actor'), '', 1,
  (fact.value->>'createdAtMs')::bigint, (fact.value->>'updatedAtMs')::bigint, 0, fact.value->>'evidence', 'edge'
from payment, json_each(edge->'refunds') as fact
where payment.source = 'edge' and edge->'refunds' is not null and (fact.value->>'amount')::numeric > 0
on conflict do nothing;

create table command (
  command_id text collate "C" primary key,
  kind text not null,
  agent_id text collate "C" not null,
  refund_id text collate "C" not null constraint command_refund references refund,
  payment_id text collate "C" not null,
  amount bigint not null constraint command_amount_positive check (amount > 0),
  reason text not null,
  actor text not null,
  state text not null constraint command_state check (state in
    ('pending', 'claimed', 'done', 'declined', 'expired', 'cancelled', 'unknown')),
  state_reason text,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  expires_at_ms bigint not null,
  session bigint,
  claimed_at_ms bigint,
  told_at_ms bigint,
  version bigint not null
);
create unique index command_of_refund on command (refund_id);
create index command_of_payment on command (payment_id);
create index command_pending on command (agent_id, created_at_ms) where state = 'pending';
create index command_open on command (created_at_ms)
  where state = 'pending' or (state = 'claimed' and told_at_ms is null);
`;
