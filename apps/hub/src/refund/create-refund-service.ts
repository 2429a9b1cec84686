import { isUuid, type Money, ProblemError } from '@tolem/base';
import type { Caller } from '../caller.ts';
import { guarded } from '../guarded.ts';
import { isHubError } from '../hub-error.ts';
import type { HubWorld } from '../hub-world.ts';
import { readAmount, within } from '../payment/bank-reader.ts';
import type { Payment } from '../payment/payment.ts';
import { applyToPayment, storePayment } from '../payment/payment-ledger.ts';
import { actorOf, maySee } from '../payment/payment-watch.ts';
import { visiblePayment } from '../payment/visible-payment.ts';
import { plainText } from '../plain-text.ts';
import { present } from '../present.ts';
import { problem } from '../problem-catalogue.ts';
import type { PurchaseList } from '../refund-session/purchase-list.ts';
import { isCustomerKnown } from '../refund-session/refund-session-machine.ts';
import { customerConsent } from './customer-consent.ts';
import { insertRefund, refundConflict, refundHash } from './new-refund.ts';
import type { Refund } from './refund.ts';
import { applyToRefund } from './refund-ledger.ts';
import type { RefundRunner } from './refund-runner.ts';
import type { CreateRefund, RefundService } from './refund-service.ts';
import { isHeldMoney, isPaidAndKept } from './refundable.ts';
import { askForTerminalRefund } from './terminal-refund.ts';

const REASON_LIMIT = 500;
const ACTOR_LIMIT = 100;
/** When a caller may ask again while another refund of the payment is under way: one call and its answer. */
const BUSY_RETRY_S = 30;

export interface RefundServiceOptions {
  world: HubWorld;
  runner: RefundRunner;
  purchases: PurchaseList;
  onPayment: (payment: Payment) => void;
}

export function createRefundService({ world, runner, purchases, onPayment }: RefundServiceOptions): RefundService {
  const create = async (caller: Caller, request: CreateRefund): Promise<Refund> => {
    checkRequest(request);
    await learnPurchases(world, purchases, caller, request);
    const begun = await begin(world, caller, request).catch(async (error: unknown) => {
      if (!(error instanceof ProblemError) || error.problem.code !== 'bank_unavailable') throw error;
      await compareAmount(world, caller, request.paymentId, onPayment);
      return begin(world, caller, request);
    });
    // One that is known already may never have got its turn: the answer to its commit was lost.
    if (!begun.payment) {
      runner.resume(begun.refund);
      return begun.refund;
    }
    onPayment(begun.payment);
    await within(world.clock, world.settings.intervals.refundCallerMs, runner.take(begun.refund));
    const now = await world.store.transaction((tx) => tx.refunds.get(request.refundId));
    return now?.paymentId === request.paymentId ? now : begun.refund;
  };
  const settle: RefundService['settle'] = async (caller, { refundId, outcome, reason }) => {
    if (caller.kind !== 'person') throw problem('forbidden', 'only a person settles a refund', { refundId });
    plainText(reason, 'reason', REASON_LIMIT, 1);
    const by = caller.name;
    const applied = await world.store.transaction(async (tx) => {
      if ((await tx.refunds.get(refundId))?.source === 'edge') {
        throw problem('refund_at_agent', 'the agent owns this refund: it is settled at its till', { refundId });
      }
      const input = () => ({ kind: 'settled', nowMs: world.time.nowMs(), outcome, by, reason }) as const;
      return applyToRefund(tx, world, refundId, input, actorOf(caller));
    });
    if (!applied) throw problem('refund_not_found', 'there is no such refund', { refundId });
    if (!applied.isChanged)
      throw problem('refund_not_open', `a refund that is ${applied.refund.status} is not settled by hand`, {
        refundId,
      });
    onPayment(applied.payment);
    return applied.refund;
  };
  return {
    create: (caller, request) => guarded(() => create(caller, request), 'maybe'),
    settle: (caller, request) => guarded(() => settle(caller, request), 'maybe'),
    get: (caller, refundId) =>
      guarded(() =>
        world.store.transaction(async (tx) => {
          const refund = await tx.refunds.get(refundId);
          const payment = refund && (await tx.payments.get(refund.paymentId));
          if (payment && maySee(caller, payment)) return refund;
          throw problem('refund_not_found', 'there is no such refund', { refundId });
        }),
      ),
    listOf: (caller, paymentId) =>
      guarded(() =>
        world.store.transaction(async (tx) => {
          await visiblePayment(tx, caller, paymentId);
          return tx.refunds.listOf(paymentId);
        }),
      ),
  };
}

function checkRequest(request: CreateRefund): void {
  const { refundId, paymentId, reason, amount } = request;
  if (!isUuid(refundId)) throw problem('request_invalid', 'the refund id must be a UUID in lower case');
  plainText(reason, 'reason', REASON_LIMIT);
  plainText(request.actor ?? '', 'actor', ACTOR_LIMIT);
  if (amount !== undefined && !amount.isPositive) {
    throw problem('amount_invalid', 'the amount of a refund must be above zero', { paymentId, refundId });
  }
}

