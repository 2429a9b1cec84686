import type { Timer } from '@tolem/base';
import { KaspiError } from '@tolem/kaspi-core';
import { isHubError } from '../hub-error.ts';
import type { HubWorld } from '../hub-world.ts';
import { assertActing, isOwn } from '../lease/own.ts';
import { codeOf, within } from '../payment/bank-reader.ts';
import { bankRefusal } from '../payment/bank-refusal.ts';
import { createDueQueue } from '../payment/due-queue.ts';
import type { Payment } from '../payment/payment.ts';
import type { StoreTransaction } from '../store/store.ts';
import { expectedAvailable, readAvailable } from './available-read.ts';
import { isCustomerGone } from './customer-consent.ts';
import type { Refund } from './refund.ts';
import type { RefundInput } from './refund-input.ts';
import { applyToRefund, type InputFor, type RefundApplied } from './refund-ledger.ts';

/** Carries out the refunds that this instance owns: reads before, one call, reads after. */
export interface RefundRunner {
  /** Takes a refund as just stored or adopted; resolves when nothing is left to do at once. */
  take(refund: Refund): Promise<void>;
  /** Takes a refund that is stored as having something to do, unless it has its turn already. */
  resume(refund: Refund): void;
  start(): void;
  forgetAll(): void;
  stop(): Promise<void>;
  readonly open: number;
}

/** Refunds carried out at once; the rest waits its turn. */
const CONCURRENCY = 8;
/** How soon a refund is looked at again after silence, a failure of ours, or while nothing may be sent. */
const AGAIN_MS = 30_000;
/** A lease that is not held now is held again, or lost, within its next renewal. */
const AFTER_LEASE_MS = 2_000;
const BUSY_MS = 100;
/** The bank's answer to a refund is worth several tries to store it. */
const COMMIT_TRIES = 10;
const COMMIT_PAUSE_MS = 1_000;

export interface RefundRunnerOptions {
  world: HubWorld;
  /** While the hub recovers from a restore nothing is sent. */
  isRecovering: () => Promise<boolean>;
  onPayment: (payment: Payment) => void;
}

export function createRefundRunner({ world, isRecovering, onPayment }: RefundRunnerOptions): RefundRunner {
  const { clock, settings, time } = world;
  const { intervals } = settings;
  const due = createDueQueue();
  const running = new Map<string, Promise<void>>();
  let timer: Timer | undefined;
  let isStarted = false;

  const schedule = (refundId: string, atMs: number | undefined): void => {
    if (atMs === undefined) due.remove(refundId);
    else due.put(refundId, clock.monoMs() + Math.max(0, atMs - time.nowMs()));
    world.meter.gauge('open_refunds', due.size + running.size);
    arm();
  };
  const apply = async (refundId: string, inputFor: InputFor): Promise<RefundApplied | undefined> => {
    const applied = await world.store.transaction((tx) => applyToRefund(tx, world, refundId, inputFor));
    if (applied?.isChanged) onPayment(applied.payment);
    return applied;
  };
  const look = async (refundId: string): Promise<void> => {
    const found = await world.store.transaction(async (tx) => {
      const refund = await tx.refunds.get(refundId);
      const payment = refund && (await tx.payments.get(refund.paymentId));
      return payment && { refund, payment: await atSessionsDevice(tx, refund, payment) };
    });
    assertActing(world);
    if (!found || !isOwn(world, found.refund) || found.refund.nextReadAtMs === undefined) return;
    if (found.refund.status === 'approved' && (await isRecovering()))
      return schedule(refundId, time.nowMs() + AGAIN_MS);
    const { read, deviceToken } = await readAvailable(world, found.payment);
    const wallOffsetMs = time.toWallMs(read.nowMs) - read.nowMs;
    // What is expected is taken from the payment under its lock: a refund confirmed meanwhile counts.
    const applied = await apply(refundId, async (refund, payment, tx) => {
      assertActing(world);
      if (!isOwn(world, refund)) return undefined;
      const now = { ...read, isCustomerGone: await isCustomerGone(tx, world, refund) };
      return now.kind === 'available_read' ? { ...now, expected: expectedAvailable(payment) } : now;
    });
    if (!applied) return;
    if (applied.isToSend) {
      const sendByWallMs = (applied.refund.sendByMs ?? 0) + wallOffsetMs;
      return call(applied.refund, { payment: { ...applied.payment, deviceToken }, sendByWallMs });
    }
    const isSilent = read.kind === 'read_failed';
    schedule(
      refundId,
      isSilent && applied.refund.nextReadAtMs !== undefined ? time.nowMs() + AGAIN_MS : applied.refund.nextReadAtMs,
    );
  };
  const call = async (refund: Refund, order: Order): Promise<void> => {
    // Without an answer to that nothing is sent either.
    const outcome = (await isRecovering().catch(() => true)) ? notNow(time.nowMs()) : callBank(world, refund, order);
    const inTime = await within(clock, intervals.refundAnswerMs, outcome);
    const input = inTime ?? { kind: 'unanswered', nowMs: time.nowMs(), code: 'given_up' };
    schedule(refund.refundId, (await keep(refund, input))?.refund.nextReadAtMs);
    // The answer of a call that was given up may still come, and is the best evidence there is.
    if (!inTime) void keepLate(refund, outcome);
  };
  const keepLate = async (refund: Refund, outcome: Promise<RefundInput>): Promise<void> => {
    try {
      const late = await outcome;
      if (late.kind === 'answered') await keep(refund, late);
    } catch (error) {
      // The reads of the available amount find it out as well.
      world.log.warn({ error, refundId: refund.refundId }, 'the late answer to a refund could not be stored');
    }
  };
  /** Stores the outcome of one call. It may be tried again after a lost answer of the store, so it counts for that call only. */
  const keep = async ({ refundId, sends }: Refund, input: RefundInput): Promise<RefundApplied | undefined> => {
    const ofThisCall = (current: Refund) => (input.kind === 'answered' || current.sends === sends ? input : undefined);
    for (let tries = 1; ; tries++) {
      try {
        return await apply(refundId, ofThisCall);
      } catch (error) {
        if (!isHubError(error, 'store_unavailable') || tries === COMMIT_TRIES || !world.lease.isHeld()) throw error;
        await clock.sleep(COMMIT_PAUSE_MS);
      }
    }
  };
  const begin = (refundId: string): Promise<void> => {
    const known = running.get(refundId);
    if (known) return known;
    const turn = look(refundId)
      .catch((error: unknown) => {
        if (!isHubError(error, 'lease_lost', 'store_unavailable'))
          world.log.error({ error, refundId }, 'a turn of a refund failed');
        schedule(refundId, time.nowMs() + (isHubError(error, 'lease_lost') ? AFTER_LEASE_MS : AGAIN_MS));
      })
      .finally(() => {
        running.delete(refundId);
        run();
      });
    running.set(refundId, turn);
    return turn;
  };
  const run = (): void => {
    timer = undefined;
    if (!isStarted) return;
    while (running.size < CONCURRENCY) {
      const refundId = due.takeDue(clock.monoMs());
      if (refundId === undefined) break;
      // Due again while its turn is still running: shortly after.
      if (running.has(refundId)) due.put(refundId, clock.monoMs() + BUSY_MS);
      else void begin(refundId);
    }
    arm();
  };
  const arm = (): void => {
    timer?.cancel();
    timer = undefined;
    const nextAt = due.nextAt();
    if (!isStarted || nextAt === undefined || running.size >= CONCURRENCY) return;
    timer = clock.after(Math.max(0, nextAt - clock.monoMs()), run);
  };
  const take = async (refund: Refund): Promise<void> => {
    if (!isOwn(world, refund) || refund.nextReadAtMs === undefined) return;
    const isDue = refund.nextReadAtMs <= time.nowMs();
    if (isDue && isStarted && running.size < CONCURRENCY) return begin(refund.refundId);
    schedule(refund.refundId, refund.nextReadAtMs);
  };
  return {
    take,
    resume(refund) {
      if (!running.has(refund.refundId) && !due.has(refund.refundId)) void take(refund);
    },
    start() {
      isStarted = true;
      arm();
    },
    forgetAll() {
      due.clear();
      timer?.cancel();
    },
    async stop() {
      isStarted = false;
      timer?.cancel();
      await Promise.allSettled([...running.values()]);
    },
    get open() {
      return due.size + running.size;
    },
  };
}

