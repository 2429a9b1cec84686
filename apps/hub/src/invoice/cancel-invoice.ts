import type { Caller } from '../caller.ts';
import type { HubWorld } from '../hub-world.ts';
import { codeOf } from '../payment/bank-reader.ts';
import type { Payment } from '../payment/payment.ts';
import type { PaymentInput } from '../payment/payment-input.ts';
import { applyToPayment, noteEvent } from '../payment/payment-ledger.ts';
import type { PaymentEvent } from '../payment/payment-service.ts';
import { actorOf } from '../payment/payment-watch.ts';
import { visiblePayment } from '../payment/visible-payment.ts';
import { problem } from '../problem-catalogue.ts';
import { isAskable, refreshableInMs } from './invoice-schedule.ts';
import { readInvoice } from './refresh-invoice.ts';

export interface InvoiceCancellation {
  world: HubWorld;
  caller: Caller;
  reason: string;
  onStored: (payment: Payment) => void;
}

const EVENT = 'cancel_asked';
/** The reason of an agent whose till was not told in time. */
export const ABANDONED = 'abandoned';
/** Longer than a withdrawal takes: one that is older and has come to nothing was cut off, by a crash or by the database. */
const WITHDRAWAL_MS = 30_000;
/** A program's wish is carried out anew this often at most. */
const ABANDONED_ASKS = 3;

/** The answer of `remote/cancel`: the bank's word as a read of the status, or a doubt. */
type CancelAnswer = Extract<PaymentInput, { kind: 'status_read' }> | { kind: 'doubt'; code: string };

/**
 * Withdraws an invoice that the customer has [QR 3.9 §4.6.3]. The bank's word decides: withdrawn is `cancelled`, paid is
 * `paid`. On a doubt the bank is read once, unless it was a moment ago; if that settles nothing either, the payment is
 * `cancelled` with `cancel_unconfirmed`: asked for again it tries again, and money that still comes is late money.
 */
export async function cancelInvoice(options: InvoiceCancellation, before: Payment): Promise<Payment> {
  const { world, caller, reason } = options;
  const { paymentId } = before;
  const actor = actorOf(caller);
  const isNew = await world.store.transaction(async (tx) => {
    const current = await visiblePayment(tx, caller, paymentId, { lock: true });
    if (reason === ABANDONED && isConsidered(world, current, await tx.payments.events(paymentId))) return false;
    await noteEvent(tx, world, paymentId, { kind: EVENT, actor, data: { reason } });
    return true;
  });
  if (!isNew) return before;
  const cancelled = (isConfirmed = true): PaymentInput => {
    return { kind: 'cancel_answered', nowMs: world.time.nowMs(), isConfirmed, reason, actor };
  };
  const answer = await askToCancel(world, before);
  if (answer.kind === 'doubt') world.log.warn({ paymentId, code: answer.code }, 'the bank did not confirm a cancel');
  const isWithdrawn = answer.kind === 'status_read' && answer.meaning === 'failed';
  // Whether it was paid is learnt with the amount, by a read of its own.
  const isPaid = answer.kind === 'status_read' && answer.meaning === 'succeeded';
  if (answer.kind === 'status_read' && !isPaid) {
    return commit(options, paymentId, isWithdrawn ? cancelled() : answer);
  }
  // Whoever withdrew it, we had asked for it.
  const read = await readOnce(options, paymentId, (learnt) =>
    learnt.kind === 'status_read' && learnt.meaning === 'failed' ? cancelled() : learnt,
  );
  // The word of the answer stands, also where no read could follow it: the amount is compared later.
  if (isPaid) return commit(options, paymentId, answer);
  if (read.status !== 'awaiting_confirmation' && read.status !== 'unknown') return read;
  return commit(options, paymentId, cancelled(false));
}

/**
 * A program that gave up asks again and again; only a person has the bank bothered a second time about what came to
 * something. Throws where an earlier wish may still be under way.
 */
function isConsidered(world: HubWorld, payment: Payment, events: readonly PaymentEvent[]): boolean {
  const asks = events.filter(({ kind, data }) => kind === EVENT && data.reason === ABANDONED);
  const last = asks.at(-1);
  if (!last) return false;
  if (payment.status === 'cancelled' || asks.length >= ABANDONED_ASKS) return true;
  if (world.time.nowMs() - last.atMs >= WITHDRAWAL_MS) return false;
  const { paymentId } = payment;
  throw problem('bank_unavailable', 'the invoice is being withdrawn', { paymentId, money: 'maybe', retryAfterS: 30 });
}

/** Whether there is anything at the bank to withdraw; a cancel that was never confirmed is tried again. */
export function isWithdrawable(payment: Payment): boolean {
  const isUnconfirmed = payment.status === 'cancelled' && payment.statusReason === 'cancel_unconfirmed';
  const isOpen = payment.status === 'awaiting_confirmation' || payment.status === 'unknown' || isUnconfirmed;
  return payment.method === 'invoice' && isOpen && isAskable(payment);
}

async function askToCancel(world: HubWorld, payment: Payment): Promise<CancelAnswer> {
  const { organizationBin, deviceToken, bankPaymentId = '' } = payment;
  const askedAtMs = world.time.nowMs();
  try {
    const { word, meaning } = await world.bank.cancelInvoice({ organizationBin, deviceToken, bankPaymentId });
    return { kind: 'status_read', nowMs: world.time.nowMs(), askedAtMs, word, meaning };
  } catch (error) {
    return { kind: 'doubt', code: codeOf(error) };
  }
}

async function readOnce(
  options: InvoiceCancellation,
  paymentId: string,
  read: (learnt: PaymentInput) => PaymentInput,
): Promise<Payment> {
  const { world, caller, onStored } = options;
  const begun = await world.store.transaction(async (tx) => {
    const payment = await visiblePayment(tx, caller, paymentId, { lock: true });
    if (refreshableInMs(payment, world.time.nowMs()) > 0) return { payment, isChanged: false };
    const input = { kind: 'asked_again', nowMs: world.time.nowMs(), actor: 'hub' } as const;
    return applyToPayment(tx, world, payment, input);
  });
  onStored(begun.payment);
  if (!begun.isChanged) return begun.payment;
  return readInvoice({ world, onStored, caller, read }, begun.payment);
}

async function commit(options: InvoiceCancellation, paymentId: string, input: PaymentInput): Promise<Payment> {
  const { world, caller, onStored } = options;
  const { payment } = await world.store.transaction(async (tx) => {
    const current = await visiblePayment(tx, caller, paymentId, { lock: true });
    return applyToPayment(tx, world, current, input, { actor: actorOf(caller) });
  });
  onStored(payment);
  return payment;
}
