/**
 * Scheme 2: refund sessions, in which a customer is known to the bank, and the refunds made in them. The code of a refund is
 * kept with it, because it is what the bank is called with again.
 */
export const schemesSchema = `
create table refund_session (
  refund_session_id text collate "C" primary key,
  agent_id text collate "C" not null,
  device_id text not null,
  device_token text not null,
  organization_bin text not null,
  trade_point_id text not null,
  status text not null constraint refund_session_status check (status in
    ('opening', 'awaiting_customer', 'customer_known', 'expired', 'failed')),
  status_reason text,
  version bigint not null,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  refund_code_id text collate "C",
  qr_token text,
  poll_interval_ms bigint,
  expires_at_ms bigint not null,
  purchase_ids text[] not null,
  owner_instance text collate "C",
  owner_generation bigint
);
create unique index refund_session_one_active on refund_session (agent_id, device_id)
  where status in ('opening', 'awaiting_customer', 'customer_known');
create unique index refund_session_code on refund_session (refund_code_id);
create index refund_session_active_of_owner on refund_session (owner_instance, owner_generation)
  where status in ('opening', 'awaiting_customer', 'customer_known');

alter table refund
  add column refund_session_id text collate "C",
  add column refund_code_id text collate "C";
`;
