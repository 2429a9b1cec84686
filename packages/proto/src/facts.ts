import { EVIDENCES, PAYMENT_METHODS, PAYMENT_STATUSES, REFUND_STATUSES } from '@tolem/base';
import { z } from 'zod';

/**
 * What a journal row may say. A row's `payload` is the canonical JSON of one of these; its `kind` chooses the schema.
 * A payment or refund fact is the whole record as it stands after a change, with its edge version, so that applying
 * only the newest of several facts gives the same picture. A kind that the hub does not know is stored and not applied.
 */
const amount = z.string().regex(/^\d{1,15}\.\d{2}$/);
const uuid = z.uuid();
const words = z.string().max(200);
/** Unix milliseconds that a date can hold: a page that shows the moment must not break over it [ECMA-262 §21.4.1.1]. */
const moment = z.int().min(0).max(8_640_000_000_000_000);

export const paymentFact = z.object({
  paymentId: uuid,
  /** Grows by one with every change at the edge. */
  version: z.int().positive(),
  method: z.enum(PAYMENT_METHODS),
  amount,
  status: z.enum(PAYMENT_STATUSES),
  statusReason: words.optional(),
  final: z.boolean(),
  orderId: words.optional(),
  deviceId: words.optional(),
  bankPaymentId: words.optional(),
  createdAtMs: moment,
  updatedAtMs: moment,
  paidAtMs: moment.optional(),
  amountPaid: amount.optional(),
  collectedAtMs: moment.optional(),
  keyHash: words.optional(),
  bodyHash: words.optional(),
  terminal: z
    .object({
      terminalId: words,
      processId: words.optional(),
      subStatus: words.optional(),
      method: words.optional(),
      transactionId: words.optional(),
      receipt: z.record(z.string().max(60), z.string().max(300)).optional(),
      resolvedBy: words.optional(),
      resolvedReason: words.optional(),
    })
    .optional(),
});
export type PaymentFact = z.infer<typeof paymentFact>;

export const refundFact = z.object({
  refundId: uuid,
  paymentId: uuid,
  version: z.int().positive(),
  amount,
  status: z.enum(REFUND_STATUSES),
  statusReason: words.optional(),
  reason: words,
  actor: words,
  evidence: z.enum(EVIDENCES).optional(),
  keyHash: words.optional(),
  bodyHash: words.optional(),
  resolvedBy: words.optional(),
  resolvedReason: words.optional(),
  createdAtMs: moment,
  updatedAtMs: moment,
  terminal: z.object({ terminalId: words, processId: words.optional() }).optional(),
});
export type RefundFact = z.infer<typeof refundFact>;

/** A case that the edge opened or closed; the hub shows it beside its own. */
export const caseFact = z.object({
  caseId: uuid,
  kind: words,
  open: z.boolean(),
  paymentId: uuid.optional(),
  refundId: uuid.optional(),
  amount: amount.optional(),
  detail: z.record(z.string().max(60), z.string().max(500)),
  closedBy: words.optional(),
  closeReason: words.optional(),
});
export type CaseFact = z.infer<typeof caseFact>;

/** The journal was lost, damaged or forked, and a new epoch began. */
export const journalFact = z.object({
  reason: z.enum(['created', 'lost', 'damaged', 'forked', 'restored']),
  previousEpoch: words.optional(),
  lastSeq: z.int().optional(),
  detail: words.optional(),
});
export type JournalFact = z.infer<typeof journalFact>;

/** A terminal was blocked, or a person looked at its last operation and released it. */
export const terminalFact = z.object({
  terminalId: words,
  state: z.enum(['ready', 'unresolved', 'blocked']),
  reason: words.optional(),
  by: words.optional(),
  paymentId: uuid.optional(),
});
export type TerminalFact = z.infer<typeof terminalFact>;

export const FACT_SCHEMAS = {
  payment: paymentFact,
  refund: refundFact,
  case: caseFact,
  journal: journalFact,
  terminal: terminalFact,
} as const;
export type FactKind = keyof typeof FACT_SCHEMAS;
