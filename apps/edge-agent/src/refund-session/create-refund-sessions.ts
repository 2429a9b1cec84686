import { type Context, type Hint, ProblemError } from '@tolem/base';
import { isEdgeError } from '../edge-error.ts';
import type { EdgeIntervals, RefundPolicy } from '../edge-settings.ts';
import type { HubLink } from '../hub/hub-link.ts';
import type { HubRefundSessionView } from '../hub/hub-refund-sessions.ts';
import type { HubSession } from '../hub/hub-session.ts';
import { chooseDevice } from '../payment/choose-device.ts';
import type { PaymentBook } from '../payment/payment-book.ts';
import { refusal } from '../payment/problems.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import { judgePurchase } from './judge-purchase.ts';
import { isSessionOver, type RefundSession, type RefundSessionService } from './refund-session.ts';
import { createSessionShelf } from './session-shelf.ts';

/** One question to the hub waits so long for a change; its own limit is 25 s. */
const FOLLOW_WAIT_MS = 20_000;
/** Between two questions that brought nothing: a hub that answers at once must not be asked without end. */
const FOLLOW_PAUSE_MS = 500;
/** The bank's codes live for minutes; what goes on longer is looked at when somebody asks for it. */
const FOLLOW_MAX_MS = 30 * 60_000;
/** More customers than can stand at the tills of one store; the links to the hub are needed for payments. */
const FOLLOWED_MAX = 10;

export interface RefundSessions extends RefundSessionService {
  /** Throws the refusal unless the customer of this session is known now. */
  mustKnowCustomer(refundSessionId: string): Promise<RefundSession>;
  stop(): void;
}

export interface RefundSessionParts {
  context: Context;
  store: EdgeStore;
  payments: PaymentBook;
  link: HubLink;
  session: HubSession;
  policy: RefundPolicy;
  intervals: EdgeIntervals;
}

/** Refunds with the customer (scheme 2): opens sessions at the hub and follows them while they are of use. */
export function createRefundSessions(parts: RefundSessionParts): RefundSessions {
  const { context, store, payments, link, session, policy, intervals } = parts;
  const { clock, log } = context;
  const shelf = createSessionShelf(clock);
  const stopping = new AbortController();
  const followed = new Set<string>();

  const pause = (delayMs: number) => clock.sleep(delayMs, stopping.signal).catch(() => undefined);
  const reach = async (): Promise<void> => {
    await session.settled(intervals.hubGraceMs);
    if (!session.isUp()) throw hubAway();
  };
  /** An answer of the hub, or the refusal that a till understands. */
  const ask = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    await reach();
    try {
      return await call();
    } catch (error) {
      if (isEdgeError(error, 'hub_not_found')) throw unknownSession(error);
      if (isEdgeError(error, 'hub_unreachable') || isEdgeError(error, 'superseded')) throw hubAway(error);
      throw error;
    }
  };
  const follow = async (refundSessionId: string): Promise<void> => {
    if (followed.has(refundSessionId) || followed.size >= FOLLOWED_MAX) return;
    followed.add(refundSessionId);
    const untilMono = clock.monoMs() + FOLLOW_MAX_MS;
    while (!stopping.signal.aborted && clock.monoMs() < untilMono) {
      const known = shelf.get(refundSessionId);
      if (!known || isSessionOver(known)) break;
      const news = await link
        .getRefundSession(refundSessionId, known.version, FOLLOW_WAIT_MS)
        .then(take)
        .catch((error: unknown) => failed(known, error));
      if (!news || news.version <= known.version) await pause(FOLLOW_PAUSE_MS);
    }
    followed.delete(refundSessionId);
  };
  /** A restored hub may have lost the session; everything else is asked again. */
  const failed = (known: RefundSession, error: unknown): RefundSession | undefined => {
    const { refundSessionId, deviceId, createdAtMs } = known;
    if (!isEdgeError(error, 'hub_not_found')) {
      log.debug({ error, refundSessionId }, 'a refund session could not be asked about');
      return undefined;
    }
    const version = known.version + 1;
    return shelf.take({ refundSessionId, deviceId, createdAtMs, version, status: 'failed', statusReason: error.code });
  };
  const take = (view: HubRefundSessionView): RefundSession => {
    const taken = shelf.take(view);
    if (!isSessionOver(taken)) void follow(taken.refundSessionId);
    return taken;
  };
  /** Opening has no effect that anybody sees before the token is shown, so a lost answer is asked for again under the same id. */
  const openAtHub = async (deviceId: string): Promise<RefundSession> => {
    const refundSessionId = context.ids.uuid();
    const untilMono = clock.monoMs() + intervals.createWaitMs;
    for (;;) {
      const leftMs = Math.max(1, untilMono - clock.monoMs());
      try {
        return take(await link.openRefundSession({ refundSessionId, deviceId }, leftMs));
      } catch (error) {
        if (error instanceof ProblemError) throw error;
        const isWorthAsking = isEdgeError(error, 'hub_unreachable') && clock.monoMs() < untilMono;
        // A hub that can be reached, and has not answered, waits for the bank.
        if (!isWorthAsking || stopping.signal.aborted) throw session.isUp() ? bankSilent(error) : hubAway(error);
        await pause(intervals.hubRetryMs);
      }
    }
  };
  const find = async (refundSessionId: string): Promise<RefundSession> => {
    const known = shelf.get(refundSessionId);
    // What nobody follows any more may have changed since.
    if (known && (isSessionOver(known) || followed.has(refundSessionId))) return known;
    if (!isUuid(refundSessionId)) throw unknownSession();
    return take(await ask(() => link.getRefundSession(refundSessionId, 0, 0)));
  };
  const mustKnowCustomer = async (refundSessionId: string): Promise<RefundSession> => {
    const found = await find(refundSessionId);
    const { status, statusReason } = found;
    if (status === 'customer_known') return found;
    const code = status === 'awaiting_customer' ? 'customer_not_known' : 'refund_session_over';
    const detail = `the refund session is ${status}${statusReason === undefined ? '' : ` (${statusReason})`}`;
    throw refusal({ status: 409, code, detail });
  };
  return {
    offer: () => session.welcome()?.offer,
    find,
    mustKnowCustomer,
    onChange: shelf.onChange,
    async open({ deviceId }) {
      if (policy.scope === 'none') {
        throw refusal({ status: 403, code: 'refund_policy', detail: 'refunds are not allowed at this till' });
      }
      await session.settled(intervals.hubGraceMs);
      mustTakeSessions(session);
      await reach();
      const opened = await openAtHub(chooseDevice(session, deviceId));
      log.info({ refundSessionId: opened.refundSessionId, deviceId: opened.deviceId }, 'a refund code is shown');
      return opened;
    },
    async waitForChange(refundSessionId, afterVersion, waitMs, signal) {
      await find(refundSessionId);
      await shelf.waitForChange(refundSessionId, afterVersion, waitMs, signal);
      return find(refundSessionId);
    },
    async purchases(refundSessionId) {
      await mustKnowCustomer(refundSessionId);
      const listed = await ask(() => link.listCustomerPurchases(refundSessionId));
      const till = { policy, nowMs: clock.nowMs() };
      return listed.map((purchase) => {
        const payment = purchase.paymentId === undefined ? undefined : payments.get(purchase.paymentId);
        const own = payment && { payment, refunds: store.refundsOf(payment.paymentId) };
        return judgePurchase(purchase, own, till);
      });
    },
    stop: () => stopping.abort(),
  };
}

