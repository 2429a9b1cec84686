import type { CustomerPurchase } from '@tolem/kaspi-core';
import type { HubWorld } from '../hub-world.ts';
import { codeOf, within } from '../payment/bank-reader.ts';
import type { Payment } from '../payment/payment.ts';
import { problem } from '../problem-catalogue.ts';
import { readAvailable } from '../refund/available-read.ts';
import { isRefundableWithCustomer } from '../refund/refundable.ts';
import type { NotRefundable, RefundSession, ShownPurchase } from './refund-session.ts';
import { isCustomerKnown, type RefundSessionInput } from './refund-session-machine.ts';
import { CODE_UNKNOWN, type SessionKeeper } from './session-keeper.ts';
import { applyToSession } from './session-ledger.ts';

/** The bank lists at most ten [QR 3.9 §3.4.3]; whatever it sends beyond is not read. */
const PURCHASES_LIMIT = 10;

/** The last purchases of a customer who is known at a till. */
export interface PurchaseList {
  /** Asked of the bank now; each with whether the session's agent may refund it. The details are read for those only. */
  show(session: RefundSession): Promise<ShownPurchase[]>;
  /** Asks the bank, unless this purchase is known to be the customer's: for a caller who refunds without having listed. */
  learn(session: RefundSession, bankPaymentId: string): Promise<void>;
}

export function createPurchaseList(world: HubWorld, keeper: SessionKeeper): PurchaseList {
  const list = async (session: RefundSession): Promise<CustomerPurchase[]> => {
    const listed = await askBank(world, keeper, session);
    const purchaseIds = listed.map((one) => one.bankPaymentId);
    if (purchaseIds.every((id) => session.purchaseIds.includes(id))) return listed;
    const input = { kind: 'purchases_listed', nowMs: world.time.nowMs(), purchaseIds } as const;
    await store(world, keeper, session, input);
    return listed;
  };
  return {
    async show(session) {
      const listed = await list(session);
      const ours = await world.store.transaction(async (tx) => {
        const ids = listed.map((one) => one.bankPaymentId);
        const payments = await tx.payments.ofBankPayments(session.agentId, ids);
        const found = new Map<string | undefined, { payment: Payment; hasActive: boolean }>();
        for (const payment of payments) {
          const hasActive = (await tx.refunds.activeOf(payment.paymentId)) !== undefined;
          found.set(payment.bankPaymentId, { payment, hasActive });
        }
        return found;
      });
      // All at once: the bank lists ten at most.
      return Promise.all(listed.map((one) => show(world, session, one, ours.get(one.bankPaymentId))));
    },
    async learn(session, bankPaymentId) {
      if (!session.purchaseIds.includes(bankPaymentId)) await list(session);
    },
  };
}

async function show(
  world: HubWorld,
  session: RefundSession,
  { bankPaymentId, amount, transactionAtMs }: CustomerPurchase,
  own: { payment: Payment; hasActive: boolean } | undefined,
): Promise<ShownPurchase> {
  const shown = { bankPaymentId, amount, ...(transactionAtMs === undefined ? {} : { atMs: transactionAtMs }) };
  if (!own) return { ...shown, refundable: false, reason: 'not_of_this_till' };
  const { payment, hasActive } = own;
  return { ...shown, paymentId: payment.paymentId, ...(await judge(world, session, payment, hasActive)) };
}

type Judgement = Pick<ShownPurchase, 'available' | 'refundable' | 'reason'>;

async function judge(
  world: HubWorld,
  session: RefundSession,
  payment: Payment,
  hasActive: boolean,
): Promise<Judgement> {
  const no = (reason: NotRefundable): Judgement => ({ refundable: false, reason });
  if (hasActive) return no('refund_active');
  if (payment.tradePointId !== session.tradePointId) return no('other_trade_point');
  if (!isRefundableWithCustomer(payment)) return no('not_refundable');
  const at = { ...payment, deviceToken: session.deviceToken };
  const answer = await within(world.clock, world.settings.intervals.detailsReadMs, readAvailable(world, at));
  if (answer?.read.kind !== 'available_read') return no('details_unread');
  const { available } = answer.read;
  const left = (payment.amountPaid ?? payment.amount).minus(payment.refunded).minus(payment.refundReserved);
  if (!available.isPositive || !left.isPositive) return { ...no('fully_refunded'), available };
  return { available, refundable: true };
}

async function askBank(world: HubWorld, keeper: SessionKeeper, session: RefundSession): Promise<CustomerPurchase[]> {
  const { status, deviceToken, refundCodeId = '' } = session;
  if (status === 'opening' || status === 'awaiting_customer') {
    throw problem('customer_not_known', 'nobody has scanned the refund code yet', { retryAfterS: 1 });
  }
  if (!isCustomerKnown(session, world.time.nowMs())) {
    throw problem(
      'refund_session_over',
      `the refund session is ${status}: ${session.statusReason ?? 'its time is over'}`,
    );
  }
  try {
    const listed = await world.bank.listCustomerPurchases({ deviceToken, refundCodeId });
    return listed.slice(0, PURCHASES_LIMIT);
  } catch (error) {
    const code = codeOf(error);
    if (!CODE_UNKNOWN.has(code))
      throw problem('bank_unavailable', 'the bank does not list the purchases now', {}, error);
    const input = { kind: 'read_refused', nowMs: world.time.nowMs(), code } as const;
    await store(world, keeper, session, input);
    throw problem('refund_session_over', 'the bank does not know this customer any more', {}, error);
  }
}

async function store(
  world: HubWorld,
  keeper: SessionKeeper,
  { refundSessionId }: RefundSession,
  input: RefundSessionInput,
): Promise<void> {
  const applied = await world.store.transaction((tx) => applyToSession(tx, world, refundSessionId, () => input));
  if (applied) keeper.stored(applied.session);
}
