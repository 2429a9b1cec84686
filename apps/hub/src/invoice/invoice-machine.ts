import { unreachable } from '@tolem/base';
import type { Payment } from '../payment/payment.ts';
import type { PaymentEffect, PaymentInput, PaymentRules } from '../payment/payment-input.ts';
import { closing, ended, moneyCase, note, type PaymentStep } from '../payment/payment-step.ts';
import { invoiceRead, invoiceUnread, readDue } from './invoice-reads.ts';
import { invoiceBeganAt, invoiceWatchEnd, isAskable, nextInvoiceMoment } from './invoice-schedule.ts';

const INVOICE_KINDS = [
  'payer_found',
  'invoice_created',
  'invoice_unanswered',
  'cancel_answered',
  'looked_up',
  'invoice_found',
  'invoice_absent',
  'read_due',
  'bank_created',
  'creation_unanswered',
  'creation_window_over',
  'cancel',
  'status_read',
  'read_failed',
  'asked_again',
] as const satisfies ReadonlyArray<PaymentInput['kind']>;

type InvoiceInput = Extract<PaymentInput, { kind: (typeof INVOICE_KINDS)[number] }>;
type Of<Kind extends InvoiceInput['kind']> = Extract<InvoiceInput, { kind: Kind }>;

const KINDS: ReadonlySet<string> = new Set(INVOICE_KINDS);
/** As long as nothing was sent, an invoice ends as a code does that nobody has seen. */
const SHARED_WHILE_UNSENT: ReadonlySet<string> = new Set(['creation_window_over', 'cancel']);

export function isInvoiceInput(payment: Payment, input: PaymentInput): input is InvoiceInput {
  return KINDS.has(input.kind) && !(payment.sentAtMs === undefined && SHARED_WHILE_UNSENT.has(input.kind));
}

/**
 * What is an invoice's own in the life of a payment [QR 3.9 §4.6, decisions: invoices]. `watched` means that a moment is
 * set at which the hub does something by itself, never that it polls.
 *
 * - `created`: waits for the bank to name the customer; from `sentAtMs` on the invoice may be on the customer's phone, and is
 *   never sent again; left by the bank's answer, by an explicit refusal (`failed`), or without an answer (`unknown`).
 * - `awaiting_confirmation`: the customer has it; left by a word of the bank that somebody asked for.
 * - `unknown`, `invoice_unanswered`: no id; a person finds it by our reference, or after a day is sure that there is none.
 * - `expired`: a read after its day said *not paid*. `cancelled`: by the bank's word final; `cancel_unconfirmed` is not:
 *   money that comes after either is late money.
 */
export function nextInvoice(payment: Payment, input: InvoiceInput, rules: PaymentRules): PaymentStep | undefined {
  switch (input.kind) {
    case 'payer_found':
      return payerFound(payment, input);
    case 'invoice_created':
      return invoiceCreated(payment, input, rules);
    case 'invoice_unanswered':
      return isSent(payment) ? unanswered(payment, input.code) : undefined;
    case 'creation_unanswered':
      return notSent(payment, input);
    case 'creation_window_over':
      return isSent(payment) ? unanswered(payment, 'no_answer') : undefined;
    case 'bank_created':
    case 'cancel':
      return undefined;
    case 'cancel_answered':
      return cancelAnswered(payment, input);
    case 'looked_up':
      return lookedUp(payment, input);
    case 'invoice_found':
      return invoiceFound(payment, input, rules);
    case 'invoice_absent':
      return invoiceAbsent(payment, input, rules);
    case 'status_read':
      return invoiceRead(payment, input, rules);
    case 'read_failed':
      return invoiceUnread(payment, input);
    case 'asked_again':
      if (!isAskable(payment)) return undefined;
      return { state: { ...payment, readAtMs: input.nowMs }, effects: [note('asked_again', {}, input.actor)] };
    case 'read_due':
      return readDue(payment, input.nowMs, rules);
    default:
      return unreachable(input, 'input of an invoice');
  }
}

/**
 * No invoice is left waiting for nothing: what is watched has its moment, and what would have none is held for a person.
 */
export function keepSchedule(step: PaymentStep): PaymentStep {
  const { state, effects } = step;
  if (!state.watched || state.final) {
    const { nextReadAtMs: _next, ...rest } = state;
    return state.nextReadAtMs === undefined ? step : { state: rest, effects };
  }
  const hasMoment = state.nextReadAtMs !== undefined || state.status === 'created' || state.late?.outcome === 'open';
  if (hasMoment) return step;
  const kind = state.status === 'paid' ? 'amount_unread' : 'payment_unknown';
  const isHeld = effects.some((effect) => effect.kind === 'case');
  const held = isHeld ? [] : [moneyCase(kind, state.amount, { reason: state.statusReason ?? '' })];
  return { state: { ...state, watched: false }, effects: [...effects, ...held] };
}

function isSent({ status, sentAtMs }: Payment): boolean {
  return status === 'created' && sentAtMs !== undefined;
}

/** Its answer was lost, and nobody has found it yet. */
export function isUnanswered({ status, statusReason, bankPaymentId, final }: Payment): boolean {
  return status === 'unknown' && statusReason === 'invoice_unanswered' && bankPaymentId === undefined && !final;
}

