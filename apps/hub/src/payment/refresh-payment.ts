import type { Caller } from '../caller.ts';
import type { HubWorld } from '../hub-world.ts';
import { refreshInvoice } from '../invoice/refresh-invoice.ts';
import { problem } from '../problem-catalogue.ts';
import type { StoreTransaction } from '../store/store.ts';
import { readAmount, readPurchase } from './bank-reader.ts';
import type { Payment } from './payment.ts';
import { applyToPayment, noteEvent } from './payment-ledger.ts';
import { actorOf } from './payment-watch.ts';
import { visiblePayment } from './visible-payment.ts';

/** The bank is asked at most this often at a person's wish [decisions: invoices]. */
const LEAST_PAUSE_MS = 30_000;
const EVENT = 'refreshed';

/**
 * What is held because the bank said nothing that decides is watched again, and the bank is asked once, at once. A payment
 * that is final, or has no purchase to ask about, is returned as it is.
 */
export async function refreshPayment(
  world: HubWorld,
  onStored: (payment: Payment) => void,
  caller: Caller,
  asked: { paymentId: string; by?: string },
): Promise<Payment> {
  const { paymentId } = asked;
  const known = await world.store.transaction((tx) => visiblePayment(tx, caller, paymentId));
  if (known.method === 'invoice') return refreshInvoice(world, onStored, caller, asked);
  if (caller.kind !== 'person') throw problem('forbidden', 'only a person asks the bank again', { paymentId });
  const payment = await world.store.transaction((tx) => begin(tx, world, caller, paymentId));
  if (payment.final || payment.bankPaymentId === undefined) return payment;
  onStored(payment);
  const learnt = payment.status === 'paid' ? await readAmount(world, payment) : await readPurchase(world, payment);
  const applied = await world.store.transaction(async (tx) => {
    const current = await visiblePayment(tx, caller, paymentId, { lock: true });
    return applyToPayment(tx, world, current, learnt);
  });
  onStored(applied.payment);
  return applied.payment;
}

async function begin(tx: StoreTransaction, world: HubWorld, caller: Caller, paymentId: string): Promise<Payment> {
  const payment = await visiblePayment(tx, caller, paymentId, { lock: true });
  if (payment.source === 'edge') throw problem('payment_not_found', 'the payment belongs to its agent', { paymentId });
  if (payment.final || payment.bankPaymentId === undefined) return payment;
  const nowMs = world.time.nowMs();
  const last = (await tx.payments.events(paymentId)).findLast((event) => event.kind === EVENT);
  const waitMs = last === undefined ? 0 : last.atMs + LEAST_PAUSE_MS - nowMs;
  if (waitMs > 0) {
    const retryAfterS = Math.ceil(waitMs / 1_000);
    throw problem('refresh_too_soon', 'the bank was asked a moment ago', { paymentId, retryAfterS });
  }
  const actor = actorOf(caller);
  await noteEvent(tx, world, paymentId, { kind: EVENT, actor });
  return (await applyToPayment(tx, world, payment, { kind: 'asked_again', nowMs, actor }, { actor })).payment;
}
