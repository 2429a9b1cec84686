import { Money, PAYMENT_METHODS, PAYMENT_STATUSES } from '@tolem/base';
import { normalisePhone } from '@tolem/kaspi-core';
import { z } from 'zod';
import { doorProblem } from './door-problem.ts';

/** [decisions: At the till] */
const AMOUNT_MIN = Money.fromTenge(1);
const AMOUNT_MAX = Money.fromTenge(5_000_000);
/** A long poll ends before the usual 60 s of proxies and HTTP clients. */
export const WAIT_MAX_S = 55;
const SEARCH_MAX = 100;

const text = (max: number, what: string) =>
  z
    .string({ error: `${what} as a string` })
    .min(1, what)
    .max(max, `at most ${max} characters`)
    .refine((value) => !hasControlCharacter(value), 'no control characters')
    .refine((value) => value.isWellFormed(), 'whole characters, not halves of a surrogate pair');

/** Shape only; the range depends on the method and is told by codes of its own. */
const amount = z
  .string({
    error: ({ input }) =>
      typeof input === 'number'
        ? `the amount as a decimal string in quotes, "${input.toFixed(2)}" instead of ${input}: numbers lose tiyn`
        : 'a decimal string in tenge such as "1500.00"',
  })
  .regex(/^\d{1,12}(\.\d{1,2})?$/, 'a decimal string in tenge such as "1500.00"');

/** As people write it: `+7 701 123 45 67`, `8 (701) 123-45-67`, `7011234567`; the bank gets eleven digits with a leading 8. */
const phone = z
  .string({ error: 'a phone number as a string such as "+77011234567"' })
  .max(32, 'a phone number of Kazakhstan such as "+77011234567"')
  .refine(isMobile, 'a mobile number of Kazakhstan such as "+77011234567"');
/** With our reference before it a comment stays a line on the customer's phone. */
const INVOICE_COMMENT_MAX = 100;

export const createPaymentBody = z
  .strictObject({
    method: z.enum(PAYMENT_METHODS, { error: `one of ${PAYMENT_METHODS.join(', ')}` }),
    amount,
    orderId: text(64, 'the till’s own number of the sale').optional(),
    terminalId: text(63, 'the id of a terminal').optional(),
    deviceId: text(64, 'the id of a Kaspi device').optional(),
    phone: phone.optional(),
    comment: text(200, 'a comment').optional(),
    ownReceipt: z.boolean({ error: 'true or false' }).optional(),
  })
  .superRefine((body, context) => {
    const misplaced = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (body.terminalId !== undefined && body.method !== 'terminal')
      misplaced('terminalId', 'only with method terminal');
    if (body.ownReceipt !== undefined && body.method !== 'terminal')
      misplaced('ownReceipt', 'only with method terminal');
    if (body.deviceId !== undefined && body.method === 'terminal') misplaced('deviceId', 'not with method terminal');
    if (body.phone !== undefined && body.method !== 'invoice') misplaced('phone', 'only with method invoice');
    if (body.method === 'invoice' && (body.comment ?? '').length > INVOICE_COMMENT_MAX) {
      misplaced('comment', `at most ${INVOICE_COMMENT_MAX} characters with method invoice`);
    }
    if (body.phone === undefined && body.method === 'invoice')
      misplaced('phone', 'a phone number, needed with method invoice');
  })
  .meta({ id: 'CreatePayment' });

export const payerQuery = z.strictObject({
  phone,
  deviceId: text(64, 'the id of a Kaspi device').optional(),
});

export const createRefundBody = z
  .strictObject({
    amount: amount.optional().describe('Without it: all that is left'),
    reason: text(200, 'the reason'),
    refundSessionId: text(64, 'the id of a refund session')
      .optional()
      .describe('Needed where refunds are with_customer: the session in which the customer of this payment is known'),
  })
  .meta({ id: 'CreateRefund' });

export const openRefundSessionBody = z
  .strictObject({ deviceId: text(64, 'the id of a Kaspi device').optional() })
  .optional()
  .meta({ id: 'OpenRefundSession' });

