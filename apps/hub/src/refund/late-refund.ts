import type { RefundWay } from '@tolem/kaspi-core';
import type { HubWorld } from '../hub-world.ts';
import type { Payment } from '../payment/payment.ts';
import { applyToPayment } from '../payment/payment-ledger.ts';
import { watchLengthMs } from '../payment/watch-schedule.ts';
import type { StoreTransaction } from '../store/store.ts';
import { insertRefund } from './new-refund.ts';

/**
 * The claim window of late money has ended: it is refunded by itself, or becomes a case where an organisation has had more
 * automatic refunds than the limit, and always where the bank's scheme has no refund without the customer [decisions: late
 * money; notes 1.3]. Returns the payment as stored, or nothing while the window is open.
 */
export async function decideLateMoney(
  tx: StoreTransaction,
  world: HubWorld,
  payment: Payment,
): Promise<Payment | undefined> {
  const nowMs = world.time.nowMs();
  const { late } = payment;
  if (late?.outcome !== 'open' || nowMs < late.claimUntilMs) return undefined;
  const why = WHY_A_PERSON[world.bank.offer.refunds];
  if (why !== undefined) {
    const input = { kind: 'late_window_over', nowMs, next: 'case', why } as const;
    return (await applyToPayment(tx, world, payment, input)).payment;
  }
  if (payment.amountUnread === true) {
    // Nobody knows how much there is to give back: asked for as long as late money is watched for, of an invoice not at all.
    if (payment.method !== 'invoice' && nowMs < late.detectedAtMs + watchLengthMs(world.settings.intervals.lateWatch))
      return undefined;
    const input = { kind: 'late_window_over', nowMs, next: 'case', why: 'amount_unread' } as const;
    return (await applyToPayment(tx, world, payment, input)).payment;
  }
  if (!(await isWithinLimits(tx, world, payment, nowMs))) {
    return (await applyToPayment(tx, world, payment, { kind: 'late_window_over', nowMs, next: 'case' })).payment;
  }
  const refundId = world.ids.uuid();
  const reserve = payment.refundReserved.plus(late.amount);
  const input = { kind: 'late_window_over', nowMs, next: { refundId } } as const;
  const stored = await applyToPayment(tx, world, payment, input, { reserve });
  await insertRefund(tx, world, {
    refundId,
    paymentId: payment.paymentId,
    agentId: payment.agentId,
    amount: late.amount,
    reason: 'late money',
    actor: 'system:late',
  });
  return stored.payment;
}

/** Schemes 1 and 2 give nothing back by themselves: what a person has to do instead. */
const WHY_A_PERSON: Record<RefundWay, string | undefined> = {
  none: 'refund_in_kaspi_pay',
  with_customer: 'customer_required',
  without_customer: undefined,
};

async function isWithinLimits(
  tx: StoreTransaction,
  world: HubWorld,
  payment: Payment,
  nowMs: number,
): Promise<boolean> {
  const { autoRefundCount, autoRefundTiyn, autoRefundWindowMs } = world.settings.limits;
  const recent = await tx.refunds.automaticSince(payment.organizationBin, nowMs - autoRefundWindowMs);
  const amount = payment.late?.amount.tiyn ?? 0n;
  return recent.count + 1 <= autoRefundCount && recent.tiyn + amount <= autoRefundTiyn;
}
