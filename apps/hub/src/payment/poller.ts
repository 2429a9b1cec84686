import type { Timer } from '@tolem/base';
import type { PurchaseMeaning } from '@tolem/kaspi-core';
import { isHubError } from '../hub-error.ts';
import type { HubWorld } from '../hub-world.ts';
import { isOwn } from '../lease/own.ts';
import { createDueQueue } from './due-queue.ts';
import type { Payment } from './payment.ts';
import { lookAtPayment } from './payment-look.ts';
import { deadlineOf, nextLookAt } from './watch-schedule.ts';

/**
 * Watches the payments that this instance owns, from memory: asks the bank when they are due, at most `pollConcurrency`
 * at once, and writes only what changed. It holds payments only while the lease is held.
 */
export interface Poller {
  /** Takes a payment as just stored: watches it on, or forgets it when there is nothing left to do or another owns it. */
  stored(payment: Payment): void;
  /** The same with one that another owner has watched until now: thousands may come at once. */
  adopted(payment: Payment): void;
  /** The versions of what is watched, for a comparison with what is stored. */
  versions(): ReadonlyMap<string, number>;
  start(): void;
  /** Forgets everything: the lease is lost. */
  forgetAll(): void;
  /** Begins no more reads; resolves when those under way have ended. */
  stop(): Promise<void>;
  readonly watched: number;
  /** By how much the most overdue payment is late, in milliseconds. */
  latenessMs(): number;
}

/** Spreads reads that began together, by up to this fraction of the interval: never sooner than the bank allows. */
const JITTER = 0.1;
const JITTER_MAX_MS = 1_000;
/** Adopted payments are first looked at anywhere within their interval, where that is no longer than this. */
const ADOPTED_SPREAD_MAX_MS = 60_000;
/** A payment whose look failed inside us (the store) is looked at again after this. */
const AFTER_FAILURE_MS = 2_000;
/** A look that changed nothing is not repeated sooner, whatever the schedule says. */
const LEAST_PAUSE_MS = 500;

interface Entry {
  payment: Payment;
  lastMeaning?: PurchaseMeaning;
}

