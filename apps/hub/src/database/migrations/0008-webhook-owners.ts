/** What is due is found by its owner and in its order, however much else waits: a backlog of days costs nobody his turn. */
export const webhookOwnersSchema = `
drop index webhook_delivery_due;
create index webhook_delivery_due on webhook_delivery
  (endpoint_id, owner_instance, owner_generation, next_at_ms, position) where state = 'waiting';
`;
