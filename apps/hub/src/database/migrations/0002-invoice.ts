/**
 * Invoices: whom they go to, when they were sent, and when the bank was and will be asked about them. The lookups of payers
 * are counted for all hubs together, because the bank counts them for each device.
 */
export const invoiceSchema = `
alter table payment
  add column phone text,
  add column payer_name text,
  add column comment text,
  add column sent_at_ms bigint,
  add column read_at_ms bigint,
  add column next_read_at_ms bigint;

create table payer_lookup (
  device text collate "C" not null,
  at_ms bigint not null
);
create index payer_lookup_of_device on payer_lookup (device, at_ms);
`;