export function createPoller(world: HubWorld, onStored: (payment: Payment) => void): Poller {
  const { clock, settings } = world;
  const entries = new Map<string, Entry>();
  const due = createDueQueue();
  const looking = new Map<string, Promise<void>>();
  let timer: Timer | undefined;
  let isRunning = false;

  const schedule = (entry: Entry, leastMs = 0): void => {
    const nowMs = world.time.nowMs();
    const waitMs = nextLookAt(entry.payment, nowMs, settings.intervals, entry.lastMeaning) - nowMs;
    // Exact moments (deadlines, windows) are kept; a millisecond more makes sure that they have passed.
    const spread = isExact(entry.payment, waitMs)
      ? 1
      : Math.round(Math.min(waitMs * JITTER, JITTER_MAX_MS) * world.random.fraction());
    due.put(entry.payment.paymentId, clock.monoMs() + Math.max(leastMs, waitMs + spread));
    arm();
  };
  /** When the owner before has asked is not known: what is overdue comes first, the rest at its pace, but not all at once. */
  const scheduleAdopted = (entry: Entry): void => {
    const { payment } = entry;
    const nowMs = world.time.nowMs();
    const waitMs = nextLookAt(payment, nowMs, settings.intervals) - nowMs;
    if (isExact(payment, waitMs) || waitMs > ADOPTED_SPREAD_MAX_MS) {
      schedule(entry);
      return;
    }
    const wait = isOverdue(payment, nowMs) ? 0 : Math.round(waitMs * world.random.fraction());
    due.put(payment.paymentId, clock.monoMs() + wait);
    arm();
  };
  const forget = (paymentId: string): void => {
    entries.delete(paymentId);
    due.remove(paymentId);
    world.meter.gauge('open_payments', entries.size);
  };
  const take = (payment: Payment, isAdopted: boolean): void => {
    const known = entries.get(payment.paymentId);
    if (known && known.payment.version > payment.version) return;
    if (!payment.watched || payment.source !== 'hub' || !isOwn(world, payment)) {
      forget(payment.paymentId);
      return;
    }
    // The same version again changes nothing, so it must not put off the next look either.
    if (known?.payment.version === payment.version && isOwn(world, known.payment)) return;
    const entry: Entry = { ...known, payment };
    entries.set(payment.paymentId, entry);
    world.meter.gauge('open_payments', entries.size);
    // A look under way schedules the next one when it ends.
    if (!looking.has(payment.paymentId)) (isAdopted ? scheduleAdopted : schedule)(entry);
  };
  const look = async (entry: Entry): Promise<void> => {
    const { paymentId } = entry.payment;
    try {
      const outcome = await lookAtPayment(world, entry.payment);
      const current = entries.get(paymentId);
      if (!current) return;
      if (outcome.meaning !== undefined) entries.set(paymentId, { ...current, lastMeaning: outcome.meaning });
      if (outcome.kind === 'gone') forget(paymentId);
      else if (outcome.payment !== undefined) onStored(outcome.payment);
      rearm(paymentId, outcome.kind === 'stored' ? 0 : LEAST_PAUSE_MS);
    } catch (error) {
      if (!isHubError(error, 'lease_lost', 'store_unavailable'))
        world.log.error({ error, paymentId }, 'a look at a payment failed');
      if (entries.has(paymentId)) due.put(paymentId, clock.monoMs() + AFTER_FAILURE_MS);
    }
  };
  const rearm = (paymentId: string, leastMs: number): void => {
    const current = entries.get(paymentId);
    if (current) schedule(current, leastMs);
  };
  const run = (): void => {
    // Also called when a look ends: the timer that waits then must not be left behind to fire and arm others.
    timer?.cancel();
    timer = undefined;
    if (!isRunning) return;
    const nowMono = clock.monoMs();
    while (looking.size < settings.limits.pollConcurrency) {
      const lateBy = nowMono - (due.nextAt() ?? nowMono);
      const paymentId = due.takeDue(nowMono);
      if (paymentId === undefined) break;
      const entry = entries.get(paymentId);
      if (!entry || looking.has(paymentId)) continue;
      world.meter.observe('poll_lateness_ms', {}, lateBy);
      const running = look(entry).finally(() => {
        looking.delete(paymentId);
        run();
      });
      looking.set(paymentId, running);
    }
    arm();
  };
  const arm = (): void => {
    timer?.cancel();
    timer = undefined;
    const nextAt = due.nextAt();
    if (!isRunning || nextAt === undefined || looking.size >= settings.limits.pollConcurrency) return;
    timer = clock.after(Math.max(0, nextAt - clock.monoMs()), run);
  };
  return {
    stored: (payment) => take(payment, false),
    adopted: (payment) => take(payment, true),
    versions: () => new Map([...entries].map(([id, { payment }]) => [id, payment.version])),
    start() {
      isRunning = true;
      arm();
    },
    forgetAll() {
      entries.clear();
      due.clear();
      timer?.cancel();
    },
    async stop() {
      isRunning = false;
      timer?.cancel();
      await Promise.allSettled([...looking.values()]);
    },
    get watched() {
      return entries.size;
    },
    latenessMs: () => Math.max(0, clock.monoMs() - (due.nextAt() ?? clock.monoMs())),
  };
}

function isExact(payment: Payment, waitMs: number): boolean {
  return waitMs < payment.pollIntervalMs || payment.status === 'created' || payment.late !== undefined;
}

/** Its time is over, and nobody has read its status since. */
function isOverdue(payment: Payment, nowMs: number): boolean {
  const isOpen = payment.status === 'awaiting_scan' || payment.status === 'awaiting_confirmation';
  return isOpen && nowMs >= deadlineOf(payment);
}
