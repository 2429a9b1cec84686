import { assert } from '@tolem/base';
import { closeCaseOf, openCase } from '../case/case-opener.ts';
import type { HubWorld } from '../hub-world.ts';
import type { Payment } from '../payment/payment.ts';
import { applyToPayment, noteEvent, storePayment } from '../payment/payment-ledger.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { Refund } from './refund.ts';
import type { RefundEffect, RefundInput } from './refund-input.ts';
import { nextRefund } from './refund-machine.ts';

export interface RefundApplied {
  refund: Refund;
  payment: Payment;
  isChanged: boolean;
  /** The intent to call is committed with this transaction; the caller makes the call. */
  isToSend: boolean;
}

/** Asked under the locks; it may read more through the transaction. */
export type InputFor = (
  refund: Refund,
  payment: Payment,
  tx: StoreTransaction,
) => RefundInput | undefined | Promise<RefundInput | undefined>;

/** The cases that a refund can have; they end with it. */
const REFUND_CASES = ['refund_unknown', 'refund_available_differs', 'refund_stuck'] as const;

/**
 * Feeds an input to a refund, with its payment locked before it, and stores the outcome: the refund, the payment's money,
 * events and cases in one transaction, by an instance whose lease is live.
 */
export async function applyToRefund(
  tx: StoreTransaction,
  world: HubWorld,
  refundId: string,
  inputFor: InputFor,
  actor = 'hub',
): Promise<RefundApplied | undefined> {
  const known = await tx.refunds.get(refundId);
  const payment = known && (await tx.payments.get(known.paymentId, { lock: true }));
  const before = payment && (await tx.refunds.get(refundId, { lock: true }));
  if (!before) return undefined;
  const input = await inputFor(before, payment, tx);
  const step = input && nextRefund(before, input, world.settings.intervals);
  if (!step) return { refund: before, payment, isChanged: false, isToSend: false };
  if (step.state === before) {
    for (const effect of step.effects) await perform(tx, world, before, payment, effect, actor);
    return { refund: before, payment, isChanged: false, isToSend: false };
  }
  const owner = world.lease.fence();
  await tx.leases.check(owner);
  const refund: Refund = { ...step.state, version: before.version + 1, updatedAtMs: world.time.nowMs(), owner };
  const isSaved = await tx.refunds.save(refund, { version: before.version });
  assert(isSaved, 'a locked refund changed under its lock');
  let current = payment;
  for (const effect of step.effects) current = await perform(tx, world, refund, current, effect, actor);
  tx.hint({ kind: 'refund', refundId, paymentId: refund.paymentId, agentId: payment.agentId });
  return { refund, payment: current, isChanged: true, isToSend: step.effects.some((one) => one.kind === 'send') };
}

async function perform(
  tx: StoreTransaction,
  world: HubWorld,
  refund: Refund,
  payment: Payment,
  effect: RefundEffect,
  actor: string,
): Promise<Payment> {
  const { refundId, paymentId } = refund;
  switch (effect.kind) {
    case 'send':
      if (refund.sends > 1) world.meter.count('refunds_resent');
      return payment;
    case 'note':
      await noteEvent(tx, world, paymentId, {
        kind: effect.event,
        actor: effect.actor ?? actor,
        data: { refundId, ...effect.data },
      });
      return payment;
    case 'case':
      await openCase(tx, world, {
        kind: effect.caseKind,
        subject: refundId,
        agentId: payment.agentId,
        paymentId,
        refundId,
        amount: refund.amount,
        detail: effect.detail,
      });
      return payment;
    case 'close_cases':
      for (const kind of REFUND_CASES) {
        await closeCaseOf(tx, world, { kind, subject: refundId }, { by: effect.by, reason: effect.reason });
      }
      return payment;
    case 'ended':
      return moveMoney(tx, world, refund, payment, effect.outcome);
  }
}

/** What was reserved has gone back, or is free again; late money learns about it. */
async function moveMoney(
  tx: StoreTransaction,
  world: HubWorld,
  refund: Refund,
  payment: Payment,
  outcome: 'confirmed' | 'declined',
): Promise<Payment> {
  world.meter.count('refunds_ended', { outcome, evidence: refund.evidence ?? '' });
  const refundReserved = payment.refundReserved.minus(refund.amount);
  const refunded = outcome === 'confirmed' ? payment.refunded.plus(refund.amount) : payment.refunded;
  const stored = await storePayment(tx, world, payment, { ...payment, refundReserved, refunded });
  const input = { kind: 'late_refund_ended', nowMs: world.time.nowMs(), outcome } as const;
  return (await applyToPayment(tx, world, stored, input)).payment;
}
