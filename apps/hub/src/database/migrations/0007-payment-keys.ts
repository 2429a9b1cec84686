/**
 * A till's key begins one payment of the hub. What agents report of their terminals is never refused, so it stays out; so do
 * all but the first of rows that an earlier version took under one key.
 */
export const paymentKeysSchema = `
update payment p set key_hash = null
where p.source = 'hub' and p.key_hash is not null and exists (
  select from payment first
  where first.source = 'hub' and first.agent_id = p.agent_id and first.key_hash = p.key_hash
    and (first.created_at_ms, first.payment_id) < (p.created_at_ms, p.payment_id));
create unique index payment_key on payment (agent_id, key_hash) where source = 'hub' and key_hash is not null;
`;