/** Throws where the hub's scheme has no refunds with the customer. */
function mustTakeSessions(session: HubSession): void {
  const offer = session.welcome()?.offer;
  if (!offer || offer.refunds === 'with_customer') return;
  const code = offer.refunds === 'none' ? 'refunds_not_offered' : 'refund_session_not_needed';
  throw refusal({ status: 409, code, detail: `refunds under scheme ${offer.scheme}: ${offer.refunds}` });
}

const HUB_AWAY: Hint = {
  kk: 'Орталықпен байланыс жоқ. Қайтару басталған жоқ, кейінірек қайталаңыз.',
  ru: 'Нет связи с центром. Возврат не начат, повторите позже.',
  en: 'The hub cannot be reached. No refund was started; try again later.',
};

function hubAway(cause?: unknown): ProblemError {
  const detail = 'the hub cannot be reached; no refund was started';
  const about = { status: 503, code: 'hub_unreachable', detail, retry: 'after', retryAfterS: 5 } as const;
  return refusal({ ...about, hint: HUB_AWAY }, cause);
}

const BANK_SILENT: Hint = {
  kk: 'Банк қазір жауап бермейді. Қайтару басталған жоқ, қайталап көріңіз.',
  ru: 'Банк сейчас не отвечает. Возврат не начат, попробуйте ещё раз.',
  en: 'The bank does not answer now. No refund was started; try again.',
};

function bankSilent(cause: unknown): ProblemError {
  const detail = 'the bank has given no refund code in time; no refund was started';
  const about = { status: 503, code: 'bank_unavailable', detail, retry: 'after', retryAfterS: 5 } as const;
  return refusal({ ...about, hint: BANK_SILENT }, cause);
}

function unknownSession(cause?: unknown): ProblemError {
  const detail = 'no refund session has this id';
  return refusal({ status: 404, code: 'refund_session_unknown', detail }, cause);
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
