-- The schema as the migrations make it. Rewritten by: node apps/hub/src/bin/write-schema.ts

create table agent (
  agent_id text collate "C" not null,
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
  last_seq bigint,
  constraint agent_pkey PRIMARY KEY (agent_id)
);

create table agent_boot (
  agent_id text collate "C" not null,
  boot text collate "C" not null,
  session bigint not null,
  constraint agent_boot_pkey PRIMARY KEY (agent_id, boot)
);

create table case_file (
  case_id text collate "C" not null,
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
  close_reason text,
  constraint case_file_pkey PRIMARY KEY (case_id)
);
CREATE INDEX case_file_newest ON public.case_file USING btree (opened_at_ms DESC, case_id DESC);
CREATE INDEX case_file_of_payment ON public.case_file USING btree (payment_id) WHERE (payment_id IS NOT NULL);
CREATE UNIQUE INDEX case_file_one_open ON public.case_file USING btree (kind, subject) WHERE (closed_at_ms IS NULL);
CREATE INDEX case_file_open ON public.case_file USING btree (opened_at_ms DESC, case_id DESC) WHERE (closed_at_ms IS NULL);

create table command (
  command_id text collate "C" not null,
  kind text not null,
  agent_id text collate "C" not null,
  refund_id text collate "C" not null,
  payment_id text collate "C" not null,
  amount bigint not null,
  reason text not null,
  actor text not null,
  state text not null,
  state_reason text,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  expires_at_ms bigint not null,
  session bigint,
  claimed_at_ms bigint,
  told_at_ms bigint,
  version bigint not null,
  constraint command_amount_positive CHECK ((amount > 0)),
  constraint command_state CHECK ((state = ANY (ARRAY['pending'::text, 'claimed'::text, 'done'::text, 'declined'::text, 'expired'::text, 'cancelled'::text, 'unknown'::text]))),
  constraint command_refund FOREIGN KEY (refund_id) REFERENCES refund(refund_id),
  constraint command_pkey PRIMARY KEY (command_id)
);
CREATE INDEX command_of_payment ON public.command USING btree (payment_id);
CREATE UNIQUE INDEX command_of_refund ON public.command USING btree (refund_id);
CREATE INDEX command_open ON public.command USING btree (created_at_ms) WHERE ((state = 'pending'::text) OR ((state = 'claimed'::text) AND (told_at_ms IS NULL)));
CREATE INDEX command_pending ON public.command USING btree (agent_id, created_at_ms) WHERE (state = 'pending'::text);

create table device (
  agent_id text collate "C" not null,
  device_id text collate "C" not null,
  organization_bin text not null,
  trade_point_id text not null,
  trade_point_name text not null,
  device_token text,
  enabled boolean not null,
  requested_at_ms bigint not null,
  registered_at_ms bigint,
  refusal text,
  constraint device_pkey PRIMARY KEY (agent_id, device_id)
);
CREATE UNIQUE INDEX device_of_organization ON public.device USING btree (organization_bin, device_id);
CREATE INDEX device_wish ON public.device USING btree (requested_at_ms) WHERE ((device_token IS NULL) AND (refusal IS NULL));

create table hub_meta (
  only_row boolean default true not null,
  hub_epoch text default (gen_random_uuid())::text not null,
  recovering boolean default false not null,
  recovering_since_ms bigint,
  released_by text,
  release_reason text,
  constraint hub_meta_only_row CHECK (only_row),
  constraint hub_meta_pkey PRIMARY KEY (only_row)
);

create table instance_lease (
  instance text collate "C" not null,
  generation bigint not null,
  expires_at timestamp with time zone not null,
  constraint instance_lease_pkey PRIMARY KEY (instance)
);

create table journal_event (
  agent_id text collate "C" not null,
  event_id text collate "C" not null,
  constraint journal_event_pkey PRIMARY KEY (agent_id, event_id)
);

