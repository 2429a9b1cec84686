import type { Caller } from '../caller.ts';
import { guarded } from '../guarded.ts';
import type { HubWorld } from '../hub-world.ts';
import { ABANDONED, cancelInvoice, isWithdrawable } from '../invoice/cancel-invoice.ts';
import { findPayer } from '../invoice/find-payer.ts';
import { resolveInvoice } from '../invoice/resolve-invoice.ts';
import { plainText } from '../plain-text.ts';
import { present } from '../present.ts';
import { problem } from '../problem-catalogue.ts';
import { readPurchase, within } from './bank-reader.ts';
import { createPaymentCreation } from './create-payment.ts';
import type { Payment } from './payment.ts';
import { applyToPayment } from './payment-ledger.ts';
import type { PaymentService } from './payment-service.ts';
import { actorOf, type PaymentWatchers } from './payment-watch.ts';
import { refreshPayment } from './refresh-payment.ts';
import { visiblePayment } from './visible-payment.ts';

/** A page of `resume`, and the most that a search answers at once. */
const PAGE = 200;
const REASON_LIMIT = 200;
const DAY_MS = 86_400_000;

export interface PaymentServiceOptions {
  world: HubWorld;
  watchers: PaymentWatchers;
  /** Called after every commit that changed a payment. */
  onStored: (payment: Payment) => void;
  waitForChange: (payment: Payment, limitMs: number) => Promise<void>;
}

export function createPaymentService(options: PaymentServiceOptions): PaymentService {
  const { world, watchers, onStored } = options;
  const creation = createPaymentCreation(world, onStored, options.waitForChange);
  const read = (caller: Caller, paymentId: string) =>
    world.store.transaction((tx) => visiblePayment(tx, caller, paymentId));

  return {
    // An invoice may be with its customer although its outcome could not be stored.
    create: (caller, request) =>
      guarded(() => creation.create(caller, request), request.method === 'invoice' ? 'maybe' : 'none'),
    get: (caller, paymentId) => guarded(() => read(caller, paymentId)),
    cancel: (caller, paymentId, reason) =>
      guarded(() => cancel(options, caller, paymentId, plainText(reason, 'reason', REASON_LIMIT)), 'maybe'),
    refresh: (caller, paymentId, by) =>
      guarded(() => refreshPayment(world, onStored, caller, { paymentId, ...present({ by }) }), 'maybe'),
    findPayer: (caller, request) => guarded(() => findPayer(world, caller, request)),
    resolveInvoice: (caller, paymentId, resolution) =>
      guarded(async () => {
        const payment = await resolveInvoice(world, caller, paymentId, resolution);
        onStored(payment);
        return payment;
      }, 'maybe'),
    acceptLate: (caller, paymentId) => guarded(() => acceptLate(options, caller, paymentId), 'maybe'),
    watch: (caller, onChange) => watchers.watch(caller, onChange),
    resume: (caller) => resume(world, caller),
    search: (filter) =>
      guarded(() =>
        world.store.transaction((tx) => tx.payments.search({ ...filter, limit: Math.min(filter.limit, PAGE) })),
      ),
    timeline: (paymentId) => guarded(() => world.store.transaction((tx) => tx.payments.events(paymentId))),
  };
}

/**
 * Takes the code down before anybody has scanned it. The bank is asked first, for two seconds, so that a customer who is
 * just confirming is not left alone; what has ended already is returned as it is.
 */
async function cancel(
  { world, onStored, waitForChange }: PaymentServiceOptions,
  caller: Caller,
  paymentId: string,
  reason: string,
): Promise<Payment> {
  const find = () => world.store.transaction((tx) => visiblePayment(tx, caller, paymentId));
  let before = await find();
  if (before.source === 'edge') throw problem('payment_not_found', 'the payment belongs to its agent', { paymentId });
  // An invoice that is just going out is waited for: only with its id can it be withdrawn.
  if (before.status === 'created' && before.sentAtMs !== undefined) {
    await waitForChange(before, world.settings.intervals.createWaitMs);
    before = await find();
    // A program takes an outcome for the end of its wish: it comes again when the bank has answered.
    if (before.status === 'created' && reason === ABANDONED) throw beingSent(paymentId);
  }
  if (isWithdrawable(before)) return cancelOutcome(await cancelInvoice({ world, caller, reason, onStored }, before));
  const isShown = before.status === 'awaiting_scan';
  const reading = isShown
    ? within(world.clock, world.settings.intervals.cancelReadMs, readPurchase(world, before))
    : undefined;
  const learnt = await reading;
  const actor = actorOf(caller);
  const payment = await world.store.transaction(async (tx) => {
    const locked = await visiblePayment(tx, caller, paymentId, { lock: true });
    const known = learnt === undefined ? locked : (await applyToPayment(tx, world, locked, learnt)).payment;
    const input = { kind: 'cancel', nowMs: world.time.nowMs(), reason, actor } as const;
    return (await applyToPayment(tx, world, known, input, { actor })).payment;
  });
  onStored(payment);
  return cancelOutcome(payment);
}

function beingSent(paymentId: string): Error {
  const detail = 'the bank has not answered yet whether the invoice went out';
  return problem('bank_unavailable', detail, { paymentId, money: 'maybe', retryAfterS: 30 });
}

function cancelOutcome(payment: Payment): Payment {
  const about = { paymentId: payment.paymentId };
  if (payment.status === 'awaiting_confirmation') {
    throw problem('customer_confirming', 'the customer is confirming the payment now', about);
  }
  if (payment.status === 'paid') throw problem('already_paid', 'the payment has been paid', about);
  // An invoice that has gone out and is not answered yet may be on the customer's phone.
  if (payment.status === 'unknown' || payment.status === 'created') {
    throw problem('outcome_unknown', 'it is not known whether the payment was made', {
      ...about,
      money: payment.statusReason === 'amount_mismatch' ? 'moved' : 'maybe',
    });
  }
  return payment;
}

async function acceptLate(
  { world, onStored }: PaymentServiceOptions,
  caller: Caller,
  paymentId: string,
): Promise<Payment> {
  const actor = actorOf(caller);
  const { payment, isChanged } = await world.store.transaction(async (tx) => {
    const current = await visiblePayment(tx, caller, paymentId, { lock: true });
    return applyToPayment(tx, world, current, { kind: 'accept_late', nowMs: world.time.nowMs(), actor }, { actor });
  });
  if (isChanged) onStored(payment);
  if (payment.status === 'paid') return payment;
  if (payment.late) {
    const isHeld = payment.late.outcome === 'case';
    const what = isHeld ? 'a person decides about the late money' : 'the late money is being given back';
    throw problem(isHeld ? 'late_money_held' : 'late_window_closed', what, { paymentId });
  }
  throw problem('no_late_money', 'no late money has come for this payment', {
    paymentId,
    money: payment.final ? 'none' : 'maybe',
  });
}

async function* resume(world: HubWorld, caller: Caller): AsyncIterable<Payment> {
  if (caller.kind !== 'agent') throw problem('forbidden', 'only an agent resumes');
  const sinceMs = world.time.nowMs() - world.settings.limits.resumeDays * DAY_MS;
  let afterId: string | undefined;
  for (;;) {
    const page = await guarded(() =>
      world.store.transaction((tx) => tx.payments.resumable(caller.agentId, sinceMs, PAGE, afterId)),
    );
    yield* page;
    if (page.length < PAGE) return;
    afterId = page.at(-1)?.paymentId;
  }
}
