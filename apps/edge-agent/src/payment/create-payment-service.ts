import { type Context, Money, type PaymentMethod, ProblemError } from '@tolem/base';
import { isEdgeError } from '../edge-error.ts';
import type { EdgeIntervals } from '../edge-settings.ts';
import type { HubSession } from '../hub/hub-session.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import { chooseDevice } from './choose-device.ts';
import type { Collection } from './collection.ts';
import type { HubPayments } from './hub-payments.ts';
import { hashKey, type UsedKeys } from './idempotency.ts';
import type { PaymentBook } from './payment-book.ts';
import type { PaymentRecord } from './payment-record.ts';
import type { CreatePayment, PaymentService } from './payment-service.ts';
import { refusal } from './problems.ts';
import { needsPerson } from './terminal-payment-machine.ts';
import type { TerminalPayments } from './terminal-payments.ts';

/** [decisions: at the till] */
const AMOUNT_MIN = Money.fromTenge(1);
const AMOUNT_MAX = Money.fromTenge(5_000_000);
const SEARCH_LIMIT_MAX = 200;

export interface PaymentServiceParts {
  context: Context;
  store: EdgeStore;
  keys: UsedKeys;
  book: PaymentBook;
  session: HubSession;
  hubPayments: HubPayments;
  terminalPayments: TerminalPayments;
  collection: Collection;
  intervals: EdgeIntervals;
}

export function createPaymentService(parts: PaymentServiceParts): PaymentService {
  const { context, store, book, hubPayments, terminalPayments, intervals } = parts;
  /** Payments whose first answer is still being waited for: a repeated request waits for the same one. */
  const beginning = new Map<string, Promise<void>>();

  const start = async (payment: PaymentRecord): Promise<void> => {
    const running =
      payment.method === 'terminal'
        ? terminalPayments.begin(payment.paymentId)
        : hubPayments.begin(payment.paymentId, intervals.createWaitMs);
    beginning.set(payment.paymentId, running);
    await running.finally(() => beginning.delete(payment.paymentId));
  };
  const create: PaymentService['create'] = async (request) => {
    const keyHash = hashKey(request);
    const { bodyHash } = request;
    const nowMs = Math.floor(context.clock.nowMs());
    await parts.keys.settled(keyHash);
    const known = parts.keys.find({ keyHash, kind: 'payment', bodyHash });
    if (known !== undefined) {
      await beginning.get(known);
      return { payment: book.must(known), repeated: true };
    }
    checkRequest(request);
    const payment = newPayment(request, { paymentId: context.ids.uuid(), keyHash, nowMs });
    const placing = request.method === 'terminal' ? placeAtTerminal(parts, payment) : placeAtHub(parts, payment);
    const placed = await placing.catch((error: unknown) => {
      // Refused, and yet begun: by the same key, which has come again meanwhile.
      if (error instanceof ProblemError && store.key(keyHash)) return undefined;
      throw error;
    });
    // While hub or terminal was waited for, the same key may have come again.
    if (!placed || store.key(keyHash)) return create(request);
    writeIntent(parts, placed, { keyHash, request });
    parts.keys.wrote(keyHash);
    await start(placed);
    return { payment: book.must(placed.paymentId), repeated: false };
  };
  return {
    create,
    get: (paymentId) => book.must(paymentId),
    waitForChange: (paymentId, afterVersion, waitMs, signal) =>
      book.waitForChange(paymentId, afterVersion, waitMs, signal),
    recordCollected: (paymentId) => parts.collection.record(paymentId),
    async cancel(paymentId) {
      const payment = book.must(paymentId);
      if (payment.status === 'paid') {
        throw refusal({
          status: 409,
          code: 'already_paid',
          detail: 'this payment is paid: refund it instead',
          money: 'moved',
          paymentId,
        });
      }
      // A cancel of an invoice that the bank never confirmed may be asked for again.
      const isUnconfirmed = payment.status === 'cancelled' && payment.statusReason === 'cancel_unconfirmed';
      const hasEnded = payment.status === 'cancelled' || payment.status === 'expired';
      if (payment.final || (hasEnded && !isUnconfirmed)) return payment;
      if (payment.method === 'terminal') throw cancelAtTerminal(paymentId);
      await hubPayments.cancel(paymentId);
      return book.must(paymentId);
    },
    async refresh(paymentId, by) {
      const payment = book.must(paymentId);
      if (payment.method === 'invoice' && !payment.final) await hubPayments.invoices.refresh(paymentId, by);
      return book.must(paymentId);
    },
    async findPayer(request) {
      await mustReachHub(parts, 'invoice');
      return hubPayments.invoices.findPayer(request);
    },
    async acceptLate(paymentId) {
      const payment = book.must(paymentId);
      if (payment.status === 'paid') return payment;
      if (payment.late?.claimable !== true) {
        throw refusal({
          status: 409,
          code: 'late_not_claimable',
          detail: 'there is no late money to take',
          money: payment.late ? 'moved' : payment.final ? 'none' : 'maybe',
          paymentId,
        });
      }
      await hubPayments.acceptLate(paymentId);
      return book.must(paymentId);
    },
    async resolve(paymentId, request) {
      const payment = book.must(paymentId);
      if (payment.method !== 'terminal' || !needsPerson(payment)) {
        throw refusal({
          status: 409,
          code: 'not_unknown',
          detail: 'only an unknown payment of a terminal is settled by a person',
          money: 'maybe',
          paymentId,
        });
      }
      return terminalPayments.resolve(paymentId, request);
    },
    search: (filter) => {
      const { payments, nextCursor } = store.searchPayments({
        ...filter,
        limit: Math.max(1, Math.min(filter.limit, SEARCH_LIMIT_MAX)),
      });
      const live = payments.map((payment) => book.get(payment.paymentId) ?? payment);
      return { payments: live, ...(nextCursor === undefined ? {} : { nextCursor }) };
    },
    onChange: (listener) => book.onChange(listener),
    refundsOf: (paymentId) => store.refundsOf(paymentId),
  };
}