function payerFound(payment: Payment, { nowMs, clientName }: Of<'payer_found'>): PaymentStep | undefined {
  if (payment.status !== 'created' || payment.sentAtMs !== undefined) return undefined;
  const { statusReason: _reason, ...rest } = payment;
  return { state: { ...rest, payerName: clientName, sentAtMs: nowMs }, effects: [note('invoice_sending', {})] };
}

function invoiceCreated(payment: Payment, input: Of<'invoice_created'>, rules: PaymentRules): PaymentStep | undefined {
  const { bankPaymentId } = input;
  if (payment.bankPaymentId === bankPaymentId) return undefined;
  if (isSent(payment) || isUnanswered(payment)) {
    return opened(payment, bankPaymentId, input.nowMs, rules, note('bank_created', { bankPaymentId }));
  }
  // A person has meanwhile settled it otherwise.
  const detail = { bankPaymentId, known: payment.bankPaymentId ?? '' };
  return { state: payment, effects: [moneyCase('invoice_contradicted', payment.amount, detail)] };
}

function opened(
  payment: Payment,
  bankPaymentId: string,
  nowMs: number,
  rules: PaymentRules,
  event: PaymentEffect,
): PaymentStep {
  const { claim: _claim, statusReason: _reason, ...rest } = payment;
  const deadline = invoiceBeganAt(payment) + rules.invoiceLifeMs;
  const state: Payment = {
    ...rest,
    status: 'awaiting_confirmation',
    watched: true,
    bankPaymentId,
    confirmDeadlineMs: deadline,
    expiresAtMs: deadline,
    watchUntilMs: invoiceWatchEnd(payment, rules),
    nextReadAtMs: nextInvoiceMoment(payment, nowMs, rules),
  };
  return { state, effects: [event, closing('invoice_unanswered', 'found')] };
}

/** It may be on the customer's phone: a person finds it by our reference; a second one is never sent by itself (notes 1.5). */
function unanswered(payment: Payment, code: string): PaymentStep {
  const { claim: _claim, ...rest } = payment;
  const state: Payment = {
    ...rest,
    status: 'unknown',
    statusReason: 'invoice_unanswered',
    final: false,
    watched: false,
  };
  const detail = { reference: payment.paymentId, phone: payment.phone ?? '', code };
  return {
    state,
    effects: [
      note('invoice_unanswered', { code }),
      moneyCase('invoice_unanswered', payment.amount, detail),
      ended(state),
    ],
  };
}

/** Nothing has left us: the same request may try again. */
function notSent(payment: Payment, { code }: Of<'creation_unanswered'>): PaymentStep | undefined {
  if (payment.status !== 'created') return undefined;
  const { claim: _claim, sentAtMs: _sent, ...rest } = payment;
  return { state: { ...rest, statusReason: 'bank_unavailable' }, effects: [note('creation_unanswered', { code })] };
}

/** The bank's word withdraws it for good; without that word the customer may still pay, and that money is late. */
function cancelAnswered(payment: Payment, input: Of<'cancel_answered'>): PaymentStep | undefined {
  const { status } = payment;
  const isOpen = status === 'awaiting_confirmation' || status === 'unknown' || status === 'cancelled';
  if (!isOpen || !isAskable(payment)) return undefined;
  if (status === 'cancelled' && !input.isConfirmed) return undefined;
  const { unreachableSinceMs: _since, ...rest } = payment;
  const state: Payment = {
    ...rest,
    status: 'cancelled',
    statusReason: input.isConfirmed ? input.reason : 'cancel_unconfirmed',
    final: input.isConfirmed,
    watched: !input.isConfirmed,
  };
  const event = note(input.isConfirmed ? 'cancelled' : 'cancel_unconfirmed', { reason: input.reason }, input.actor);
  return { state, effects: status === 'cancelled' ? [event] : [event, ended(state)] };
}

function lookedUp(payment: Payment, { nowMs, bankPaymentId, actor }: Of<'looked_up'>): PaymentStep | undefined {
  if (!isUnanswered(payment)) return undefined;
  return {
    state: { ...payment, readAtMs: nowMs },
    effects: [note('invoice_looked_up', { bankPaymentId }, actor)],
  };
}

function invoiceFound(payment: Payment, input: Of<'invoice_found'>, rules: PaymentRules): PaymentStep | undefined {
  if (!isUnanswered(payment)) return undefined;
  const { bankPaymentId, nowMs, actor } = input;
  return opened(payment, bankPaymentId, nowMs, rules, note('invoice_found', { bankPaymentId }, actor));
}

function invoiceAbsent(payment: Payment, input: Of<'invoice_absent'>, rules: PaymentRules): PaymentStep | undefined {
  const { nowMs, reason, actor } = input;
  if (!isUnanswered(payment) || nowMs < invoiceBeganAt(payment) + rules.invoiceLifeMs) return undefined;
  const state: Payment = { ...payment, status: 'failed', statusReason: 'invoice_not_found', final: true };
  return {
    state,
    effects: [note('invoice_absent', { reason }, actor), closing('invoice_unanswered', 'not found'), ended(state)],
  };
}
