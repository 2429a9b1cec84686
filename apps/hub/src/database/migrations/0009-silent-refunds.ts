/** Refunds that their agent has begun and not ended, by its last word: few at any moment, looked for with every sweep. */
export const silentRefundsSchema = `
create index refund_at_agent on refund (updated_at_ms) where source = 'edge' and status in ('approved', 'sent');
`;