/** A refund with the customer goes through the device at which they are known. */
async function atSessionsDevice(tx: StoreTransaction, refund: Refund, payment: Payment): Promise<Payment> {
  const { refundSessionId } = refund;
  const session = refundSessionId === undefined ? undefined : await tx.refundSessions.get(refundSessionId);
  return session ? { ...payment, deviceToken: session.deviceToken } : payment;
}

/** What the call is made with: the device that the bank has just answered for, and the last moment by this machine's clock. */
interface Order {
  payment: Payment;
  sendByWallMs: number;
}

/** The hub recovers from a restore: what was decided before it knew is not sent. */
async function notNow(nowMs: number): Promise<RefundInput> {
  return { kind: 'not_sent', nowMs, code: 'recovering' };
}

/** The one call. `sendByMs` is checked here and, by the bank's port, just before the bytes are written. Never rejects. */
async function callBank(world: HubWorld, refund: Refund, order: Order): Promise<RefundInput> {
  const { payment, sendByWallMs } = order;
  const { time } = world;
  const sendByMs = refund.sendByMs ?? 0;
  if (time.nowMs() > sendByMs || !world.lease.isHeld() || !isOwn(world, refund)) {
    return { kind: 'not_sent', nowMs: time.nowMs(), code: 'send_deadline_passed' };
  }
  try {
    const { bankRefundId } = await world.bank.refund({
      organizationBin: payment.organizationBin,
      deviceToken: payment.deviceToken,
      bankPaymentId: payment.bankPaymentId ?? '',
      amount: refund.amount,
      sendByMs: sendByWallMs,
      ...(refund.refundCodeId === undefined ? {} : { refundCodeId: refund.refundCodeId }),
    });
    return { kind: 'answered', nowMs: time.nowMs(), bankRefundId };
  } catch (error) {
    const nowMs = time.nowMs();
    const code = codeOf(error);
    if (!(error instanceof KaspiError) || error.effect === 'possible') return { kind: 'unanswered', nowMs, code };
    const refusal = bankRefusal(error);
    return refusal
      ? { kind: 'refused', nowMs, code, detail: refusal.problem.detail }
      : { kind: 'not_sent', nowMs, code };
  }
}
