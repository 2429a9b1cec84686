import { EVIDENCES, PAYMENT_METHODS, PAYMENT_STATUSES, REFUND_STATUSES } from '@tolem/base';
import { z } from 'zod';
import type { Payment } from '../payment/payment.ts';
import type { Refund } from '../refund/refund.ts';
import type { Doors } from './doors.ts';

export const amount = z.string().describe('Tenge as a decimal string with two decimals, such as "1500.00"');
export const moment = z.iso.datetime().describe('ISO 8601, UTC');

export const refundJson = z
  .object({
    id: z.string(),
    paymentId: z.string(),
    amount,
    status: z.enum(REFUND_STATUSES),
    statusReason: z.string().optional(),
    reason: z.string(),
    actor: z.string(),
    refundSessionId: z.string().optional().describe('The session in which the customer was known'),
    askedByHeadquarters: z.boolean().optional(),
    terminalId: z.string().optional().describe('Where the customer must stand'),
    evidence: z.enum(EVIDENCES).optional(),
    resolvedBy: z.string().optional(),
    resolvedReason: z.string().optional(),
    version: z.number().int(),
    createdAt: moment,
    updatedAt: moment,
  })
  .meta({ id: 'Refund' });
export type RefundJson = z.output<typeof refundJson>;

export const paymentJson = z
  .object({
    id: z.string(),
    orderId: z.string().optional(),
    method: z.enum(PAYMENT_METHODS),
    amount,
    currency: z.literal('KZT'),
    status: z.enum(PAYMENT_STATUSES),
    statusReason: z.string().optional().describe('A word that explains the status, such as bank_unreachable'),
    final: z.boolean().describe('Nothing will change the status any more'),
    mayStillBePaid: z
      .boolean()
      .describe('The payment has ended for the till, but a customer who saw it may still pay: then `late` appears'),
    version: z.number().int().describe('Grows with every change; `?after=` takes it'),
    createdAt: moment,
    updatedAt: moment,
    expiresAt: moment.optional().describe('Until when the customer may act'),
    deviceId: z.string().optional(),
    qr: z
      .object({ token: z.string(), methods: z.array(z.string()) })
      .optional()
      .describe('What to show; gone as soon as it must not be shown any more'),
    link: z.string().optional().describe('What the customer opens; gone as soon as it must not be opened any more'),
    paymentMethods: z
      .array(z.string())
      .optional()
      .describe('What the customer may pay with, to stand beside the code or the link'),
    bankPaymentId: z.string().optional(),
    terminal: z
      .object({
        id: z.string(),
        processId: z.string().optional(),
        subStatus: z.string().optional(),
        method: z.string().optional(),
        transactionId: z.string().optional(),
        rrn: z.string().optional(),
        orderNumber: z.string().optional(),
      })
      .optional(),
    receipt: z.record(z.string(), z.string()).optional(),
    paidAt: moment.optional(),
    amountPaid: amount.optional().describe('What was charged, where it differs or was read'),
    late: z
      .object({ amount, claimable: z.boolean(), claimUntil: moment, refund: z.string().optional() })
      .optional()
      .describe(
        'Money that came after the end: take it by accept-late while claimable, otherwise it is refunded (scheme 3) or headquarters decides',
      ),
    refundedAmount: amount,
    refunds: z.array(refundJson),
    collectedAt: moment.optional().describe('When a till was first given the payment as paid'),
    evidence: z.enum(EVIDENCES).optional(),
    resolvedBy: z.string().optional(),
    resolvedReason: z.string().optional(),
    comment: z.string().optional(),
    phone: z.string().optional().describe('Of an invoice: the number as it was asked for'),
    payerName: z.string().optional().describe('Of an invoice: whom the bank found under the number'),
    refreshableInS: z
      .number()
      .int()
      .optional()
      .describe('Of an open invoice: seconds until a person may have the bank asked again (refresh); 0: now'),
    ownReceipt: z.boolean().optional(),
    repeated: z.boolean().optional().describe('The key was used before: nothing new was started'),
  })
  .meta({ id: 'Payment' });
export type PaymentJson = z.output<typeof paymentJson>;

/** While in one of these a code may be on the screen. */
const OPEN: ReadonlySet<Payment['status']> = new Set(['created', 'awaiting_scan', 'awaiting_confirmation']);

/** What the customer scans: the bank's code, or the link as one. */
export interface ShownCode {
  text: string;
  methods: string[];
}

