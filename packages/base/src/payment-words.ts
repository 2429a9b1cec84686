/** The words of a payment that agent, hub and every API share. See GLOSSARY.md. */
export const PAYMENT_STATUSES = [
  'created',
  'awaiting_scan',
  'awaiting_confirmation',
  'paid',
  'failed',
  'expired',
  'cancelled',
  'unknown',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

export const REFUND_STATUSES = ['requested', 'approved', 'sent', 'confirmed', 'declined', 'unknown'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

export const PAYMENT_METHODS = ['qr', 'link', 'invoice', 'terminal'] as const;
export type PaymentMethod = (typeof PAYMENT_METHODS)[number];

/** How we came to know an outcome: the bank's answer, a difference of amounts read, or a person who looked. */
export const EVIDENCES = ['answer', 'difference', 'person'] as const;
export type Evidence = (typeof EVIDENCES)[number];
