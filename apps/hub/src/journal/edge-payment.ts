import { Money } from '@tolem/base';
import type { PaymentFact } from '@tolem/proto';
import { openCase } from '../case/case-opener.ts';
import type { HubWorld } from '../hub-world.ts';
import { type EdgeRecord, edgeOf, storeEdgePayment } from '../payment/edge-record.ts';
import type { Payment } from '../payment/payment.ts';
import { applyToPayment } from '../payment/payment-ledger.ts';
import type { StoreTransaction } from '../store/store.ts';
import { rebuildPayment } from './rebuilt-payment.ts';
import { applySold } from './sold-payment.ts';

/** What a fact did: whether it had its effect, and the payment of ours that it changed. */
export interface FactEffect {
  applied: boolean;
  payment?: Payment;
}

/**
 * A payment of the agent: shown as reported where it is the agent's (terminal), newest version wins; where it is the hub's
 * (QR, link) it only tells that the till has collected it, or lets a hub that was restored rebuild it.
 */
export async function applyPaymentFact(
  tx: StoreTransaction,
  world: HubWorld,
  agentId: string,
  fact: PaymentFact,
): Promise<FactEffect> {
  const { paymentId } = fact;
  if (!Money.parse(fact.amount).isPositive) {
    const detail = { paymentId, amount: fact.amount };
    await openCase(tx, world, { kind: 'journal_row_unreadable', subject: `${agentId}/${paymentId}`, agentId, detail });
    return { applied: false };
  }
  const known = await tx.payments.get(paymentId, { lock: true });
  if (known && known.agentId !== agentId) {
    await openCase(tx, world, {
      kind: 'foreign_payment',
      subject: `${agentId}/${paymentId}`,
      agentId,
      detail: { paymentId },
    });
    return { applied: false };
  }
  if (known?.source === 'hub') return collect(tx, world, known, fact);
  if (fact.method !== 'terminal') {
    const rebuilt = await rebuildPayment(tx, world, agentId, fact);
    return rebuilt ? { applied: true, payment: rebuilt } : { applied: false };
  }
  const edge = edgeOf(known);
  if (known && edge.version >= fact.version) return { applied: true };
  const changed = reported(agentId, fact, known, edge);
  const event = { kind: fact.status, actor: `agent:${agentId}` };
  return { applied: true, payment: await storeEdgePayment(tx, world, { known, changed }, event) };
}

async function collect(
  tx: StoreTransaction,
  world: HubWorld,
  payment: Payment,
  fact: PaymentFact,
): Promise<FactEffect> {
  const known = fact.status === 'paid' ? await applySold(tx, world, payment) : payment;
  const changed = known === payment ? {} : { payment: known };
  if (fact.collectedAtMs === undefined || known.status !== 'paid') return { applied: true, ...changed };
  const input = { kind: 'collected', atMs: world.time.nowMs() } as const;
  const applied = await applyToPayment(tx, world, known, input, { actor: `agent:${payment.agentId}` });
  return applied.isChanged ? { applied: true, payment: applied.payment } : { applied: true, ...changed };
}

function reported(agentId: string, fact: PaymentFact, known: Payment | undefined, edge: EdgeRecord): Payment {
  const isPaid = fact.status === 'paid';
  const paid = fact.amountPaid ?? (isPaid ? fact.amount : undefined);
  const terminal = fact.terminal === undefined ? {} : { terminal: fact.terminal };
  return {
    paymentId: fact.paymentId,
    source: 'edge',
    agentId,
    deviceId: fact.deviceId ?? fact.terminal?.terminalId ?? '',
    organizationBin: '',
    tradePointId: '',
    deviceToken: '',
    method: fact.method,
    amount: Money.parse(fact.amount),
    ...(fact.orderId === undefined ? {} : { orderId: fact.orderId }),
    requestHash: '',
    ...(fact.keyHash === undefined ? {} : { keyHash: fact.keyHash }),
    ...(fact.bodyHash === undefined ? {} : { bodyHash: fact.bodyHash }),
    status: fact.status,
    ...(fact.statusReason === undefined ? {} : { statusReason: fact.statusReason }),
    final: fact.final,
    version: (known?.version ?? 0) + 1,
    watched: false,
    paymentMethods: [],
    pollIntervalMs: 0,
    scanWaitMs: 0,
    confirmWaitMs: 0,
    createdAtMs: fact.createdAtMs,
    updatedAtMs: fact.updatedAtMs,
    ...(fact.paidAtMs === undefined ? {} : { paidAtMs: fact.paidAtMs }),
    ...(paid === undefined ? {} : { amountPaid: Money.parse(paid) }),
    ...(fact.collectedAtMs === undefined ? {} : { collectedAtMs: fact.collectedAtMs }),
    lateAcceptMs: 0,
    refunded: Money.zero,
    refundReserved: Money.zero,
    edge: { ...edge, ...terminal, version: fact.version },
  };
}