create table journal_position (
  agent_id text collate "C" not null,
  epoch text collate "C" not null,
  upto bigint not null,
  chain bytea not null,
  started_at_ms bigint not null,
  closed boolean not null,
  constraint journal_position_pkey PRIMARY KEY (agent_id, epoch)
);
CREATE UNIQUE INDEX journal_position_open ON public.journal_position USING btree (agent_id) WHERE (NOT closed);

create table journal_row (
  agent_id text collate "C" not null,
  epoch text collate "C" not null,
  seq bigint not null,
  event_id text not null,
  kind text not null,
  payload text not null,
  at_ms bigint not null,
  mono_ms double precision not null,
  boot text not null,
  hash bytea not null,
  taken_at_ms bigint not null,
  applied boolean not null,
  constraint journal_row_pkey PRIMARY KEY (agent_id, epoch, seq)
);

create table payer_lookup (
  device text collate "C" not null,
  at_ms bigint not null
);
CREATE INDEX payer_lookup_of_device ON public.payer_lookup USING btree (device, at_ms);

create table payment (
  payment_id text collate "C" not null,
  source text not null,
  agent_id text collate "C" not null,
  device_id text not null,
  organization_bin text not null,
  trade_point_id text not null,
  device_token text not null,
  method text not null,
  amount bigint not null,
  order_id text collate "C",
  request_hash text not null,
  key_hash text,
  body_hash text,
  status text not null,
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
  amount_paid bigint,
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
  phone text,
  payer_name text,
  comment text,
  sent_at_ms bigint,
  read_at_ms bigint,
  next_read_at_ms bigint,
  constraint payment_amount_paid_not_negative CHECK ((amount_paid >= 0)),
  constraint payment_amount_positive CHECK ((amount > 0)),
  constraint payment_refunds_not_negative CHECK (((refunded >= 0) AND (refund_reserved >= 0))),
  constraint payment_refunds_within_paid CHECK (((refunded + refund_reserved) <= COALESCE(amount_paid, (0)::bigint))),
  constraint payment_source CHECK ((source = ANY (ARRAY['hub'::text, 'edge'::text]))),
  constraint payment_status CHECK ((status = ANY (ARRAY['created'::text, 'awaiting_scan'::text, 'awaiting_confirmation'::text, 'paid'::text, 'failed'::text, 'expired'::text, 'cancelled'::text, 'unknown'::text]))),
  constraint payment_pkey PRIMARY KEY (payment_id)
) with (fillfactor=80);
CREATE UNIQUE INDEX payment_bank_payment_id ON public.payment USING btree (bank_payment_id);
CREATE UNIQUE INDEX payment_key ON public.payment USING btree (agent_id, key_hash) WHERE ((source = 'hub'::text) AND (key_hash IS NOT NULL));
CREATE INDEX payment_newest ON public.payment USING btree (created_at_ms DESC, payment_id DESC);
CREATE INDEX payment_of_agent ON public.payment USING btree (agent_id, created_at_ms DESC, payment_id DESC);
CREATE INDEX payment_open_of_agent ON public.payment USING btree (agent_id) WHERE (NOT final);
CREATE INDEX payment_order_id ON public.payment USING btree (order_id) WHERE (order_id IS NOT NULL);
CREATE INDEX payment_uncollected ON public.payment USING btree (paid_at_ms) WHERE ((source = 'hub'::text) AND (paid_at_ms IS NOT NULL) AND (collected_at_ms IS NULL));
CREATE INDEX payment_watched_by_owner ON public.payment USING btree (owner_instance, owner_generation) WHERE (watched AND (source = 'hub'::text));

create table payment_event (
  position bigint generated always as identity not null,
  payment_id text collate "C" not null,
  at_ms bigint not null,
  kind text not null,
  actor text not null,
  data json not null,
  constraint payment_event_pkey PRIMARY KEY ("position")
);
CREATE INDEX payment_event_of_payment ON public.payment_event USING btree (payment_id, "position");

