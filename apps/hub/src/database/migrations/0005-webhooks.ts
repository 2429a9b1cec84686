/**
 * Events on their way to endpoints: one row per event and endpoint, written with the change that it tells and again when
 * the endpoint has answered. `position` orders the events of one payment, because a payment's writers hold its lock.
 */
export const webhooksSchema = `
create table webhook_delivery (
  position bigint generated always as identity primary key,
  endpoint_id text collate "C" not null,
  event_id text collate "C" not null,
  type text not null,
  subject text collate "C" not null,
  body text not null,
  at_ms bigint not null,
  state text not null constraint webhook_delivery_state check (state in ('waiting', 'delivered', 'given_up')),
  attempts integer not null,
  since_ms bigint not null,
  next_at_ms bigint not null,
  last_answer text,
  tried_at_ms bigint,
  delivered_at_ms bigint,
  owner_instance text collate "C",
  owner_generation bigint
);
create unique index webhook_delivery_event on webhook_delivery (event_id, endpoint_id);
create index webhook_delivery_due on webhook_delivery (endpoint_id, next_at_ms) where state = 'waiting';
create index webhook_delivery_of_subject on webhook_delivery (subject, position);
create index webhook_delivery_given_up on webhook_delivery (endpoint_id) where state = 'given_up';
create index webhook_delivery_age on webhook_delivery (since_ms);
`;
