import type { Money } from '@tolem/base';
import type { Caller } from '../caller.ts';
import type { Command } from '../command/command.ts';
import type { HubWorld } from '../hub-world.ts';
import { storeEdgePayment, withAsked } from '../payment/edge-record.ts';
import type { Payment } from '../payment/payment.ts';
import { problem } from '../problem-catalogue.ts';
import type { StoreTransaction } from '../store/store.ts';
import { refundConflict } from './new-refund.ts';
import type { Refund } from './refund.ts';
import type { CreateRefund } from './refund-service.ts';

/**
 * Asks the agent for a refund at its terminal [decisions: refunds, owner]: the refund as `requested`, its command and the
 * reserved amount in one commit; the agent decides. The caller has locked the payment, which has no active refund.
 * What is plainly too much is refused here already; the constraint that counts is the agent's.
 */
export async function askForTerminalRefund(
  tx: StoreTransaction,
  world: HubWorld,
  { caller, payment, request, hash }: { caller: Caller; payment: Payment; request: CreateRefund; hash: string },
): Promise<{ refund: Refund; payment: Payment }> {
  const { refundId, paymentId } = request;
  if (caller.kind !== 'person') {
    throw problem('not_refundable', 'the agent refunds payments of its terminals itself', { paymentId, refundId });
  }
  const { agentId } = payment;
  const agent = await tx.agents.get(agentId);
  if (agent?.revokedAtMs !== undefined) throw problem('agent_revoked', 'the agent of this payment has been revoked');
  const amount = refundableAtTerminal(payment, request);
  const nowMs = world.time.nowMs();
  const actor = `person:${caller.name}`;
  const refund: Refund = {
    refundId,
    paymentId,
    amount,
    status: 'requested',
    reason: request.reason,
    actor,
    requestHash: hash,
    version: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    sends: 0,
    source: 'edge',
  };
  const command: Command = {
    commandId: world.ids.uuid(),
    kind: 'refund_terminal',
    agentId,
    refundId,
    paymentId,
    amount,
    reason: request.reason,
    actor: caller.name,
    state: 'pending',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    expiresAtMs: nowMs + world.settings.intervals.commandExpiryMs,
    version: 1,
  };
  if (!(await tx.refunds.insert(refund))) throw refundConflict({ paymentId, refundId });
  await tx.commands.insert(command);
  const data = { refundId, commandId: command.commandId, amount: amount.toString(), reason: request.reason };
  const stored = await storeEdgePayment(
    tx,
    world,
    { known: payment, changed: withAsked(payment, refundId, amount) },
    { kind: 'refund_requested', actor, data },
  );
  tx.hint({ kind: 'refund', refundId, paymentId, agentId });
  tx.hint({ kind: 'command', commandId: command.commandId, agentId });
  world.meter.count('refunds_created', { by: 'person' });
  world.meter.count('commands', { kind: command.kind, state: command.state });
  return { refund, payment: stored };
}

function refundableAtTerminal(payment: Payment, request: CreateRefund): Money {
  const about = { paymentId: payment.paymentId, refundId: request.refundId };
  const { amountPaid } = payment;
  if (payment.status !== 'paid' || amountPaid === undefined) {
    throw problem('not_refundable', `a payment that is ${payment.status} cannot be refunded`, about);
  }
  const left = amountPaid.minus(payment.refunded).minus(payment.refundReserved);
  const amount = request.amount ?? left;
  if (!left.isPositive) throw problem('not_refundable', 'everything has been refunded', about);
  if (!amount.isWholeTenge) throw problem('amount_invalid', 'terminals give back whole tenge only', about);
  if (amount.compare(left) > 0) {
    throw problem('refund_exceeds_payment', `at most ${left.toString()} can be refunded`, about);
  }
  return amount;
}
