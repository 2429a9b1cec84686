import { Money } from '@tolem/base';
import type { PaymentFact, RefundFact } from '@tolem/proto';
import { openCase } from '../case/case-opener.ts';
import type { HubWorld } from '../hub-world.ts';
import type { Payment } from '../payment/payment.ts';
import { applyToPayment, hintPayment, noteEvent } from '../payment/payment-ledger.ts';
import type { StoreTransaction } from '../store/store.ts';
import { rebuildPayment } from './rebuilt-payment.ts';
import { applySold } from './sold-payment.ts';

/** What a fact did: whether it had its effect, and the payment of ours that it changed. */
export interface FactEffect {
  applied: boolean;
  payment?: Payment;
}

/** What the hub keeps of the agent's own record, in `Payment.edge`. */
export interface EdgeRecord extends Record<string, unknown> {
  version: number;
  terminal?: PaymentFact['terminal'];
  refunds: Record<string, RefundFact>;
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
  return store(tx, world, known, reported(agentId, fact, known, edge), fact.status);
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

function edgeOf(payment: Payment | undefined): EdgeRecord {
  return { version: 0, refunds: {}, ...payment?.edge };
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

/** Refunds that the agent owns are kept with its payment; their confirmed sum is shown, and held to what was paid. */
export async function applyRefundFact(
  tx: StoreTransaction,
  world: HubWorld,
  agentId: string,
  fact: RefundFact,
): Promise<FactEffect> {
  const payment = await tx.payments.get(fact.paymentId, { lock: true });
  if (payment?.agentId !== agentId || payment.source !== 'edge') {
    // The hub's own refunds are the hub's truth; a refund of nothing that we hold is for a person.
    if (payment?.agentId === agentId) return { applied: true };
    const detail = { paymentId: fact.paymentId, refundId: fact.refundId };
    await openCase(tx, world, {
      kind: 'refund_without_payment',
      subject: `${agentId}/${fact.refundId}`,
      agentId,
      detail,
    });
    return { applied: false };
  }
  const edge = edgeOf(payment);
  if ((edge.refunds[fact.refundId]?.version ?? 0) >= fact.version) return { applied: true };
  const refunds = { ...edge.refunds, [fact.refundId]: fact };
  const changed = { ...payment, version: payment.version + 1, edge: { ...edge, refunds } };
  return store(tx, world, payment, changed, `refund_${fact.status}`);
}

async function store(
  tx: StoreTransaction,
  world: HubWorld,
  known: Payment | undefined,
  changed: Payment,
  event: string,
): Promise<FactEffect> {
  const payment = { ...changed, ...(await refundedOf(tx, world, changed)) };
  if (known) await tx.payments.save(payment, { version: known.version });
  else await tx.payments.insert(payment);
  await noteEvent(tx, world, payment.paymentId, { kind: event, actor: `agent:${payment.agentId}` });
  hintPayment(tx, payment);
  return { applied: true, payment };
}

/** What has gone back and what still may, by the refunds reported; held to what was paid, with a case where they exceed it. */
async function refundedOf(
  tx: StoreTransaction,
  world: HubWorld,
  payment: Payment,
): Promise<Pick<Payment, 'refunded' | 'refundReserved'>> {
  const refunds = Object.values(edgeOf(payment).refunds);
  const sum = (facts: RefundFact[]) => Money.sum(facts.map((one) => Money.parse(one.amount)));
  const confirmed = sum(refunds.filter((one) => one.status === 'confirmed'));
  const open = sum(refunds.filter((one) => one.status !== 'confirmed' && one.status !== 'declined'));
  const paid = payment.amountPaid ?? Money.zero;
  if (confirmed.plus(open).compare(paid) <= 0) return { refunded: confirmed, refundReserved: open };
  const { paymentId, agentId } = payment;
  const amount = confirmed.plus(open);
  const about = { paymentId, agentId, ...(amount.isPositive ? { amount } : {}) };
  const detail = { refunded: confirmed.toString(), open: open.toString(), paid: paid.toString() };
  await openCase(tx, world, { kind: 'refunds_exceed_payment', subject: paymentId, ...about, detail });
  const refunded = least(confirmed, paid);
  return { refunded, refundReserved: least(open, paid.minus(refunded)) };
}

function least(a: Money, b: Money): Money {
  return a.compare(b) <= 0 ? a : b;
}
