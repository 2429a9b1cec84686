import { z } from 'zod';
import { availableReturn, type Purchase } from '../bank/bank-records.ts';
import type { BankState } from '../bank/bank-state.ts';
import { PURCHASE_PHASES } from '../bank/purchase-machine.ts';

/** A purchase as the control API shows it. Amounts are tenge with two decimals, moments ISO 8601 in UTC. */
export const purchaseViewSchema = z.object({
  bankPaymentId: z.string(),
  kind: z.enum(['qr', 'link', 'invoice']),
  status: z.string().describe('The word that the bank tells'),
  phase: z.enum(PURCHASE_PHASES).describe('What is really the case'),
  organizationBin: z.string(),
  organizationName: z.string(),
  tradePointId: z.string(),
  tradePointName: z.string(),
  paymentMethods: z.array(z.string()),
  amount: z.string(),
  chargedAmount: z.string().optional(),
  availableReturn: z.string(),
  method: z.string().optional(),
  customer: z.string().optional().describe('Who scanned or paid, where a script named them'),
  externalId: z.string().optional(),
  qrToken: z.string().optional(),
  paymentLink: z.string().optional(),
  phone: z.string().optional(),
  comment: z.string().optional(),
  createdAt: z.string(),
  changedAt: z.string(),
  scanDeadline: z.string(),
  confirmDeadline: z.string().optional(),
  leftMs: z.number().optional().describe('Until the open window ends'),
  refunds: z.array(
    z.object({
      bankRefundId: z.string(),
      amount: z.string(),
      at: z.string(),
      source: z.string(),
      qrReturnId: z.string().optional(),
    }),
  ),
});

export type PurchaseView = z.output<typeof purchaseViewSchema>;

export function viewPurchase(state: BankState, purchase: Purchase): PurchaseView {
  const point = state.tradePoint(purchase.organizationBin, purchase.tradePointId);
  const organization = state.settings.organizations.find((one) => one.bin === purchase.organizationBin);
  const refunds = state.refundsOf(purchase.bankPaymentId);
  const { bankPaymentId, kind, phase, organizationBin, tradePointId, amount } = purchase;
  const { customer, chargedAmount, method, externalId, qrToken, paymentLink, phone, comment, confirmDeadlineMs } =
    purchase;
  return {
    bankPaymentId,
    kind,
    status: state.word(purchase),
    phase,
    organizationBin,
    organizationName: organization?.name ?? '',
    tradePointId,
    tradePointName: point?.name ?? '',
    paymentMethods: point?.paymentMethods ?? [],
    amount,
    availableReturn: availableReturn(purchase, refunds).toString(),
    ...present({ chargedAmount, method, customer, externalId, qrToken, paymentLink, phone, comment }),
    createdAt: isoTime(purchase.createdAtMs),
    changedAt: isoTime(purchase.changedAtMs),
    scanDeadline: isoTime(purchase.scanDeadlineMs),
    ...(confirmDeadlineMs === undefined ? {} : { confirmDeadline: isoTime(confirmDeadlineMs) }),
    ...leftOf(purchase, state.context.clock.nowMs()),
    refunds: refunds.map(({ bankRefundId, amount: returned, atMs, source, qrReturnId }) => ({
      bankRefundId,
      amount: returned,
      at: isoTime(atMs),
      source,
      ...present({ qrReturnId }),
    })),
  };
}

function leftOf(purchase: Purchase, nowMs: number): { leftMs?: number } {
  if (purchase.phase === 'created') return { leftMs: Math.max(0, purchase.scanDeadlineMs - nowMs) };
  if (purchase.phase !== 'waiting' || purchase.confirmDeadlineMs === undefined) return {};
  return { leftMs: Math.max(0, purchase.confirmDeadlineMs - nowMs) };
}

export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

function present(members: Record<string, string | undefined>): Record<string, string> {
  const entries = Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
