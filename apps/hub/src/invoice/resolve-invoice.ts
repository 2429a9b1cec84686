import { Money } from '@tolem/base';
import type { PurchaseDetails } from '@tolem/kaspi-core';
import type { Caller } from '../caller.ts';
import { isHubError } from '../hub-error.ts';
import type { HubWorld } from '../hub-world.ts';
import { readDetailsOf, readPurchase } from '../payment/bank-reader.ts';
import type { Payment } from '../payment/payment.ts';
import type { PaymentInput } from '../payment/payment-input.ts';
import { applyToPayment } from '../payment/payment-ledger.ts';
import { actorOf } from '../payment/payment-watch.ts';
import { visiblePayment } from '../payment/visible-payment.ts';
import { plainText } from '../plain-text.ts';
import { problem } from '../problem-catalogue.ts';
import { isUnanswered } from './invoice-machine.ts';
import { invoiceBeganAt } from './invoice-schedule.ts';
import { assertRefreshable } from './refresh-invoice.ts';

/** What a person found at the bank under our reference: the invoice's id, or nothing. */
export type InvoiceResolution = { outcome: 'found'; bankPaymentId: string } | { outcome: 'not_found'; reason: string };

const REASON_LIMIT = 500;
/** The bank's clock and ours, and a purchase from before our own is not our invoice. */
const CLOCKS_MS = 10 * 60_000;

/**
 * The end of a case `invoice_unanswered`. An id is believed only after the bank's own words about it: it is a purchase of the
 * same amount, from our own time, that no other payment has. "Not found" is taken only when nobody can pay it
 * any more.
 */
export async function resolveInvoice(
  world: HubWorld,
  caller: Caller,
  paymentId: string,
  resolution: InvoiceResolution,
): Promise<Payment> {
  if (caller.kind !== 'person')
    throw problem('forbidden', 'only a person looks for an invoice at the bank', { paymentId });
  if (resolution.outcome === 'not_found') return settleAbsent(world, caller, paymentId, resolution.reason);
  const { bankPaymentId } = resolution;
  const begun = await beginLooking(world, caller, paymentId, bankPaymentId);
  const learnt = await verify(world, { ...begun, bankPaymentId });
  return world.store
    .transaction(async (tx) => {
      const current = await visiblePayment(tx, caller, paymentId, { lock: true });
      assertUnanswered(current);
      const input = {
        kind: 'invoice_found',
        nowMs: world.time.nowMs(),
        bankPaymentId,
        actor: actorOf(caller),
      } as const;
      const found = await applyToPayment(tx, world, current, input, { actor: actorOf(caller) });
      return (await applyToPayment(tx, world, found.payment, learnt)).payment;
    })
    .catch((error: unknown) => {
      if (!isHubError(error, 'store_conflict')) throw error;
      throw problem('invoice_differs', 'another payment has this purchase', { paymentId }, error);
    });
}

async function settleAbsent(world: HubWorld, caller: Caller, paymentId: string, reason: string): Promise<Payment> {
  const actor = actorOf(caller);
  const text = plainText(reason, 'reason', REASON_LIMIT, 1);
  return world.store.transaction(async (tx) => {
    const payment = await visiblePayment(tx, caller, paymentId, { lock: true });
    assertUnanswered(payment);
    const input = { kind: 'invoice_absent', nowMs: world.time.nowMs(), reason: text, actor } as const;
    const applied = await applyToPayment(tx, world, payment, input, { actor });
    if (applied.isChanged) return applied.payment;
    const untilMs = invoiceBeganAt(payment) + world.settings.intervals.invoiceLifeMs;
    const retryAfterS = Math.ceil((untilMs - world.time.nowMs()) / 1_000);
    throw problem('invoice_may_live', 'it may be on the customer’s phone for a day', { paymentId, retryAfterS });
  });
}

/** Takes the turn to ask the bank, and refuses an id that another payment has before asking. */
function beginLooking(world: HubWorld, caller: Caller, paymentId: string, bankPaymentId: string): Promise<Payment> {
  return world.store.transaction(async (tx) => {
    const payment = await visiblePayment(tx, caller, paymentId, { lock: true });
    assertUnanswered(payment);
    const { payments } = await tx.payments.search({ text: bankPaymentId, limit: 1 });
    if (payments[0])
      throw problem('invoice_differs', `payment ${payments[0].paymentId} has this purchase`, { paymentId });
    assertRefreshable(world, payment);
    const input = { kind: 'looked_up', nowMs: world.time.nowMs(), bankPaymentId, actor: actorOf(caller) } as const;
    return (await applyToPayment(tx, world, payment, input)).payment;
  });
}

/** The bank's word about the purchase that a person named, where all that it says of it fits. */
async function verify(world: HubWorld, payment: Payment): Promise<PaymentInput> {
  const { paymentId, bankPaymentId = '', deviceToken, amount } = payment;
  const about = { paymentId };
  const read = await readPurchase(world, payment);
  if (read.kind !== 'status_read') {
    throw problem('invoice_unverified', 'the bank does not answer about this purchase', { ...about, retryAfterS: 30 });
  }
  const details = await readDetailsOf(world, bankPaymentId, deviceToken).catch(() => undefined);
  const known = details?.totalAmount ?? read.amount ?? Money.zero;
  if (known.isZero)
    throw problem('invoice_unverified', 'the bank does not tell its amount', { ...about, retryAfterS: 30 });
  if (!known.equals(amount)) throw problem('invoice_differs', `this purchase is of ${known.toString()}`, about);
  if (details && !isOfOurTime(payment, details)) {
    throw problem('invoice_differs', 'this purchase is older than the invoice', about);
  }
  return read;
}

function isOfOurTime(payment: Payment, { transactionAtMs }: PurchaseDetails): boolean {
  return transactionAtMs === undefined || transactionAtMs >= invoiceBeganAt(payment) - CLOCKS_MS;
}

function assertUnanswered(payment: Payment): void {
  if (isUnanswered(payment)) return;
  throw problem('invoice_not_unanswered', 'this payment is no invoice that somebody must find', {
    paymentId: payment.paymentId,
  });
}
