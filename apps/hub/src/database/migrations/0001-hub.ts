/**
 * The hub's first schema. Money is whole tiyn in `bigint`; moments are Unix milliseconds on the database's clock; ids are
 * `text collate "C"`, which sorts by bytes as the program does. Reports of agents are `json`, kept as they came.
 */
export const hubSchema = `
create table hub_meta (
  only_row boolean primary key default true constraint hub_meta_only_row check (only_row),
  hub_epoch text not null default gen_random_uuid()::text,
  recovering boolean not null default false,
  recovering_since_ms bigint,
  released_by text,
  release_reason text
);
insert into hub_meta default values;

create table instance_lease (
  instance text collate "C" primary key,
  generation bigint not null,
  expires_at timestamptz not null
);

create table payment (
  payment_id text collate "C" primary key,
  source text not null constraint payment_source check (source in ('hub', 'edge')),
  agent_id text collate "C" not null,
  device_id text not null,
  organization_bin text not null,
  trade_point_id text not null,
  device_token text not null,
  method text not null,
  amount bigint not null constraint payment_amount_positive check (amount > 0),
  order_id text collate "C",
  request_hash text not null,
  key_hash text,
  body_hash text,
  status text not null constraint payment_status check (status in
    ('created', 'awaiting_scan', 'awaiting_confirmation', 'paid', 'failed', 'expired', 'cancelled', 'unknown')),
  status_reason text,
  final boolean not null,
  version bigint not null,
  watched boolean not null,
  claim_instance text,
  claim_generation bigint,
  claim_nonce text,
  claim_at_ms bigint,
  bank_payment_id text collate "C",
  qr_token text,
  payment_link text,
  payment_methods text[] not null,
  poll_interval_ms bigint not null,
  scan_wait_ms bigint not null,
  confirm_wait_ms bigint not null,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  scan_deadline_ms bigint,
  confirm_deadline_ms bigint,
  expires_at_ms bigint,
  watch_until_ms bigint,
  unreachable_since_ms bigint,
  paid_at_ms bigint,
  amount_paid bigint constraint payment_amount_paid_not_negative check (amount_paid >= 0),
  amount_unread boolean,
  collected_at_ms bigint,
  late_accept_ms bigint not null,
  late_amount bigint,
  late_detected_at_ms bigint,
  late_claim_until_ms bigint,
  late_outcome text,
  late_refund_id text,
  refunded bigint not null,
  refund_reserved bigint not null,
  owner_instance text collate "C",
  owner_generation bigint,
  edge json,
  constraint payment_refunds_not_negative check (refunded >= 0 and refund_reserved >= 0),
  constraint payment_refunds_within_paid check (refunded + refund_reserved <= coalesce(amount_paid, 0))
) with (fillfactor = 80);
create unique index payment_bank_payment_id on payment (bank_payment_id);
create index payment_newest on payment (created_at_ms desc, payment_id desc);
create index payment_of_agent on payment (agent_id, created_at_ms desc, payment_id desc);
create index payment_open_of_agent on payment (agent_id) where not final;
create index payment_order_id on payment (order_id) where order_id is not null;
create index payment_watched_by_owner on payment (owner_instance, owner_generation) where watched and source = 'hub';
create index payment_uncollected on payment (paid_at_ms)
  where source = 'hub' and paid_at_ms is not null and collected_at_ms is null;

create table payment_event (
  position bigint generated always as identity primary key,
  payment_id text collate "C" not null,
  at_ms bigint not null,
  kind text not null,
  actor text not null,
  data json not null
);
create index payment_event_of_payment on payment_event (payment_id, position);

create table refund (
  refund_id text collate "C" primary key,
  payment_id text collate "C" not null constraint refund_payment references payment,
  amount bigint not null constraint refund_amount_positive check (amount > 0),
  status text not null constraint refund_status check (status in
    ('requested', 'approved', 'sent', 'confirmed', 'declined', 'unknown')),
  status_reason text,
  reason text not null,
  actor text not null,
  request_hash text not null,
  version bigint not null,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  available_before bigint,
  send_by_ms bigint,
  sent_at_ms bigint,
  sends integer not null,
  waiting_since_ms bigint,
  next_read_at_ms bigint,
  adopted boolean,
  bank_refund_id text,
  evidence text,
  owner_instance text collate "C",
  owner_generation bigint
);
create unique index refund_one_active on refund (payment_id) where status not in ('confirmed', 'declined');
create index refund_of_payment on refund (payment_id, created_at_ms);
create index refund_at_work on refund (owner_instance, owner_generation) where next_read_at_ms is not null;
create index refund_of_late_money on refund (created_at_ms) where actor = 'system:late';

create table agent (
  agent_id text collate "C" primary key,
  name text not null,
  store_name text not null,
  added_at_ms bigint not null,
  revoked_at_ms bigint,
  revoked_by text,
  revoke_reason text,
  certificate_serial text,
  certificate_expires_at_ms bigint,
  spki_sha256 text,
  session bigint not null,
  boot text,
  host_fingerprint text,
  version text,
  quarantine text,
  online boolean not null,
  stopping boolean not null,
  state_at_ms bigint,
  health json not null,
  last_seq bigint
);

create table agent_boot (
  agent_id text collate "C",
  boot text collate "C",
  session bigint not null,
  primary key (agent_id, boot)
);

create table device (
  agent_id text collate "C",
  device_id text collate "C",
  organization_bin text not null,
  trade_point_id text not null,
  trade_point_name text not null,
  device_token text,
  enabled boolean not null,
  requested_at_ms bigint not null,
  registered_at_ms bigint,
  refusal text,
  primary key (agent_id, device_id)
);
create unique index device_of_organization on device (organization_bin, device_id);
create index device_wish on device (requested_at_ms) where device_token is null and refusal is null;

create table journal_position (
  agent_id text collate "C",
  epoch text collate "C",
  upto bigint not null,
  chain bytea not null,
  started_at_ms bigint not null,
  closed boolean not null,
  primary key (agent_id, epoch)
);
create unique index journal_position_open on journal_position (agent_id) where not closed;

create table journal_row (
  agent_id text collate "C",
  epoch text collate "C",
  seq bigint,
  event_id text not null,
  kind text not null,
  payload text not null,
  at_ms bigint not null,
  mono_ms double precision not null,
  boot text not null,
  hash bytea not null,
  taken_at_ms bigint not null,
  applied boolean not null,
  primary key (agent_id, epoch, seq)
);

create table journal_event (
  agent_id text collate "C",
  event_id text collate "C",
  primary key (agent_id, event_id)
);

create table case_file (
  case_id text collate "C" primary key,
  subject text collate "C" not null,
  kind text collate "C" not null,
  agent_id text,
  payment_id text collate "C",
  refund_id text,
  amount bigint,
  detail json not null,
  opened_at_ms bigint not null,
  owner text,
  closed_at_ms bigint,
  closed_by text,
  close_reason text
);
create unique index case_file_one_open on case_file (kind, subject) where closed_at_ms is null;
create index case_file_newest on case_file (opened_at_ms desc, case_id desc);
create index case_file_open on case_file (opened_at_ms desc, case_id desc) where closed_at_ms is null;
create index case_file_of_payment on case_file (payment_id) where payment_id is not null;
`;