export const resolveBody = z
  .strictObject({
    outcome: z.enum(['paid', 'not_paid'], { error: 'paid or not_paid' }),
    by: text(64, 'who decides'),
    reason: text(200, 'the reason'),
  })
  .meta({ id: 'Resolve' });

export const resolveRefundBody = z
  .strictObject({
    outcome: z.enum(['confirmed', 'declined'], { error: 'confirmed or declined' }),
    by: text(64, 'who decides'),
    reason: text(200, 'the reason'),
  })
  .meta({ id: 'ResolveRefund' });

export const releaseBody = z
  .strictObject({ by: text(64, 'who decides'), reason: text(200, 'the reason') })
  .meta({ id: 'Release' });
/** Actions without content take `{}` or nothing. */
export const emptyBody = z.strictObject({}).optional();

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, 'a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `${min} to ${max}`);

export const waitQuery = z.strictObject({
  wait: wholeNumber(0, WAIT_MAX_S).optional().describe('Answer at the next change, or after so many seconds'),
  after: wholeNumber(0, 2 ** 31)
    .optional()
    .describe('With wait: the version already seen; a newer one is answered at once'),
});

export const searchQuery = z.strictObject({
  orderId: text(64, 'the till’s own number of the sale').optional(),
  status: z
    .string()
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(PAYMENT_STATUSES, { error: `some of ${PAYMENT_STATUSES.join(', ')}` })).max(8))
    .optional()
    .describe('One status, or several with commas'),
  limit: wholeNumber(1, SEARCH_MAX).optional().describe('20 unless told, at most 100'),
  cursor: text(200, 'the nextCursor of the answer before').optional(),
});

export const idParams = z.object({ id: z.string().max(100) });

/** The amount of a payment. Throws `amount_out_of_range`, `amount_not_whole_tenge`. */
export function paymentAmount(text: string, isAtTerminal: boolean): Money {
  const money = Money.parse(text);
  if (money.compare(AMOUNT_MIN) < 0 || money.compare(AMOUNT_MAX) > 0) {
    throw doorProblem('amount_out_of_range', `an amount is ${AMOUNT_MIN} to ${AMOUNT_MAX} tenge`, {
      fields: [{ path: 'amount', expected: `${AMOUNT_MIN} to ${AMOUNT_MAX}` }],
    });
  }
  if (isAtTerminal && !money.isWholeTenge) {
    throw doorProblem('amount_not_whole_tenge', 'a terminal takes whole tenge only', {
      fields: [{ path: 'amount', expected: 'whole tenge, such as "1500.00"' }],
    });
  }
  return money;
}

/** The amount of a refund; whether it fits the payment is the core's to say. Throws `amount_out_of_range`. */
export function refundAmount(text: string): Money {
  const money = Money.parse(text);
  if (!money.isPositive || money.compare(AMOUNT_MAX) > 0) {
    throw doorProblem('amount_out_of_range', `a refund is 0.01 to ${AMOUNT_MAX} tenge`, {
      fields: [{ path: 'amount', expected: `0.01 to ${AMOUNT_MAX}` }],
    });
  }
  return money;
}

/** Reads `Idempotency-Key`. Throws `key_missing`, `key_invalid`. */
export function idempotencyKey(header: string | string[] | undefined): string {
  if (header === undefined)
    throw doorProblem('key_missing', 'this request needs an Idempotency-Key header, best a new UUID');
  if (typeof header !== 'string' || !/^[\x21-\x7e]{16,128}$/.test(header)) {
    throw doorProblem('key_invalid', 'an Idempotency-Key is 16 to 128 visible ASCII characters, best a UUID', {
      fields: [{ path: 'Idempotency-Key', expected: '16 to 128 visible ASCII characters' }],
    });
  }
  return header;
}

function isMobile(value: string): boolean {
  try {
    return normalisePhone(value) !== '';
  } catch {
    return false;
  }
}

function hasControlCharacter(value: string): boolean {
  for (const character of value) if (character < ' ' || character === '\x7f') return true;
  return false;
}
