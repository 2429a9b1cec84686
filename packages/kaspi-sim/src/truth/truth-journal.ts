import { z } from 'zod';
import type { AppendLog } from './append-log.ts';

/** Money that really left a customer. Amounts are tenge with two decimals, moments ISO 8601 in UTC. */
export const chargeSchema = z.object({
  bankPaymentId: z.string().describe("The bank's id; at a terminal its transactionId"),
  externalId: z.string().optional(),
  organizationBin: z.string().optional(),
  tradePointId: z.string().optional(),
  amount: z.string(),
  at: z.string(),
  method: z.string().describe('Gold, Red, Loan, card, alaqan …'),
  source: z.enum(['qr', 'link', 'invoice', 'terminal']),
  terminalId: z.string().optional(),
  processId: z.string().optional(),
});

/** Money that really came back to a customer. */
export const refundMadeSchema = z.object({
  bankRefundId: z.string(),
  bankPaymentId: z.string(),
  amount: z.string(),
  at: z.string(),
  qrReturnId: z.string().optional().describe('The refund code that the customer scanned (scheme 2)'),
  customer: z.string().optional(),
  source: z.enum(['api', 'elsewhere', 'terminal']).describe('The QR API, the Kaspi Pay app, the terminal'),
  terminalId: z.string().optional(),
  processId: z.string().optional(),
});

export type Charge = z.output<typeof chargeSchema>;
export type RefundMade = z.output<typeof refundMadeSchema>;

/** What was really charged and refunded, whatever anybody was told. Shared by the bank and the terminals. */
export interface TruthJournal {
  charge(charge: Charge): void;
  refund(refund: RefundMade): void;
  readonly charges: readonly Charge[];
  readonly refunds: readonly RefundMade[];
  reset(): void;
}

const entrySchema = z.union([z.object({ charge: chargeSchema }), z.object({ refund: refundMadeSchema })]);

export function createTruthJournal(log: AppendLog): TruthJournal {
  const charges: Charge[] = [];
  const refunds: RefundMade[] = [];
  for (const earlier of log.earlier) {
    const entry = entrySchema.parse(earlier);
    if ('charge' in entry) charges.push(entry.charge);
    else refunds.push(entry.refund);
  }
  return {
    charges,
    refunds,
    charge(charge) {
      log.append({ charge });
      charges.push(charge);
    },
    refund(refund) {
      log.append({ refund });
      refunds.push(refund);
    },
    reset() {
      log.clear();
      charges.length = 0;
      refunds.length = 0;
    },
  };
}
