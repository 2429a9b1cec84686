import type { HubWorld } from '../hub-world.ts';
import { applyToPayment } from '../payment/payment-ledger.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { Case } from './case.ts';

/** The cases that hold a payment open: its bank's word or its money is a person's to judge. */
const HOLDING = new Set([
  'late_money',
  'amount_mismatch',
  'amount_unread',
  'payment_unknown',
  'payment_open_at_bank',
  'paid_at_till',
  'invoice_unanswered',
]);
/** No payment has more open cases than this. */
const CASES_LIMIT = 50;

/** A person who closes the last case that holds a payment has settled it: it is final from then on, as it stands. */
export async function settleByCase(tx: StoreTransaction, world: HubWorld, closed: Case): Promise<void> {
  const { paymentId, closedBy } = closed;
  if (paymentId === undefined || !HOLDING.has(closed.kind)) return;
  const { cases } = await tx.cases.list({ open: true, paymentId, limit: CASES_LIMIT });
  if (cases.some((one) => HOLDING.has(one.kind))) return;
  const payment = await tx.payments.get(paymentId, { lock: true });
  if (payment?.source !== 'hub') return;
  const actor = `person:${closedBy ?? ''}`;
  await applyToPayment(tx, world, payment, { kind: 'case_closed', nowMs: world.time.nowMs() }, { actor });
}
