import type { Caller } from '../caller.ts';
import type { HubWorld } from '../hub-world.ts';
import { readAmount, readPurchase } from '../payment/bank-reader.ts';
import type { Payment } from '../payment/payment.ts';
import type { PaymentInput } from '../payment/payment-input.ts';
import { type Applied, applyToPayment } from '../payment/payment-ledger.ts';
import { actorOf } from '../payment/payment-watch.ts';
import { visiblePayment } from '../payment/visible-payment.ts';
import { problem } from '../problem-catalogue.ts';
import { isAskable, refreshableInMs } from './invoice-schedule.ts';

type OnStored = (payment: Payment) => void;

/**
 * A person at the till or at headquarters asks what became of an invoice: one read, at most one in 30 s for each invoice
 * whoever asks [decisions: invoices]. What the bank can say nothing about any more is returned as it is.
 */
export async function refreshInvoice(
  world: HubWorld,
  onStored: OnStored,
  caller: Caller,
  asked: { paymentId: string; by?: string },
): Promise<Payment> {
  const { paymentId, by } = asked;
  const actor = by === undefined ? actorOf(caller) : `${actorOf(caller)}/${by}`;
  const begun = await world.store.transaction(async (tx): Promise<Applied> => {
    const payment = await visiblePayment(tx, caller, paymentId, { lock: true });
    if (!isAskable(payment)) return { payment, isChanged: false };
    assertRefreshable(world, payment);
    return applyToPayment(tx, world, payment, { kind: 'asked_again', nowMs: world.time.nowMs(), actor }, { actor });
  });
  if (!begun.isChanged) return begun.payment;
  onStored(begun.payment);
  return readInvoice({ world, onStored, caller }, begun.payment);
}

/** Throws `refresh_too_soon` with how long to wait. */
export function assertRefreshable(world: HubWorld, payment: Payment): void {
  const waitMs = refreshableInMs(payment, world.time.nowMs());
  if (waitMs === 0) return;
  const retryAfterS = Math.ceil(waitMs / 1_000);
  const { paymentId } = payment;
  throw problem('refresh_too_soon', 'the bank was asked a moment ago', { paymentId, retryAfterS });
}

export interface InvoiceRead {
  world: HubWorld;
  onStored: OnStored;
  caller: Caller;
  /** How the bank's word is to be taken. */
  read?: (learnt: PaymentInput) => PaymentInput;
}

/** One read, whose moment is stored already, and what it taught. */
export async function readInvoice(options: InvoiceRead, payment: Payment): Promise<Payment> {
  const { world, onStored, caller, read = (given) => given } = options;
  const learnt = payment.status === 'paid' ? await readAmount(world, payment) : await readPurchase(world, payment);
  const applied = await world.store.transaction(async (tx) => {
    const current = await visiblePayment(tx, caller, payment.paymentId, { lock: true });
    return applyToPayment(tx, world, current, read(learnt));
  });
  onStored(applied.payment);
  return applied.payment;
}
