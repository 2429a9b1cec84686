import { Money } from '@tolem/base';
import type { RefundFact } from '@tolem/proto';
import { closeCaseOf, openCase } from '../case/case-opener.ts';
import { applyToCommand } from '../command/command-ledger.ts';
import type { HubWorld } from '../hub-world.ts';
import { edgeOf, storeEdgePayment, withAsked } from '../payment/edge-record.ts';
import { present } from '../present.ts';
import type { Refund } from '../refund/refund.ts';
import { SILENT_REFUND_CASE } from '../refund/silent-refunds.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { FactEffect } from './edge-payment.ts';

/**
 * Refunds that the agent owns: each stands among the refunds as the agent tells it, and ends the command by which it was
 * asked for; their confirmed sum is shown with the payment, and held to what was paid.
 */
export async function applyRefundFact(
  tx: StoreTransaction,
  world: HubWorld,
  agentId: string,
  fact: RefundFact,
): Promise<FactEffect> {
  const { paymentId, refundId } = fact;
  const payment = await tx.payments.get(paymentId, { lock: true });
  if (payment?.agentId !== agentId || payment.source !== 'edge') {
    // The hub's own refunds are the hub's truth; a refund of nothing that we hold is for a person.
    if (payment?.agentId === agentId) return { applied: true };
    const detail = { paymentId, refundId };
    await openCase(tx, world, { kind: 'refund_without_payment', subject: `${agentId}/${refundId}`, agentId, detail });
    return { applied: false };
  }
  if (!Money.parse(fact.amount).isPositive) {
    const detail = { refundId, amount: fact.amount };
    await openCase(tx, world, { kind: 'journal_row_unreadable', subject: `${agentId}/${refundId}`, agentId, detail });
    return { applied: false };
  }
  const { refunds } = edgeOf(payment);
  if ((refunds[refundId]?.version ?? 0) >= fact.version) return { applied: true };
  const told = withAsked(payment, refundId, undefined);
  const changed = { ...told, edge: { ...edgeOf(told), refunds: { ...refunds, [refundId]: fact } } };
  const event = { kind: `refund_${fact.status}`, actor: `agent:${agentId}`, data: { refundId } };
  const stored = await storeEdgePayment(tx, world, { known: payment, changed }, event);
  await storeRefund(tx, world, agentId, fact);
  return { applied: true, payment: stored };
}

/** A row under an id that stands for another refund is left alone, with a case: ids are random, so somebody made it up. */
async function storeRefund(tx: StoreTransaction, world: HubWorld, agentId: string, fact: RefundFact): Promise<void> {
  const { refundId, paymentId } = fact;
  const known = await tx.refunds.get(refundId, { lock: true });
  if (known && (known.source !== 'edge' || known.paymentId !== paymentId)) {
    const detail = { paymentId, refundId, refundOf: known.paymentId };
    await openCase(tx, world, { kind: 'foreign_refund', subject: `${agentId}/${refundId}`, agentId, detail });
    return;
  }
  const refund = shown(world, agentId, fact, known);
  if (known) await tx.refunds.save(refund, { version: known.version });
  else await tx.refunds.insert(refund);
  if (known && (known.status === 'approved' || known.status === 'sent')) {
    const closing = { by: `agent:${agentId}`, reason: 'the agent has told of it' };
    await closeCaseOf(tx, world, { kind: SILENT_REFUND_CASE, subject: refundId }, closing);
  }
  tx.hint({ kind: 'refund', refundId, paymentId, agentId });
  const reason = fact.statusReason;
  const input = { kind: 'told', nowMs: world.time.nowMs(), status: fact.status, ...present({ reason }) } as const;
  await applyToCommand(tx, world, { refundId }, () => input);
}

/** Who asked stays who asked at headquarters, also when the agent tells how it went. */
function shown(world: HubWorld, agentId: string, fact: RefundFact, known: Refund | undefined): Refund {
  return {
    refundId: fact.refundId,
    paymentId: fact.paymentId,
    amount: Money.parse(fact.amount),
    status: fact.status,
    reason: fact.reason,
    actor: known?.actor ?? `agent:${agentId}/${fact.actor}`,
    requestHash: known?.requestHash ?? '',
    version: (known?.version ?? 0) + 1,
    createdAtMs: known?.createdAtMs ?? fact.createdAtMs,
    updatedAtMs: Math.max(world.time.nowMs(), known?.updatedAtMs ?? 0),
    sends: 0,
    source: 'edge',
    ...present({
      statusReason: fact.statusReason,
      evidence: fact.evidence,
      keyHash: fact.keyHash,
      bodyHash: fact.bodyHash,
    }),
  };
}
