import { Money } from '@tolem/base';
import { z } from 'zod';
import { PURCHASE_PHASES } from './purchase-machine.ts';
import { REFUND_CODE_PHASES } from './refund-code-machine.ts';

/** Who pays and comes back where nobody else is named: one and the same customer. */
export const DEFAULT_CUSTOMER = 'customer-1';

/** A till or machine registered by a merchant. A record written later with the same ids replaces the earlier one. */
const deviceSchema = z.object({
  type: z.literal('device'),
  organizationBin: z.string(),
  deviceId: z.string(),
  tradePointId: z.string(),
  token: z.string(),
  /** The token is a JSON number on the wire and must come back as one. */
  isNumber: z.boolean(),
  isActive: z.boolean(),
});

const purchaseSchema = z.object({
  type: z.literal('purchase'),
  bankPaymentId: z.string(),
  sequence: z.number(),
  kind: z.enum(['qr', 'link', 'invoice']),
  phase: z.enum(PURCHASE_PHASES),
  /** A word that a test shows instead of the true one, until the next change. */
  shownWord: z.string().optional(),
  organizationBin: z.string(),
  tradePointId: z.string(),
  deviceToken: z.string(),
  /** Tenge with two decimals: asked, and really charged. */
  amount: z.string(),
  chargedAmount: z.string().optional(),
  externalId: z.string().optional(),
  qrToken: z.string().optional(),
  paymentLink: z.string().optional(),
  phone: z.string().optional(),
  comment: z.string().optional(),
  method: z.string().optional(),
  transactionId: z.string().optional(),
  /** Who scanned or paid. */
  customer: z.string().optional(),
  createdAtMs: z.number(),
  changedAtMs: z.number(),
  scanDeadlineMs: z.number(),
  confirmDeadlineMs: z.number().optional(),
  chargedAtMs: z.number().optional(),
});

const refundSchema = z.object({
  type: z.literal('refund'),
  bankRefundId: z.string(),
  bankPaymentId: z.string(),
  amount: z.string(),
  atMs: z.number(),
  source: z.enum(['api', 'elsewhere']),
  /** The refund code by which the customer was known, under scheme 2. */
  qrReturnId: z.string().optional(),
});

/** A refund code shown to a customer under scheme 2, and the session that its scan opens. */
const refundCodeSchema = z.object({
  type: z.literal('refund_code'),
  qrReturnId: z.string(),
  sequence: z.number(),
  phase: z.enum(REFUND_CODE_PHASES),
  qrToken: z.string(),
  organizationBin: z.string(),
  tradePointId: z.string(),
  deviceToken: z.string(),
  externalId: z.string().optional(),
  /** Known from the scan on. */
  customer: z.string().optional(),
  createdAtMs: z.number(),
  changedAtMs: z.number(),
  scanDeadlineMs: z.number(),
  sessionDeadlineMs: z.number().optional(),
});

export const bankRecordSchema = z.discriminatedUnion('type', [
  deviceSchema,
  purchaseSchema,
  refundSchema,
  refundCodeSchema,
]);
export type BankRecord = z.output<typeof bankRecordSchema>;
export type Device = z.output<typeof deviceSchema>;
export type Purchase = z.output<typeof purchaseSchema>;
export type BankRefund = z.output<typeof refundSchema>;
export type RefundCode = z.output<typeof refundCodeSchema>;

export function deviceKey(organizationBin: string, deviceId: string): string {
  return `${organizationBin}/${deviceId}`;
}

/** What may still be returned of a purchase, given its refunds: nothing before it is paid. */
export function availableReturn(purchase: Purchase, refunds: readonly BankRefund[]): Money {
  if (purchase.phase !== 'processed') return Money.zero;
  const returned = Money.sum(refunds.map((refund) => Money.parse(refund.amount)));
  return Money.parse(purchase.chargedAmount ?? purchase.amount).minus(returned);
}
