import { type Context, type Money, ProblemError } from '@tolem/base';
import { isEdgeError } from '../edge-error.ts';
import type { EdgeIntervals, RefundPolicy } from '../edge-settings.ts';
import type { HubOffer } from '../hub/hub-offer.ts';
import type { HubSession } from '../hub/hub-session.ts';
import { hashKey, type UsedKeys } from '../payment/idempotency.ts';
import type { PaymentBook } from '../payment/payment-book.ts';
import type { PaymentRecord } from '../payment/payment-record.ts';
import { refusal } from '../payment/problems.ts';
import type { RefundSessions } from '../refund-session/create-refund-sessions.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import type { HubRefunds } from './hub-refunds.ts';
import type { RefundBook } from './refund-book.ts';
import { refundableOf } from './refund-ledger.ts';
import type { RefundRecord } from './refund-record.ts';
import type { CreateRefund, RefundService } from './refund-service.ts';
import { refundNeedsPerson } from './terminal-refund-machine.ts';
import type { TerminalRefunds } from './terminal-refunds.ts';

export interface RefundServiceParts {
  context: Context;
  store: EdgeStore;
  keys: UsedKeys;
  payments: PaymentBook;
  refunds: RefundBook;
  session: HubSession;
  hubRefunds: HubRefunds;
  terminalRefunds: TerminalRefunds;
  sessions: RefundSessions;
  policy: RefundPolicy;
  intervals: EdgeIntervals;
}

export function createRefundService(parts: RefundServiceParts): RefundService {
  const { context, store, refunds, intervals } = parts;
  const beginning = new Map<string, Promise<void>>();

  const start = async (refund: RefundRecord): Promise<void> => {
    const running =
      refund.owner === 'agent'
        ? parts.terminalRefunds.begin(refund.refundId)
        : parts.hubRefunds.begin(refund.refundId, intervals.createWaitMs);
    beginning.set(refund.refundId, running);
    await running.finally(() => beginning.delete(refund.refundId));
  };
  const create: RefundService['create'] = async (request) => {
    const keyHash = hashKey(request);
    const { bodyHash } = request;
    const nowMs = Math.floor(context.clock.nowMs());
    await parts.keys.settled(keyHash);
    const known = parts.keys.find({ keyHash, kind: 'refund', bodyHash });
    if (known !== undefined) {
      await beginning.get(known);
      return { refund: refunds.must(known), repeated: true };
    }
    request.mayBegin?.();
    const payment = refundablePayment(parts, request.paymentId);
    const terminal = await placeOf(parts, payment, request.refundSessionId).catch((error: unknown) => {
      // Refused, and yet begun: by the same key, which has come again meanwhile.
      if (error instanceof ProblemError && store.key(keyHash)) return undefined;
      throw error;
    });
    if (!terminal || store.key(keyHash)) return create(request);
    const amount = amountOf(parts, request, parts.payments.must(payment.paymentId));
    const refund: RefundRecord = {
      refundId: context.ids.uuid(),
      paymentId: payment.paymentId,
      amount,
      reason: request.reason,
      actor: request.actor,
      version: 1,
      hubVersion: 0,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      token: request.token,
      keyHash,
      bodyHash,
      ...terminal,
      ...(request.refundSessionId === undefined ? {} : { refundSessionId: request.refundSessionId }),
    };
    writeIntent(parts, refund, { keyHash, request });
    parts.keys.wrote(keyHash);
    await start(refund);
    return { refund: refunds.must(refund.refundId), repeated: false };
  };
  return {
    create,
    get: (refundId) => refunds.must(refundId),
    asked: () => store.openRefunds().filter((refund) => refund.commandId !== undefined),
    waitForChange: (refundId, afterVersion, waitMs, signal) =>
      refunds.waitForChange(refundId, afterVersion, waitMs, signal),
    onChange: (listener) => refunds.onChange(listener),
    async resolve(refundId, request) {
      const refund = refunds.must(refundId);
      if (refund.owner !== 'agent' || !refundNeedsPerson(refund)) {
        const detail = 'only an unknown refund of a terminal is settled here';
        throw refusal({ status: 409, code: 'not_unknown', detail, money: 'maybe', refundId });
      }
      return parts.terminalRefunds.resolve(refundId, request);
    },
  };
}

function refundablePayment(parts: RefundServiceParts, paymentId: string): PaymentRecord {
  const { policy } = parts;
  const payment = parts.payments.must(paymentId);
  const deny = (detail: string) => refusal({ status: 403, code: 'refund_policy', detail, paymentId });
  if (policy.scope === 'none') throw deny('refunds are not allowed at this till');
  if (payment.status !== 'paid') {
    const detail = `only a paid payment is given back; this one is ${payment.status}`;
    throw refusal({ status: 409, code: 'not_refundable', detail, money: payment.final ? 'none' : 'maybe', paymentId });
  }
  const paidAtMs = payment.paidAtMs ?? payment.createdAtMs;
  if (parts.context.clock.nowMs() - paidAtMs > policy.withinMs) throw deny('the payment is too old for this till');
  return payment;
}

