import { Money } from '@tolem/base';
import type { PaymentFact, RefundFact } from '@tolem/proto';
import { openCase } from '../case/case-opener.ts';
import type { HubWorld } from '../hub-world.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { Payment } from './payment.ts';
import { hintPayment, noteEvent } from './payment-ledger.ts';

/** What the hub keeps of the agent's own record, in `Payment.edge`. */
export interface EdgeRecord extends Record<string, unknown> {
  version: number;
  terminal?: PaymentFact['terminal'];
  refunds: Record<string, RefundFact>;
  /** Amounts of refunds that headquarters asks for, by id, as long as the agent has told nothing of them. */
  asked: Record<string, string>;
}

export function edgeOf(payment: Payment | undefined): EdgeRecord {
  return { version: 0, refunds: {}, asked: {}, ...payment?.edge };
}

/** Stores a terminal payment that the caller has locked, with the sums of its refunds and a line of its history. */
export async function storeEdgePayment(
  tx: StoreTransaction,
  world: HubWorld,
  { known, changed }: { known: Payment | undefined; changed: Payment },
  event: { kind: string; actor: string; data?: Record<string, unknown> },
): Promise<Payment> {
  const payment = { ...changed, ...(await refundedOf(tx, world, changed)) };
  if (known) await tx.payments.save(payment, { version: known.version });
  else await tx.payments.insert(payment);
  await noteEvent(tx, world, payment.paymentId, event);
  hintPayment(tx, payment);
  return payment;
}

/** The next version of a terminal payment whose refund is (or is no longer) asked for. */
export function withAsked(payment: Payment, refundId: string, amount: Money | undefined): Payment {
  const edge = edgeOf(payment);
  const { [refundId]: _, ...others } = edge.asked;
  const asked = amount === undefined ? others : { ...others, [refundId]: amount.toString() };
  return { ...payment, version: payment.version + 1, edge: { ...edge, asked } };
}

/** What has gone back and what still may, by the refunds reported and asked for; held to what was paid, else with a case. */
async function refundedOf(
  tx: StoreTransaction,
  world: HubWorld,
  payment: Payment,
): Promise<Pick<Payment, 'refunded' | 'refundReserved'>> {
  const { refunds, asked } = edgeOf(payment);
  const facts = Object.values(refunds);
  const sum = (amounts: readonly string[]) => Money.sum(amounts.map((one) => Money.parse(one)));
  const of = (wanted: (fact: RefundFact) => boolean) => facts.filter(wanted).map((one) => one.amount);
  const confirmed = sum(of((one) => one.status === 'confirmed'));
  const open = sum([...of((one) => one.status !== 'confirmed' && one.status !== 'declined'), ...Object.values(asked)]);
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