function checkRequest(request: CreatePayment): void {
  const { amount } = request;
  const isPossible = amount.compare(AMOUNT_MIN) >= 0 && amount.compare(AMOUNT_MAX) <= 0;
  if (!isPossible || (request.method === 'terminal' && !amount.isWholeTenge)) {
    throw refusal({
      status: 400,
      code: 'amount_invalid',
      detail: `an amount from ${AMOUNT_MIN} to ${AMOUNT_MAX}; terminals take whole tenge only`,
    });
  }
}

function newPayment(request: CreatePayment, own: { paymentId: string; keyHash: string; nowMs: number }): PaymentRecord {
  return {
    paymentId: own.paymentId,
    method: request.method,
    amount: request.amount,
    status: 'created',
    final: false,
    version: 1,
    createdAtMs: own.nowMs,
    updatedAtMs: own.nowMs,
    refunded: Money.zero,
    hubVersion: 0,
    token: request.token,
    keyHash: own.keyHash,
    bodyHash: request.bodyHash,
    ...(request.orderId === undefined ? {} : { orderId: request.orderId }),
    ...(request.deviceId === undefined ? {} : { deviceId: request.deviceId }),
    ...(request.comment === undefined ? {} : { comment: request.comment }),
    ...(request.phone === undefined ? {} : { phone: request.phone }),
    ...(request.ownReceipt === undefined ? {} : { ownReceipt: request.ownReceipt }),
    ...(request.terminalId === undefined
      ? {}
      : { terminal: { terminalId: request.terminalId, start: 'not_sent' as const } }),
  };
}

/** Refuses before any intent where the hub cannot be reached: nothing is stored then, not even the key. */
async function placeAtHub(parts: PaymentServiceParts, payment: PaymentRecord): Promise<PaymentRecord> {
  await mustReachHub(parts, payment.method);
  const deviceId = chooseDevice(parts.session, payment.deviceId);
  return { ...payment, deviceId };
}

async function mustReachHub(parts: PaymentServiceParts, method: PaymentMethod): Promise<void> {
  await parts.session.settled(parts.intervals.hubGraceMs);
  mustBeOffered(parts.session, method);
  if (!parts.session.isUp()) {
    throw refusal({
      status: 503,
      code: 'hub_unreachable',
      detail: 'the hub cannot be reached; nothing was started',
      retry: 'after',
      retryAfterS: 5,
    });
  }
}

/** The scheme of the bank's agreement has not every way of paying [QR 3.9 §1.2]; the hub tells it, also before it went away. */
function mustBeOffered(session: HubSession, method: PaymentMethod): void {
  const offer = session.welcome()?.offer;
  if (!offer || offer.methods.includes(method)) return;
  const detail = `scheme ${offer.scheme} has no ${method}: offered are ${offer.methods.join(', ')}`;
  throw refusal({ status: 409, code: 'method_not_offered', detail });
}

async function placeAtTerminal(parts: PaymentServiceParts, payment: PaymentRecord): Promise<PaymentRecord> {
  const terminalId = await parts.terminalPayments.choose(payment.terminal?.terminalId);
  return { ...payment, terminal: { terminalId, start: 'sent' } };
}

function writeIntent(
  parts: PaymentServiceParts,
  payment: PaymentRecord,
  { keyHash, request }: { keyHash: string; request: CreatePayment },
): void {
  const { store, book } = parts;
  if (!store.hasRoom()) throw diskFull();
  try {
    book.insert(payment, (writer) => {
      const { paymentId: id, createdAtMs } = payment;
      writer.putKey({ keyHash, bodyHash: request.bodyHash, kind: 'payment', id, createdAtMs });
      if (request.process) writer.putProcess(request.process);
      if (payment.method === 'terminal') parts.terminalPayments.occupy(payment, writer);
    });
  } catch (error) {
    if (isEdgeError(error, 'disk_full')) throw diskFull(error);
    throw error;
  }
}

function diskFull(cause?: unknown) {
  return refusal({ status: 503, code: 'disk_full', detail: 'the disk is full; nothing was started' }, cause);
}

function cancelAtTerminal(paymentId: string) {
  return refusal({
    status: 409,
    code: 'cancel_at_terminal',
    detail: 'only the terminal itself can stop its payment',
    money: 'maybe',
    paymentId,
  });
}
