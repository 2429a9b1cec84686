import { type Context, ProblemError, type Timer } from '@tolem/base';
import type { CaseDesk } from '../case/case-desk.ts';
import { EdgeError, isEdgeError } from '../edge-error.ts';
import type { EdgeIntervals } from '../edge-settings.ts';
import type { HubLink, HubPaymentView } from '../hub/hub-link.ts';
import type { HubSession } from '../hub/hub-session.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import { persist } from '../store/persist.ts';
import type { HubFollowing } from './hub-following.ts';
import { createHubInvoices, type HubInvoices } from './hub-invoices.ts';
import { isEcho, isUnheardInvoice, type Merged, mergeHubView, mergeNotFound } from './hub-payment.ts';
import { asked, requestOf } from './hub-request.ts';
import type { PaymentBook } from './payment-book.ts';
import type { PaymentRecord } from './payment-record.ts';
import { refusal } from './problems.ts';

/** The hub may still be performing a call that we gave up: only after this time does "not found" mean that it never will. */
const ABANDON_SETTLES_MS = 120_000;
/** Between two attempts to tell the hub that a payment was abandoned, while the hub can be reached. */
const ABANDON_RETRY_MS = 15_000;

/** How the hub refuses to withdraw an invoice that it has looked at; any other refusal says nothing of it and is met again. */
const WITHDRAWAL_OUTCOMES: ReadonlySet<string> = new Set(['customer_confirming', 'outcome_unknown']);

/** Payments that the hub owns: the agent writes the intent, asks, and follows. */
export interface HubPayments {
  /** Asks the hub for a payment whose intent is on disk, until it answers or `deadlineMs` from now is over. */
  begin(paymentId: string, withinMs: number): Promise<void>;
  cancel(paymentId: string): Promise<void>;
  acceptLate(paymentId: string): Promise<void>;
  readonly invoices: Pick<HubInvoices, 'refresh' | 'findPayer'>;
  /** Takes up what an earlier process left open. */
  resume(): void;
  /** Merges what the hub said, from a stream or from an answer. */
  take(view: HubPaymentView): void;
  /** Tells the hub now of every payment whose code must be taken down. */
  tellAbandoned(): void;
  stop(): void;
}

