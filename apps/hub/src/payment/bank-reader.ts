import type { Clock } from '@tolem/base';
import { KaspiError, type PurchaseDetails, type PurchaseStatus } from '@tolem/kaspi-core';
import type { HubWorld } from '../hub-world.ts';
import type { Payment } from './payment.ts';
import type { PaymentInput } from './payment-input.ts';

/** Asks the bank about a payment that has a purchase, and says what was learnt as an input of its machine. Never rejects. */
export async function readPurchase(world: HubWorld, payment: Payment): Promise<PaymentInput> {
  const askedAtMs = world.time.nowMs();
  try {
    const status = await world.bank.readStatus(payment.bankPaymentId ?? '');
    const amount = await chargedAmount(world, payment, status);
    const { word, meaning } = status;
    return { kind: 'status_read', nowMs: world.time.nowMs(), askedAtMs, word, meaning, ...amount };
  } catch (error) {
    return { kind: 'read_failed', nowMs: world.time.nowMs(), askedAtMs, code: codeOf(error) };
  }
}

/** The amount of a `paid` that was said before it could be compared. */
export async function readAmount(world: HubWorld, payment: Payment): Promise<PaymentInput> {
  const askedAtMs = world.time.nowMs();
  try {
    const details = await readDetailsOf(world, payment.bankPaymentId ?? '', payment.deviceToken);
    return { kind: 'amount_read', nowMs: world.time.nowMs(), amount: details.totalAmount };
  } catch (error) {
    return { kind: 'read_failed', nowMs: world.time.nowMs(), askedAtMs, code: codeOf(error) };
  }
}

/** `Processed` without an amount: the details say what was charged, within two seconds, or it is compared later. Scheme 1 has none. */
async function chargedAmount(
  world: HubWorld,
  payment: Payment,
  status: PurchaseStatus,
): Promise<{ amount?: NonNullable<PurchaseStatus['amount']>; amountNeverTold?: boolean }> {
  if (status.meaning !== 'succeeded') return {};
  if (status.amount !== undefined) return { amount: status.amount };
  if (!world.bank.offer.details) return { amountNeverTold: true };
  const read = await within(world.clock, world.settings.intervals.detailsReadMs, readAmount(world, payment));
  return read?.kind === 'amount_read' ? { amount: read.amount } : {};
}

/** The result, or `undefined` when it takes longer; the call itself goes on to its own limit. */
export function within<Result>(clock: Clock, limitMs: number, run: Promise<Result>): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(limitMs, () => resolve(undefined));
    run.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** The details of this purchase; an answer about another one says nothing about ours. */
export async function readDetailsOf(
  world: HubWorld,
  bankPaymentId: string,
  deviceToken: string,
): Promise<PurchaseDetails> {
  const details = await world.bank.readDetails({ bankPaymentId, deviceToken });
  if (details.bankPaymentId === bankPaymentId) return details;
  world.log.error({ bankPaymentId, answeredAbout: details.bankPaymentId }, 'the bank answered about another purchase');
  throw new KaspiError('answer_unreadable', 'the bank answered about another purchase', { effect: 'none' });
}

export function codeOf(error: unknown): string {
  return error instanceof KaspiError ? error.code : 'unexpected';
}