/** A code that came after the caller was told `money: none`, or whose payment has ended, must not be shown. */
export function shownCode(payment: Payment): ShownCode | undefined {
  if (payment.toldNone || !OPEN.has(payment.status)) return undefined;
  if (payment.qr) return { text: payment.qr.token, methods: payment.qr.methods };
  return payment.link && { text: payment.link.url, methods: payment.link.methods };
}

/** A payment with its refunds, as it is at this moment. */
export function showPayment({ core, context }: Pick<Doors, 'core' | 'context'>, payment: Payment): PaymentJson {
  return toPaymentJson(payment, core.payments.refundsOf(payment.paymentId), context.clock.nowMs());
}

/** Nothing where the bank has nothing more to say. */
function refreshableInS(payment: Payment, nowMs: number): number | undefined {
  const { method, final, late, bankPaymentId, refreshableAtMs = 0 } = payment;
  if (method !== 'invoice' || final || late !== undefined || bankPaymentId === undefined) return undefined;
  return Math.max(0, Math.ceil((refreshableAtMs - nowMs) / 1_000));
}

export function toPaymentJson(payment: Payment, refunds: Refund[], nowMs: number): PaymentJson {
  const { terminal, late } = payment;
  const code = shownCode(payment);
  const hasEnded = payment.status === 'expired' || payment.status === 'cancelled';
  return withoutUndefined({
    id: payment.paymentId,
    orderId: payment.orderId,
    method: payment.method,
    amount: payment.amount.toString(),
    currency: 'KZT' as const,
    status: payment.status,
    statusReason: payment.statusReason,
    final: payment.final,
    mayStillBePaid: hasEnded && !payment.final && payment.late === undefined,
    version: payment.version,
    createdAt: iso(payment.createdAtMs),
    updatedAt: iso(payment.updatedAtMs),
    expiresAt: optionalIso(payment.expiresAtMs),
    deviceId: payment.deviceId,
    qr: payment.qr && code && { token: code.text, methods: code.methods },
    link: payment.link && code?.text,
    paymentMethods: code?.methods,
    bankPaymentId: payment.bankPaymentId,
    terminal:
      terminal &&
      withoutUndefined({
        id: terminal.terminalId,
        processId: terminal.processId,
        subStatus: terminal.subStatus,
        method: terminal.method,
        transactionId: terminal.transactionId,
        rrn: terminal.rrn,
        orderNumber: terminal.orderNumber,
      }),
    receipt: payment.receipt,
    paidAt: optionalIso(payment.paidAtMs),
    amountPaid: payment.amountPaid?.toString(),
    late:
      late &&
      withoutUndefined({
        amount: late.amount.toString(),
        claimable: late.claimable,
        claimUntil: iso(late.claimUntilMs),
        refund: late.refundId,
      }),
    refundedAmount: payment.refunded.toString(),
    refunds: refunds.map(toRefundJson),
    collectedAt: optionalIso(payment.collectedAtMs),
    evidence: payment.evidence,
    resolvedBy: payment.resolvedBy,
    resolvedReason: payment.resolvedReason,
    comment: payment.comment,
    phone: payment.phone,
    payerName: payment.payerName,
    refreshableInS: refreshableInS(payment, nowMs),
    ownReceipt: payment.ownReceipt,
  });
}

export function toRefundJson(refund: Refund): RefundJson {
  return withoutUndefined({
    id: refund.refundId,
    paymentId: refund.paymentId,
    amount: refund.amount.toString(),
    status: refund.status,
    statusReason: refund.statusReason,
    reason: refund.reason,
    actor: refund.actor,
    refundSessionId: refund.refundSessionId,
    askedByHeadquarters: refund.commandId === undefined ? undefined : true,
    terminalId: refund.terminal?.terminalId || undefined,
    evidence: refund.evidence,
    resolvedBy: refund.resolvedBy,
    resolvedReason: refund.resolvedReason,
    version: refund.version,
    createdAt: iso(refund.createdAtMs),
    updatedAt: iso(refund.updatedAtMs),
  });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function optionalIso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : iso(ms);
}

type Defined<Shape> = { [Key in keyof Shape as undefined extends Shape[Key] ? never : Key]: Shape[Key] } & {
  [Key in keyof Shape as undefined extends Shape[Key] ? Key : never]?: Exclude<Shape[Key], undefined>;
};

/** Leaves members out that are undefined, for the types as for JSON. */
export function withoutUndefined<Shape extends object>(shape: Shape): Defined<Shape> {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Defined<Shape>;
}