/** Whose refund it is, and where: refuses before any intent where hub or terminal cannot be reached. */
async function placeOf(
  parts: RefundServiceParts,
  payment: PaymentRecord,
  refundSessionId: string | undefined,
): Promise<Pick<RefundRecord, 'owner' | 'status' | 'terminal' | 'hubEpoch'>> {
  const { paymentId } = payment;
  if (payment.method === 'terminal') {
    if (refundSessionId !== undefined)
      throw sessionNotNeeded(paymentId, 'a terminal gives its payments back by itself');
    const terminalId = await parts.terminalRefunds.choose(payment);
    return { owner: 'agent', status: 'sent', terminal: { terminalId, start: 'sent' } };
  }
  await parts.session.settled(parts.intervals.hubGraceMs);
  mustFitOffer(parts.session.welcome()?.offer, paymentId, refundSessionId);
  if (!parts.session.isUp()) {
    const detail = 'the hub cannot be reached; nothing was started';
    throw refusal({ status: 503, code: 'hub_unreachable', detail, retry: 'after', retryAfterS: 5 });
  }
  if (refundSessionId !== undefined) await parts.sessions.mustKnowCustomer(refundSessionId);
  const hubEpoch = parts.session.welcome()?.hubEpoch;
  return { owner: 'hub', status: 'requested', ...(hubEpoch === undefined ? {} : { hubEpoch }) };
}

/** What the scheme wants for a refund of a payment that the hub owns [QR 3.9 §1.2]; a hub that does not tell decides itself. */
function mustFitOffer(offer: HubOffer | undefined, paymentId: string, refundSessionId: string | undefined): void {
  if (offer?.refunds === 'none') {
    const detail = `scheme ${offer.scheme} has no refunds by the API: refund in the Kaspi Pay app`;
    throw refusal({ status: 409, code: 'refunds_not_offered', detail, paymentId });
  }
  if (offer?.refunds === 'with_customer' && refundSessionId === undefined) {
    const detail = 'open a refund session, let the customer scan its code, and name it as refundSessionId';
    throw refusal({ status: 409, code: 'customer_required', detail, paymentId });
  }
  if (offer?.refunds === 'without_customer' && refundSessionId !== undefined) {
    throw sessionNotNeeded(paymentId, `scheme ${offer.scheme} refunds without the customer`);
  }
}

function sessionNotNeeded(paymentId: string, why: string) {
  const detail = `leave refundSessionId out: ${why}`;
  return refusal({ status: 400, code: 'refund_session_not_needed', detail, paymentId });
}

function amountOf(parts: RefundServiceParts, request: CreateRefund, payment: PaymentRecord): Money {
  const { paymentId } = payment;
  const left = refundableOf(payment, parts.store.refundsOf(paymentId));
  const amount = request.amount ?? left;
  if (!amount.isPositive || (payment.method === 'terminal' && !amount.isWholeTenge)) {
    const detail = left.isPositive ? 'an amount above zero; terminals take whole tenge only' : 'nothing is left';
    throw refusal({ status: 400, code: left.isPositive ? 'amount_invalid' : 'nothing_left', detail, paymentId });
  }
  if (amount.compare(left) > 0) {
    const detail = `at most ${left} of this payment can still be given back`;
    throw refusal({ status: 409, code: 'refund_exceeds_payment', detail, paymentId });
  }
  const paid = payment.amountPaid ?? payment.amount;
  if (paid.minus(left).plus(amount).compare(parts.policy.max) > 0) {
    const detail = `this till gives back at most ${parts.policy.max} of one payment`;
    throw refusal({ status: 403, code: 'refund_policy', detail, paymentId });
  }
  return amount;
}

function writeIntent(
  parts: RefundServiceParts,
  refund: RefundRecord,
  { keyHash, request }: { keyHash: string; request: CreateRefund },
): void {
  try {
    parts.refunds.insert(refund, (writer) => {
      const { refundId: id, createdAtMs } = refund;
      writer.putKey({ keyHash, bodyHash: request.bodyHash, kind: 'refund', id, createdAtMs });
      if (request.process) writer.putProcess(request.process);
      if (refund.owner === 'agent') parts.terminalRefunds.occupy(refund, writer);
    });
  } catch (error) {
    const { paymentId } = refund;
    if (isEdgeError(error, 'refund_exceeds_payment')) {
      throw refusal({ status: 409, code: 'refund_exceeds_payment', detail: error.message, paymentId }, error);
    }
    if (isEdgeError(error, 'disk_full')) {
      throw refusal({ status: 503, code: 'disk_full', detail: 'the disk is full; nothing was started' }, error);
    }
    throw error;
  }
}