create table refund (
  refund_id text collate "C" not null,
  payment_id text collate "C" not null,
  amount bigint not null,
  status text not null,
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
  owner_generation bigint,
  refund_session_id text collate "C",
  refund_code_id text collate "C",
  source text not null,
  key_hash text,
  body_hash text,
  constraint refund_amount_positive CHECK ((amount > 0)),
  constraint refund_source CHECK ((source = ANY (ARRAY['hub'::text, 'edge'::text]))),
  constraint refund_status CHECK ((status = ANY (ARRAY['requested'::text, 'approved'::text, 'sent'::text, 'confirmed'::text, 'declined'::text, 'unknown'::text]))),
  constraint refund_payment FOREIGN KEY (payment_id) REFERENCES payment(payment_id),
  constraint refund_pkey PRIMARY KEY (refund_id)
);
CREATE INDEX refund_at_agent ON public.refund USING btree (updated_at_ms) WHERE ((source = 'edge'::text) AND (status = ANY (ARRAY['approved'::text, 'sent'::text])));
CREATE INDEX refund_at_work ON public.refund USING btree (owner_instance, owner_generation) WHERE (next_read_at_ms IS NOT NULL);
CREATE INDEX refund_of_keys ON public.refund USING btree (created_at_ms) WHERE (key_hash IS NOT NULL);
CREATE INDEX refund_of_late_money ON public.refund USING btree (created_at_ms) WHERE (actor = 'system:late'::text);
CREATE INDEX refund_of_payment ON public.refund USING btree (payment_id, created_at_ms);
CREATE UNIQUE INDEX refund_one_active ON public.refund USING btree (payment_id) WHERE ((status <> ALL (ARRAY['confirmed'::text, 'declined'::text])) AND (source = 'hub'::text));

create table refund_session (
  refund_session_id text collate "C" not null,
  agent_id text collate "C" not null,
  device_id text not null,
  device_token text not null,
  organization_bin text not null,
  trade_point_id text not null,
  status text not null,
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
  owner_generation bigint,
  constraint refund_session_status CHECK ((status = ANY (ARRAY['opening'::text, 'awaiting_customer'::text, 'customer_known'::text, 'expired'::text, 'failed'::text]))),
  constraint refund_session_pkey PRIMARY KEY (refund_session_id)
);
CREATE INDEX refund_session_active_of_owner ON public.refund_session USING btree (owner_instance, owner_generation) WHERE (status = ANY (ARRAY['opening'::text, 'awaiting_customer'::text, 'customer_known'::text]));
CREATE UNIQUE INDEX refund_session_code ON public.refund_session USING btree (refund_code_id);
CREATE UNIQUE INDEX refund_session_one_active ON public.refund_session USING btree (agent_id, device_id) WHERE (status = ANY (ARRAY['opening'::text, 'awaiting_customer'::text, 'customer_known'::text]));

create table webhook_delivery (
  position bigint generated always as identity not null,
  endpoint_id text collate "C" not null,
  event_id text collate "C" not null,
  type text not null,
  subject text collate "C" not null,
  body text not null,
  at_ms bigint not null,
  state text not null,
  attempts integer not null,
  since_ms bigint not null,
  next_at_ms bigint not null,
  last_answer text,
  tried_at_ms bigint,
  delivered_at_ms bigint,
  owner_instance text collate "C",
  owner_generation bigint,
  constraint webhook_delivery_state CHECK ((state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'given_up'::text]))),
  constraint webhook_delivery_pkey PRIMARY KEY ("position")
);
CREATE INDEX webhook_delivery_age ON public.webhook_delivery USING btree (since_ms);
CREATE INDEX webhook_delivery_due ON public.webhook_delivery USING btree (endpoint_id, owner_instance, owner_generation, next_at_ms, "position") WHERE (state = 'waiting'::text);
CREATE UNIQUE INDEX webhook_delivery_event ON public.webhook_delivery USING btree (event_id, endpoint_id);
CREATE INDEX webhook_delivery_given_up ON public.webhook_delivery USING btree (endpoint_id) WHERE (state = 'given_up'::text);
CREATE INDEX webhook_delivery_of_subject ON public.webhook_delivery USING btree (subject, "position");
