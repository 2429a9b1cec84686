import { assert } from '@tolem/base';
import { closeCaseOf, openCase } from '../case/case-opener.ts';
import type { HubWorld } from '../hub-world.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { Payment } from './payment.ts';
import type { PaymentEffect, PaymentInput } from './payment-input.ts';
import { nextPayment } from './payment-machine.ts';

/** What became of an input: the payment as it now is, and whether the input meant anything. */
export interface Applied {
  payment: Payment;
  isChanged: boolean;
}

/**
 * Feeds an input to a payment that the caller has locked, and stores the outcome with its events and cases. The writer
 * becomes (or stays) the owner: its lease is checked in the same transaction, so a lapsed instance writes nothing.
 */
export async function applyToPayment(
  tx: StoreTransaction,
  world: HubWorld,
  before: Payment,
  input: PaymentInput,
  also: { actor?: string; reserve?: Payment['refundReserved'] } = {},
): Promise<Applied> {
  const step = nextPayment(before, input, world.settings.intervals);
  if (!step) return { payment: before, isChanged: false };
  const actor = also.actor ?? 'hub';
  if (step.state === before) {
    await perform(tx, world, before, step.effects, actor);
    return { payment: before, isChanged: false };
  }
  const reserved = also.reserve === undefined ? step.state : { ...step.state, refundReserved: also.reserve };
  const payment = await storePayment(tx, world, before, reserved);
  await perform(tx, world, payment, step.effects, actor);
  return { payment, isChanged: true };
}

/** Stores a locked payment under the next version and this instance's ownership. */
export async function storePayment(
  tx: StoreTransaction,
  world: HubWorld,
  before: Payment,
  changed: Payment,
): Promise<Payment> {
  const owner = world.lease.fence();
  await tx.leases.check(owner);
  const payment: Payment = {
    ...changed,
    version: before.version + 1,
    updatedAtMs: Math.max(world.time.nowMs(), before.updatedAtMs),
    owner,
  };
  const isSaved = await tx.payments.save(payment, { version: before.version });
  assert(isSaved, 'a locked payment changed under its lock');
  hintPayment(tx, payment);
  return payment;
}

export function hintPayment(tx: StoreTransaction, payment: Payment): void {
  const { paymentId, agentId, version } = payment;
  tx.hint({ kind: 'payment', paymentId, agentId, version });
}

export function noteEvent(
  tx: StoreTransaction,
  world: HubWorld,
  paymentId: string,
  event: { kind: string; actor: string; data?: Record<string, unknown> },
): Promise<void> {
  return tx.payments.addEvent(paymentId, { atMs: world.time.nowMs(), data: {}, ...event });
}

async function perform(
  tx: StoreTransaction,
  world: HubWorld,
  payment: Payment,
  effects: readonly PaymentEffect[],
  actor: string,
): Promise<void> {
  const { paymentId, agentId } = payment;
  for (const effect of effects) {
    if (effect.kind === 'note') {
      if (effect.event === 'unlisted_word')
        world.log.error({ paymentId, ...effect.data }, 'the bank said an unlisted word');
      await noteEvent(tx, world, paymentId, { kind: effect.event, actor: effect.actor ?? actor, data: effect.data });
    } else if (effect.kind === 'case') {
      const amount = effect.amount === undefined ? {} : { amount: effect.amount };
      const about = { kind: effect.caseKind, subject: paymentId, paymentId, agentId, ...amount, detail: effect.detail };
      await openCase(tx, world, about);
    } else if (effect.kind === 'close_case') {
      const key = { kind: effect.caseKind, subject: paymentId };
      await closeCaseOf(tx, world, key, { by: 'hub', reason: effect.reason });
    } else {
      world.meter.count(effect.counter, effect.labels);
    }
  }
}
