import { EVIDENCES, PAYMENT_METHODS, PAYMENT_STATUSES, REFUND_STATUSES } from '@tolem/base';
import { z } from 'zod';
import { COMMAND_STATES, type Command } from '../command/command.ts';
import { isAskable, refreshableInMs } from '../invoice/invoice-schedule.ts';
import type { Payment } from '../payment/payment.ts';
import type { PaymentEvent } from '../payment/payment-service.ts';
import { present } from '../present.ts';
import type { Refund } from '../refund/refund.ts';

/** Payments and refunds as the API shows them: amounts are decimal strings in tenge, moments ISO 8601 in UTC. */
export const amountText = z
  .string()
  .regex(/^\d{1,15}\.\d{2}$/)
  .describe('Tenge with two decimals');
const moment = z.iso.datetime();

export const refundSchema = z
  .object({
    id: z.string(),
    paymentId: z.string(),
    amount: amountText,
    status: z.enum(REFUND_STATUSES),
    statusReason: z.string().optional(),
    reason: z.string(),
    actor: z.string(),
    bankRefundId: z.string().optional(),
    evidence: z.enum(EVIDENCES).optional().describe('How the outcome is known'),
    createdAt: moment,
    updatedAt: moment,
    source: z.enum(['hub', 'edge']).describe("Whose it is: the hub's, or its agent's (terminals)"),
    command: z
      .object({
        id: z.string(),
        state: z.enum(COMMAND_STATES),
        stateReason: z.string().optional(),
        expiresAt: moment.describe('Until when the agent may claim it'),
        claimedAt: moment.optional(),
      })
      .optional()
      .describe('How the agent was asked for it'),
    repeated: z.boolean().optional(),
  })
  .meta({ id: 'Refund' });

export const paymentSchema = z
  .object({
    id: z.string(),
    source: z.enum(['hub', 'edge']),
    agentId: z.string(),
    deviceId: z.string(),
    organizationBin: z.string(),
    tradePointId: z.string(),
    orderId: z.string().optional(),
    method: z.enum(PAYMENT_METHODS),
    amount: amountText,
    currency: z.literal('KZT'),
    status: z.enum(PAYMENT_STATUSES),
    statusReason: z.string().optional(),
    final: z.boolean().describe('Nothing will change the status any more'),
    version: z.int(),
    bankPaymentId: z.string().optional(),
    createdAt: moment,
    updatedAt: moment,
    expiresAt: moment.optional(),
    paidAt: moment.optional(),
    collectedAt: moment.optional(),
    amountPaid: amountText.optional(),
    refundedAmount: amountText,
    refundableAmount: amountText.describe('What may still be refunded'),
    late: z
      .object({ amount: amountText, claimUntil: moment, outcome: z.string(), refundId: z.string().optional() })
      .optional(),
    terminal: z.record(z.string(), z.unknown()).optional(),
    phone: z.string().optional().describe('Of an invoice: eleven digits with a leading 8'),
    payerName: z.string().optional().describe('Whom the bank found under the number'),
    refreshable: z.boolean().describe('A person may have the bank asked'),
    refreshableInS: z.int().optional().describe('Of an invoice: seconds until the bank may be asked again'),
  })
  .meta({ id: 'Payment' });

export const paymentEventSchema = z
  .object({ at: moment, kind: z.string(), actor: z.string(), data: z.record(z.string(), z.unknown()) })
  .meta({ id: 'PaymentEvent' });

export type PaymentJson = z.output<typeof paymentSchema>;
export type RefundJson = z.output<typeof refundSchema>;

/** `nowMs` by the payments' own clock. */
export function toPaymentJson(payment: Payment, nowMs: number): PaymentJson {
  const { late, amountPaid } = payment;
  const held = payment.refunded.plus(payment.refundReserved);
  const waitMs = payment.method === 'invoice' && isAskable(payment) ? refreshableInMs(payment, nowMs) : undefined;
  const isRefundable = payment.status === 'paid' && amountPaid !== undefined;
  return {
    id: payment.paymentId,
    source: payment.source,
    agentId: payment.agentId,
    deviceId: payment.deviceId,
    organizationBin: payment.organizationBin,
    tradePointId: payment.tradePointId,
    method: payment.method,
    amount: payment.amount.toString(),
    currency: 'KZT',
    status: payment.status,
    final: payment.final,
    version: payment.version,
    createdAt: toIso(payment.createdAtMs),
    updatedAt: toIso(payment.updatedAtMs),
    refreshable: isAskable(payment),
    refundedAmount: payment.refunded.toString(),
    refundableAmount: isRefundable ? amountPaid.minus(held).toString() : '0.00',
    ...present({
      orderId: payment.orderId,
      statusReason: payment.statusReason,
      bankPaymentId: payment.bankPaymentId,
      expiresAt: optionalIso(payment.expiresAtMs),
      paidAt: optionalIso(payment.paidAtMs),
      collectedAt: optionalIso(payment.collectedAtMs),
      amountPaid: amountPaid?.toString(),
      late: late && {
        amount: late.amount.toString(),
        claimUntil: toIso(late.claimUntilMs),
        outcome: late.outcome,
        ...present({ refundId: late.refundId }),
      },
      terminal: terminalOf(payment),
      phone: payment.phone,
      payerName: payment.payerName,
      refreshableInS: waitMs === undefined ? undefined : Math.ceil(waitMs / 1_000),
    }),
  };
}

/** The terminal's own data, from the agent's report. */
function terminalOf({ edge }: Payment): Record<string, unknown> | undefined {
  const terminal = edge?.terminal;
  return typeof terminal === 'object' && terminal !== null ? { ...terminal } : undefined;
}

export function toRefundJson(refund: Refund, command?: Command): RefundJson {
  return {
    id: refund.refundId,
    paymentId: refund.paymentId,
    amount: refund.amount.toString(),
    status: refund.status,
    reason: refund.reason,
    actor: refund.actor,
    source: refund.source,
    createdAt: toIso(refund.createdAtMs),
    updatedAt: toIso(refund.updatedAtMs),
    ...present({
      statusReason: refund.statusReason,
      bankRefundId: refund.bankRefundId,
      evidence: refund.evidence,
      command: command && toCommandJson(command),
    }),
  };
}

function toCommandJson({ commandId, state, stateReason, expiresAtMs, claimedAtMs }: Command) {
  return {
    id: commandId,
    state,
    expiresAt: toIso(expiresAtMs),
    ...present({ stateReason, claimedAt: optionalIso(claimedAtMs) }),
  };
}

export function toEventJson({ atMs, kind, actor, data }: PaymentEvent): z.output<typeof paymentEventSchema> {
  return { at: toIso(atMs), kind, actor, data };
}

export function toIso(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function optionalIso(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : toIso(atMs);
}
