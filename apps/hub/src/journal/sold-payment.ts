import type { HubWorld } from '../hub-world.ts';
import type { Payment } from '../payment/payment.ts';
import { applyToPayment } from '../payment/payment-ledger.ts';
import { applyToRefund } from '../refund/refund-ledger.ts';
import type { StoreTransaction } from '../store/store.ts';

/**
 * A fact says that the till was told `paid` for a payment of ours that has ended otherwise: our record is from before a
 * restore [decisions: restore]. An automatic refund that was not sent is withdrawn. The caller has locked the payment.
 */
export async function applySold(tx: StoreTransaction, world: HubWorld, payment: Payment): Promise<Payment> {
  const current = await withdrawRefund(tx, world, payment);
  const actor = `agent:${payment.agentId}`;
  const input = { kind: 'sold', nowMs: world.time.nowMs() } as const;
  return (await applyToPayment(tx, world, current, input, { actor })).payment;
}

async function withdrawRefund(tx: StoreTransaction, world: HubWorld, payment: Payment): Promise<Payment> {
  const { late } = payment;
  if (late?.outcome !== 'refunding' || late.refundId === undefined) return payment;
  const reason = 'the till had sold the goods';
  const input = { kind: 'withdrawn', nowMs: world.time.nowMs(), reason } as const;
  return (await applyToRefund(tx, world, late.refundId, () => input))?.payment ?? payment;
}