export function createHubPayments(parts: {
  context: Context;
  store: EdgeStore;
  book: PaymentBook;
  cases: CaseDesk;
  link: HubLink;
  session: HubSession;
  following: HubFollowing;
  intervals: EdgeIntervals;
}): HubPayments {
  const { context, store, book, cases, link, session, intervals } = parts;
  const { follow } = parts.following;
  let abandonTimer: Timer | undefined;
  let isAbandoning = false;

  const storeMerged = ({ next, alarm }: Merged): void => {
    const saved = book.save(next, (writer) => {
      const subject = next.paymentId;
      const detail = { status: next.status, hubVersion: String(next.hubVersion) };
      if (alarm) cases.open({ kind: alarm, subject, paymentId: subject, amount: next.amount, detail }, writer);
    });
    follow(saved);
  };
  const take = (view: HubPaymentView): void => {
    const payment = book.get(view.paymentId);
    if (!payment || payment.method === 'terminal') return;
    const merged = mergeHubView(payment, view, context.clock.nowMs());
    if (!merged) return;
    // A commit and a fact for the hub would say nothing.
    if (isEcho(payment, merged)) parts.following.heard(view.paymentId, view.version);
    else storeMerged(merged);
  };
  /** The till is told that no money moved: the code is never shown, and the hub hears of it, now or as soon as it can. */
  const tellNone = async (paymentId: string, statusReason: string): Promise<void> => {
    await persist(context, paymentId, () => {
      const payment = book.must(paymentId);
      // While the disk was full the hub may have said more than we were about to say.
      if (payment.status !== 'created' || payment.final) return;
      book.save({ ...payment, status: 'failed', statusReason, final: true, toldNone: true, abandon: 'pending' });
    });
    void abandonAll();
  };
  const ask = async (paymentId: string, deadlineMono: number): Promise<void> => {
    for (;;) {
      const payment = book.must(paymentId);
      const leftMs = deadlineMono - context.clock.monoMs();
      if (payment.final || payment.hubVersion > 0) return;
      if (leftMs <= 0) return tellNone(paymentId, 'hub_unreachable');
      try {
        take(await link.createPayment(requestOf(payment, intervals), Math.min(leftMs, intervals.hubCallMs)));
        follow(book.must(paymentId));
        return;
      } catch (error) {
        const now = book.must(paymentId);
        if (error instanceof ProblemError) {
          if (now.final || now.hubVersion > 0) return;
          // Also where the hub says that no money moved: it may have written the payment down before it refused.
          return tellNone(paymentId, error.problem.code);
        }
        if (!isEdgeError(error, 'hub_unreachable') && !isEdgeError(error, 'superseded')) throw error;
        const pauseMs = Math.min(intervals.hubRetryMs, deadlineMono - context.clock.monoMs());
        if (pauseMs > 0) await context.clock.sleep(pauseMs);
      }
    }
  };
  /** The hub has the payment but not yet the bank's answer: its stream brings it. */
  const awaitCode = async (paymentId: string, deadlineMono: number): Promise<void> => {
    for (;;) {
      const payment = book.must(paymentId);
      const leftMs = deadlineMono - context.clock.monoMs();
      if (payment.status !== 'created' || payment.final) return;
      if (leftMs <= 0) return tellNone(paymentId, 'hub_unreachable');
      await book.waitForChange(paymentId, payment.version, leftMs);
    }
  };
  const isSettled = (createdAtMs: number) => Math.abs(context.clock.nowMs() - createdAtMs) > ABANDON_SETTLES_MS;
  const abandonOne = async ({ paymentId, method, createdAtMs }: PaymentRecord): Promise<void> => {
    try {
      take(await link.cancelPayment(paymentId, 'abandoned', method === 'invoice'));
    } catch (error) {
      if (error instanceof ProblemError && error.problem.code === 'already_paid') return paidAfterAll(paymentId);
      if (method === 'invoice') return withdrawn(paymentId, error, createdAtMs);
      if (!isEdgeError(error, 'hub_not_found') || !isSettled(createdAtMs)) throw error;
    }
    follow(book.save({ ...book.must(paymentId), abandon: 'done' }));
  };
  /** The bank is not asked again and again: the hub's word is enough, and its stream brings the rest. */
  const withdrawn = (paymentId: string, error: unknown, createdAtMs: number): void => {
    const isGone = isEdgeError(error, 'hub_not_found') && isSettled(createdAtMs);
    const isConsidered = error instanceof ProblemError && WITHDRAWAL_OUTCOMES.has(error.problem.code);
    if (!isGone && !isConsidered) throw error;
    const payment = book.must(paymentId);
    // The hub never heard of it and never will: nothing went out.
    const ended =
      isGone && isUnheardInvoice(payment) ? ({ status: 'failed', final: true, toldNone: true } as const) : {};
    follow(book.save({ ...payment, ...ended, abandon: 'done' }));
  };
  /** Too late to take it down: where nobody was told otherwise the stream brings `paid`; elsewhere a person must hear of it. */
  const paidAfterAll = (paymentId: string): void => {
    const payment = book.must(paymentId);
    const saved = book.save({ ...payment, abandon: 'done' }, (writer) => {
      if (payment.toldNone !== true) return;
      const detail = { status: payment.status, refused: 'already_paid' };
      cases.open({ kind: 'paid_after_none', subject: paymentId, paymentId, amount: payment.amount, detail }, writer);
    });
    follow(saved);
  };
  const abandonAll = async (): Promise<void> => {
    if (isAbandoning || !session.isUp()) return;
    isAbandoning = true;
    abandonTimer?.cancel();
    try {
      for (const payment of abandoned()) await abandonOne(payment).catch((error: unknown) => notTold(payment, error));
      isAbandoning = false;
      if (abandoned().length > 0) abandonTimer = context.clock.after(ABANDON_RETRY_MS, () => void abandonAll());
    } catch (error) {
      // The process stops while a call is under way; the next one goes on.
      if (!isEdgeError(error, 'journal_closed')) throw error;
    } finally {
      isAbandoning = false;
    }
  };
  const abandoned = () => store.openPayments().filter((one) => one.abandon === 'pending');
  const notTold = ({ paymentId }: PaymentRecord, error: unknown): void => {
    // A bug is not hidden among the failures of a link.
    if (!(error instanceof ProblemError || error instanceof EdgeError)) throw error;
    context.log.debug({ error, paymentId }, 'the hub was not told yet of an abandoned payment');
  };
  session.subscribe({
    up: () => void abandonAll(),
    payment: (view) => void persist(context, view.paymentId, () => take(view)),
    notFound(paymentId) {
      void persist(context, paymentId, () => {
        const payment = book.get(paymentId);
        const next = payment && mergeNotFound(payment);
        if (next) book.save(next);
      });
    },
  });
  const begin = async (paymentId: string, withinMs: number): Promise<void> => {
    const deadlineMono = context.clock.monoMs() + withinMs;
    await ask(paymentId, deadlineMono);
    await awaitCode(paymentId, deadlineMono);
  };
  const invoices = createHubInvoices({ ...parts, take, tellAbandoned: abandonAll });
  return {
    take,
    invoices,
    tellAbandoned: () => void abandonAll(),
    begin: (paymentId, withinMs) =>
      book.must(paymentId).method === 'invoice' ? invoices.begin(paymentId, withinMs) : begin(paymentId, withinMs),
    async cancel(paymentId) {
      const payment = book.must(paymentId);
      if (payment.method === 'invoice') return invoices.cancel(paymentId);
      if (payment.status === 'created') {
        // Nobody has seen a code yet: the till may be told at once, and the hub as soon as it hears us.
        book.save({ ...payment, status: 'cancelled', final: true, toldNone: true, abandon: 'pending' });
        void abandonAll();
        return;
      }
      if (payment.status === 'awaiting_confirmation') throw customerConfirming(paymentId);
      take(await asked(() => link.cancelPayment(paymentId, 'till'), paymentId));
    },
    async acceptLate(paymentId) {
      take(await asked(() => link.acceptLate(paymentId), paymentId));
    },
    resume() {
      parts.following.resume();
      for (const payment of store.openPayments()) {
        if (payment.method === 'terminal') continue;
        if (payment.hubVersion > 0 || payment.final || payment.status !== 'created') follow(payment);
        if (isUnheardInvoice(payment)) invoices.resume(payment);
        if (payment.final || payment.status !== 'created' || payment.method === 'invoice') continue;
        const agedMs = Math.max(0, context.clock.nowMs() - payment.createdAtMs);
        void begin(payment.paymentId, Math.max(0, intervals.createWaitMs - agedMs));
      }
    },
    stop: () => abandonTimer?.cancel(),
  };
}

function customerConfirming(paymentId: string): ProblemError {
  return refusal({
    status: 409,
    code: 'customer_confirming',
    detail: 'the customer is confirming this payment: wait for its outcome',
    money: 'maybe',
    retry: 'after',
    retryAfterS: 5,
    paymentId,
  });
}