/** Scheme 2: whose payment it is must be known from the bank before any of it goes back. Judged in `customerConsent`. */
async function learnPurchases(
  world: HubWorld,
  purchases: PurchaseList,
  caller: Caller,
  { refundSessionId, paymentId, refundId }: CreateRefund,
): Promise<void> {
  if (refundSessionId === undefined || world.bank.offer.refunds !== 'with_customer') return;
  const { session, payment, known } = await world.store.transaction(async (tx) => ({
    session: await tx.refundSessions.get(refundSessionId),
    payment: await visiblePayment(tx, caller, paymentId),
    known: await tx.refunds.get(refundId),
  }));
  if (known || session?.agentId !== payment.agentId || !isCustomerKnown(session, world.time.nowMs())) return;
  await purchases.learn(session, payment.bankPaymentId ?? '');
}

/** What was charged must be known before any of it goes back. */
async function compareAmount(
  world: HubWorld,
  caller: Caller,
  paymentId: string,
  onPayment: (payment: Payment) => void,
): Promise<void> {
  const payment = await world.store.transaction((tx) => visiblePayment(tx, caller, paymentId));
  if (payment.amountUnread !== true || payment.final) return;
  const read = await within(world.clock, world.settings.intervals.detailsReadMs, readAmount(world, payment));
  if (read?.kind !== 'amount_read') return;
  const applied = await world.store.transaction(async (tx) => {
    const current = await visiblePayment(tx, caller, paymentId, { lock: true });
    return applyToPayment(tx, world, current, read);
  });
  onPayment(applied.payment);
}

/** `payment` is there only when the refund has just been begun. */
async function begin(
  world: HubWorld,
  caller: Caller,
  request: CreateRefund,
): Promise<{ refund: Refund; payment?: Payment }> {
  const { refundId, paymentId } = request;
  const actor =
    request.actor === undefined || request.actor === '' ? actorOf(caller) : `${actorOf(caller)}/${request.actor}`;
  const hash = refundHash({ ...request, actor });
  const busy = () =>
    problem('refund_in_progress', 'another refund of this payment is under way or not yet settled', {
      paymentId,
      retryAfterS: BUSY_RETRY_S,
    });
  try {
    return await world.store.transaction(async (tx) => {
      const payment = await visiblePayment(tx, caller, paymentId, { lock: true });
      const known = await tx.refunds.get(refundId);
      if (known) {
        if (known.requestHash === hash && known.paymentId === paymentId) return { refund: known };
        throw refundConflict({ paymentId, refundId });
      }
      if (await tx.refunds.activeOf(paymentId)) throw busy();
      if (payment.source === 'edge') return askForTerminalRefund(tx, world, { caller, payment, request, hash });
      const amount = refundable(caller, payment, request);
      const consent = await customerConsent(tx, world, caller, payment, request);
      const reserved = { ...payment, refundReserved: payment.refundReserved.plus(amount) };
      const stored = await storePayment(tx, world, payment, reserved);
      const { agentId } = payment;
      const { reason, keyHash, bodyHash } = request;
      const keys = present({ keyHash, bodyHash });
      const intent = { refundId, paymentId, agentId, amount, reason, actor, ...keys, ...consent };
      return { refund: await insertRefund(tx, world, intent, hash), payment: stored };
    });
  } catch (error) {
    if (isHubError(error, 'store_conflict')) throw busy();
    throw error;
  }
}

/**
 * The amount of the refund, or a refusal. An agent refunds what its till knows as paid; a person also what came late and
 * was held, or was charged otherwise than asked.
 */
function refundable(caller: Caller, payment: Payment, request: CreateRefund): Money {
  const about = { paymentId: payment.paymentId, refundId: request.refundId };
  const { amountPaid } = payment;
  // With its customer at the till a cashier gives back what is held, too: under scheme 2 nobody else can.
  const mayGiveHeld = caller.kind !== 'agent' || request.refundSessionId !== undefined;
  if (amountPaid === undefined || !(isPaidAndKept(payment) || (isHeldMoney(payment) && mayGiveHeld))) {
    throw problem('not_refundable', `a payment that is ${payment.status} cannot be refunded`, about);
  }
  if (payment.amountUnread === true && !payment.final) {
    const detail = 'what was charged is not known yet; the hub goes on asking the bank';
    throw problem('bank_unavailable', detail, { ...about, retryAfterS: BUSY_RETRY_S });
  }
  const left = amountPaid.minus(payment.refunded).minus(payment.refundReserved);
  const amount = request.amount ?? left;
  if (!left.isPositive) throw problem('not_refundable', 'everything has been refunded', about);
  if (amount.compare(left) > 0) {
    throw problem('refund_exceeds_payment', `at most ${left.toString()} can be refunded`, about);
  }
  return amount;
}
