import type { PurchaseMeaning } from '@tolem/kaspi-core';
import type { HubIntervals, WatchStep } from '../hub-settings.ts';
import type { Payment } from './payment.ts';

/** How long late money is watched for altogether. */
export function watchLengthMs(steps: readonly WatchStep[]): number {
  return steps.at(-1)?.untilMs ?? 0;
}

/** The moment at which a payment ends unless something happens: the confirmation's once somebody has scanned. */
export function deadlineOf(payment: Payment): number {
  return payment.confirmDeadlineMs ?? payment.scanDeadlineMs ?? payment.createdAtMs;
}

/** The last moment of the watch; before the payment has ended, as if it ended at its deadline. */
export function watchEndOf(payment: Payment, steps: readonly WatchStep[]): number {
  return payment.watchUntilMs ?? deadlineOf(payment) + watchLengthMs(steps);
}

/**
 * When the hub must next do something for a watched payment, on the database's clock; never before `nowMs`.
 * An open payment is asked about at the bank's interval and once exactly at its deadline, an ended one by the steps of
 * the late watch. After the end of the watch one more read concludes it, so a moment past the end is `nowMs`.
 */
export function nextLookAt(
  payment: Payment,
  nowMs: number,
  intervals: Pick<HubIntervals, 'lateWatch' | 'createWindowMs' | 'createClaimMs'>,
  lastMeaning?: PurchaseMeaning,
): number {
  if (payment.status === 'created') return Math.max(nowMs, creationEndsAt(payment, intervals));
  if (payment.late?.outcome === 'open') {
    // Past its end only an unread amount keeps the window from its outcome; it is asked for like late money itself.
    const isOver = nowMs >= payment.late.claimUntilMs && payment.amountUnread === true && payment.method !== 'invoice';
    return isOver ? nextStepAt(payment, nowMs, intervals.lateWatch) : Math.max(nowMs, payment.late.claimUntilMs);
  }
  // Never at an interval [decisions: invoices].
  if (payment.method === 'invoice') return Math.max(nowMs, payment.nextReadAtMs ?? nowMs);
  const byBank = nowMs + payment.pollIntervalMs;
  if (payment.status === 'awaiting_scan' || payment.status === 'awaiting_confirmation') {
    const deadline = deadlineOf(payment);
    if (nowMs < deadline) return Math.min(byBank, deadline);
  }
  // Somebody is confirming although we have given up: look as often as the bank allows.
  if (lastMeaning === 'awaiting_confirmation' && payment.status !== 'paid') return byBank;
  return nextStepAt(payment, nowMs, intervals.lateWatch);
}

/** A claim that is under way at the end of the window is waited for. */
export function creationEndsAt(
  { createdAtMs, claim, sentAtMs }: Payment,
  { createWindowMs, createClaimMs }: Pick<HubIntervals, 'createWindowMs' | 'createClaimMs'>,
): number {
  // An invoice that went out is not waited for longer than for the bank's answer.
  if (sentAtMs !== undefined) return sentAtMs + createClaimMs;
  return Math.max(createdAtMs + createWindowMs, claim === undefined ? 0 : claim.atMs + createClaimMs);
}

function stepsBeginAt(payment: Payment, steps: readonly WatchStep[]): number {
  if (payment.late) return payment.late.detectedAtMs;
  if (payment.status === 'paid') return payment.paidAtMs ?? payment.updatedAtMs;
  return watchEndOf(payment, steps) - watchLengthMs(steps);
}

function nextStepAt(payment: Payment, nowMs: number, steps: readonly WatchStep[]): number {
  const base = stepsBeginAt(payment, steps);
  const step = steps.find((one) => nowMs < base + one.untilMs);
  if (step) return Math.max(nowMs, Math.min(nowMs + step.everyMs, base + step.untilMs));
  // Past the end and still watched: the concluding read has not succeeded yet.
  return nowMs + (steps[0]?.everyMs ?? payment.pollIntervalMs);
}
