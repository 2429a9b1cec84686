import type { PurchaseMeaning } from '@tolem/kaspi-core';
import type { HubWorld } from '../hub-world.ts';
import { assertActing, isOwn } from '../lease/own.ts';
import { decideLateMoney } from '../refund/late-refund.ts';
import { readAmount, readPurchase } from './bank-reader.ts';
import type { Payment } from './payment.ts';
import type { PaymentInput } from './payment-input.ts';
import { applyToPayment } from './payment-ledger.ts';
import { nextPayment } from './payment-machine.ts';
import { creationEndsAt } from './watch-schedule.ts';

export type LookOutcome = {
  meaning?: PurchaseMeaning;
} /** With the payment as it is stored, where that was read. */ & (
  | { kind: 'same'; payment?: Payment }
  | { kind: 'stored'; payment: Payment }
  /** Another instance or generation owns it. */
  | { kind: 'gone' }
);

/** One look at a watched payment that is due: asks the bank where needed, and stores what changed, if anything did. */
export async function lookAtPayment(world: HubWorld, payment: Payment): Promise<LookOutcome> {
  if (payment.status === 'created') return endCreation(world, payment);
  if (payment.late?.outcome === 'open') return endLateWindow(world, payment);
  if (payment.method === 'invoice') return readInvoiceOnSchedule(world, payment);
  const input = payment.status === 'paid' ? await readAmount(world, payment) : await readPurchase(world, payment);
  const outcome = await learn(world, payment, input);
  return input.kind === 'status_read' ? { ...outcome, meaning: input.meaning } : outcome;
}

/** Stores what was learnt. Nothing is written, not even a lock taken, where the input changes nothing. */
export async function learn(world: HubWorld, payment: Payment, input: PaymentInput): Promise<LookOutcome> {
  const expected = nextPayment(payment, input, world.settings.intervals);
  if (!expected) return { kind: 'same' };
  if (expected.state === payment) {
    for (const effect of expected.effects)
      if (effect.kind === 'count') world.meter.count(effect.counter, effect.labels);
    return { kind: 'same' };
  }
  return changeOwn(world, payment.paymentId, () => input);
}

/** The moment is taken by compare-and-set before the bank is asked: at most one read for each, whatever dies on the way. */
async function readInvoiceOnSchedule(world: HubWorld, payment: Payment): Promise<LookOutcome> {
  const due = await changeOwn(world, payment.paymentId, () => ({ kind: 'read_due', nowMs: world.time.nowMs() }));
  if (due.kind !== 'stored' || !due.payment.watched) return due;
  const input =
    due.payment.status === 'paid' ? await readAmount(world, due.payment) : await readPurchase(world, due.payment);
  const learnt = await learn(world, due.payment, input);
  return learnt.kind === 'same' ? due : learnt;
}

async function endCreation(world: HubWorld, payment: Payment): Promise<LookOutcome> {
  return changeOwn(world, payment.paymentId, (current) => {
    const nowMs = world.time.nowMs();
    if (nowMs < creationEndsAt(current, world.settings.intervals)) return undefined;
    return { kind: 'creation_window_over', nowMs };
  });
}

/** Nobody has claimed the late money: it goes back, or a person decides where too much goes back at once. */
async function endLateWindow(world: HubWorld, payment: Payment): Promise<LookOutcome> {
  // What is given back is what was taken, so it must be known first; another amount than asked is a person's.
  if (payment.amountUnread === true && payment.method !== 'invoice') {
    const compared = await learn(world, payment, await readAmount(world, payment));
    if (compared.kind !== 'same') return compared;
  }
  const outcome = await world.store.transaction(async (tx) => {
    const current = await tx.payments.get(payment.paymentId, { lock: true });
    assertActing(world);
    if (!current || !isOwn(world, current)) return { kind: 'gone' as const };
    const changed = await decideLateMoney(tx, world, current);
    return changed ? { kind: 'stored' as const, payment: changed } : { kind: 'same' as const, payment: current };
  });
  return outcome;
}

async function changeOwn(
  world: HubWorld,
  paymentId: string,
  inputFor: (current: Payment) => PaymentInput | undefined,
): Promise<LookOutcome> {
  return world.store.transaction(async (tx) => {
    const current = await tx.payments.get(paymentId, { lock: true });
    assertActing(world);
    if (!current || !isOwn(world, current)) return { kind: 'gone' };
    const input = inputFor(current);
    const applied = input && (await applyToPayment(tx, world, current, input));
    return applied?.isChanged ? { kind: 'stored', payment: applied.payment } : { kind: 'same', payment: current };
  });
}
