import { type Money, type ProblemError, requestHash } from '@tolem/base';
import type { HubWorld } from '../hub-world.ts';
import { noteEvent } from '../payment/payment-ledger.ts';
import { problem } from '../problem-catalogue.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { Refund } from './refund.ts';

export interface RefundIntent {
  refundId: string;
  paymentId: string;
  agentId: string;
  amount: Money;
  reason: string;
  actor: string;
  keyHash?: string;
  bodyHash?: string;
  refundSessionId?: string;
  refundCodeId?: string;
}

/** The same id with another hash is another request. A refund of "all that is left" is hashed without an amount. */
export function refundHash(request: {
  paymentId: string;
  amount?: Money;
  reason: string;
  actor: string;
  refundSessionId?: string;
}): string {
  const { paymentId, amount, reason, actor, refundSessionId } = request;
  return requestHash({ paymentId, amount: amount?.toString(), reason, actor, refundSessionId });
}

export function refundConflict({ paymentId, refundId }: { paymentId: string; refundId: string }): ProblemError {
  return problem('refund_conflict', 'this refund id stands for another request', {
    paymentId,
    refundId,
    money: 'maybe',
  });
}

/**
 * Inserts a refund under this instance. The caller has locked the payment and reserved the amount in it in the same
 * transaction; the index of one active refund per payment refuses a second one.
 */
export async function insertRefund(
  tx: StoreTransaction,
  world: HubWorld,
  intent: RefundIntent,
  hash: string = refundHash(intent),
): Promise<Refund> {
  const nowMs = world.time.nowMs();
  const { agentId, ...members } = intent;
  const refund: Refund = {
    ...members,
    status: 'approved',
    requestHash: hash,
    version: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    nextReadAtMs: nowMs,
    sends: 0,
    source: 'hub',
    owner: world.lease.fence(),
  };
  const isNew = await tx.refunds.insert(refund);
  // Begun at the same moment for another payment: what was reserved here is dropped with the transaction.
  if (!isNew) throw refundConflict(intent);
  await noteEvent(tx, world, intent.paymentId, {
    kind: 'refund_approved',
    actor: intent.actor,
    data: { refundId: intent.refundId, amount: intent.amount.toString(), reason: intent.reason },
  });
  tx.hint({ kind: 'refund', refundId: intent.refundId, paymentId: intent.paymentId, agentId });
  world.meter.count('refunds_created', { by: intent.actor.split(':')[0] ?? '' });
  return refund;
}
