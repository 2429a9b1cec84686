import type { HubWorld } from '../hub-world.ts';
import type { Payment } from '../payment/payment.ts';
import type { PaymentRules } from '../payment/payment-input.ts';

/** From when the day of an invoice is counted: it was sent a moment before the bank began to count. */
export function invoiceBeganAt(payment: Payment): number {
  return payment.sentAtMs ?? payment.createdAtMs;
}

/** The last moment at which the hub asks about an invoice by itself. */
export function invoiceWatchEnd(payment: Payment, rules: PaymentRules): number {
  return invoiceBeganAt(payment) + (rules.invoiceReadsMs.at(-1) ?? 0);
}

/**
 * The next moment at which the hub does something about an invoice by itself: one of its reads, those that were missed left
 * out, or the end of the watch a little after the last of them.
 */
export function nextInvoiceMoment(payment: Payment, nowMs: number, rules: PaymentRules): number {
  const beganAtMs = invoiceBeganAt(payment);
  const read = rules.invoiceReadsMs.map((afterMs) => beganAtMs + afterMs).find((atMs) => atMs > nowMs);
  return read ?? Math.max(nowMs, invoiceWatchEnd(payment, rules)) + rules.invoiceConcludeMs;
}

/** Whether the bank's word about this payment could still say something, and a person may therefore ask for it. */
export function isAskable(payment: Payment): boolean {
  const { bankPaymentId, final, late, source, status, statusReason } = payment;
  const isHeld = status === 'created' || statusReason === 'amount_mismatch';
  return source === 'hub' && bankPaymentId !== undefined && !final && late === undefined && !isHeld;
}

/** A person may have the bank asked about one invoice this often [decisions: invoices]. */
const REFRESH_MS = 30_000;

/** How long a person must wait until the bank may be asked about this invoice again; 0 where it may be asked now, or never. */
export function refreshableInMs(payment: Payment, nowMs: number): number {
  if (payment.method !== 'invoice' || payment.readAtMs === undefined || payment.final) return 0;
  return Math.max(0, payment.readAtMs + REFRESH_MS - nowMs);
}

/** An invoice that came back from its agent's record: the bank is asked at its moments, not now; without an id a person is. */
export function rebuiltInvoice(world: HubWorld, payment: Payment): Payment {
  const sent: Payment = { ...payment, sentAtMs: payment.createdAtMs, pollIntervalMs: 0 };
  if (payment.bankPaymentId === undefined) {
    return { ...sent, status: 'unknown', statusReason: 'invoice_unanswered', final: false, watched: false };
  }
  const rules = world.settings.intervals;
  const deadline = sent.createdAtMs + rules.invoiceLifeMs;
  return {
    ...sent,
    confirmDeadlineMs: deadline,
    expiresAtMs: deadline,
    watchUntilMs: invoiceWatchEnd(sent, rules),
    ...(payment.watched ? { nextReadAtMs: nextInvoiceMoment(sent, world.time.nowMs(), rules) } : {}),
  };
}
