import { type Context, type Problem, ProblemError } from '@tolem/base';
import { isEdgeError } from '../edge-error.ts';
import type { EdgeIntervals } from '../edge-settings.ts';
import type { HubLink, HubPaymentView } from '../hub/hub-link.ts';
import type { HubSession } from '../hub/hub-session.ts';
import { persist } from '../store/persist.ts';
import { chooseDevice } from './choose-device.ts';
import type { HubFollowing } from './hub-following.ts';
import { isUnheardInvoice } from './hub-payment.ts';
import { asked, requestOf } from './hub-request.ts';
import type { PaymentBook } from './payment-book.ts';
import type { PaymentRecord } from './payment-record.ts';

/**
 * How long after its beginning the hub is asked to send an invoice. Later it is asked to withdraw it: a customer who gets a
 * request to pay minutes after they have left would be a second buyer of the same goods.
 */
const ASK_MS = 60_000;

/**
 * Invoices at the hub. Unlike a code, an invoice that nobody answered for may be with the customer: it is `unknown` until
 * the hub has spoken, never failed, and what was never heard of is withdrawn [decisions: invoices].
 */
export interface HubInvoices {
  /** Asks for it; resolves when the hub has answered, or after `withinMs` while it goes on asking. */
  begin(paymentId: string, withinMs: number): Promise<void>;
  /** Takes up one that an earlier process had not heard of. */
  resume(payment: PaymentRecord): void;
  cancel(paymentId: string): Promise<void>;
  refresh(paymentId: string, by: string): Promise<void>;
  findPayer(request: { deviceId?: string; phone: string }): Promise<{ clientName: string }>;
}

export function createHubInvoices(parts: {
  context: Context;
  book: PaymentBook;
  link: HubLink;
  session: HubSession;
  following: HubFollowing;
  intervals: EdgeIntervals;
  take: (view: HubPaymentView) => void;
  /** Tells the hub now of what is to be withdrawn. */
  tellAbandoned: () => Promise<void>;
}): HubInvoices {
  const { context, book, link, session, following, intervals, take } = parts;

  const saveUnheard = (paymentId: string, change: Partial<PaymentRecord>): Promise<void> =>
    persist(context, paymentId, () => {
      const payment = book.must(paymentId);
      if (isUnheardInvoice(payment) && payment.abandon === undefined)
        following.follow(book.save({ ...payment, ...change }));
    });
  const giveUp = async (paymentId: string): Promise<void> => {
    await saveUnheard(paymentId, { status: 'unknown', statusReason: 'hub_unreachable', abandon: 'pending' });
    await parts.tellAbandoned();
  };
  /** The hub's own word: only where it says that nothing moved has it failed. */
  const refused = async (paymentId: string, { code, money }: Problem): Promise<void> => {
    if (money !== 'none') return saveUnheard(paymentId, { status: 'unknown', statusReason: code });
    const failed = { status: 'failed', statusReason: code, final: true, toldNone: true, abandon: 'pending' } as const;
    await saveUnheard(paymentId, failed);
    void parts.tellAbandoned();
  };
  const ask = async (paymentId: string, isTakenUp: boolean): Promise<void> => {
    // An attempt that stayed without an answer may have sent it, also one of an earlier process.
    let mayBeOut = isTakenUp;
    const ageMs = Math.max(0, context.clock.nowMs() - book.must(paymentId).createdAtMs);
    const untilMono = context.clock.monoMs() + ASK_MS - ageMs;
    for (;;) {
      const payment = book.must(paymentId);
      if (!isUnheardInvoice(payment) || payment.abandon !== undefined) return;
      const leftMs = untilMono - context.clock.monoMs();
      if (leftMs <= 0) return giveUp(paymentId);
      try {
        take(await link.createPayment(requestOf(payment, intervals), Math.min(leftMs, intervals.hubCallMs)));
        following.follow(book.must(paymentId));
        return;
      } catch (error) {
        if (error instanceof ProblemError && !isNoAnswer(error.problem)) {
          // The hub's door may refuse before the id is looked up: such a word tells nothing of an earlier attempt.
          return mayBeOut && error.problem.money === 'none' ? giveUp(paymentId) : refused(paymentId, error.problem);
        }
        const isAway = isEdgeError(error, 'hub_unreachable') || isEdgeError(error, 'superseded');
        if (!isAway && !(error instanceof ProblemError)) throw error;
        mayBeOut ||= !isAway || error.effect !== 'none';
        await context.clock.sleep(Math.min(intervals.hubRetryMs, Math.max(1, leftMs)));
      }
    }
  };
  /** Goes on while nobody waits for it; the process that stops leaves it to the next one. */
  const askOn = (paymentId: string, isTakenUp: boolean): Promise<void> =>
    ask(paymentId, isTakenUp).catch((error: unknown) => {
      if (!isEdgeError(error, 'journal_closed')) throw error;
    });
  const settledBy = async (paymentId: string, deadlineMono: number): Promise<void> => {
    for (;;) {
      const payment = book.must(paymentId);
      const leftMs = deadlineMono - context.clock.monoMs();
      if (payment.status !== 'created' || payment.final || leftMs <= 0) return;
      await book.waitForChange(paymentId, payment.version, leftMs);
    }
  };
  return {
    async begin(paymentId, withinMs) {
      void askOn(paymentId, false);
      await settledBy(paymentId, context.clock.monoMs() + withinMs);
      await saveUnheard(paymentId, { status: 'unknown', statusReason: 'hub_unreachable' });
    },
    resume({ paymentId }) {
      void askOn(paymentId, true);
    },
    async cancel(paymentId) {
      if (isUnheardInvoice(book.must(paymentId))) return giveUp(paymentId);
      take(await asked(() => link.cancelPayment(paymentId, 'till', true), paymentId));
    },
    async refresh(paymentId, by) {
      if (isUnheardInvoice(book.must(paymentId))) return;
      take(await asked(() => link.refreshPayment(paymentId, by), paymentId));
    },
    async findPayer({ deviceId, phone }) {
      return asked(() => link.findPayer({ deviceId: chooseDevice(session, deviceId), phone }));
    },
  };
}

/** The hub may have begun and asks to be asked again: as good as no answer. */
function isNoAnswer({ money, retry }: Problem): boolean {
  return money === 'maybe' && retry === 'same_key';
}
