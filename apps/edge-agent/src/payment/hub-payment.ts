import { isDeepStrictEqual } from 'node:util';
import type { HubPaymentView } from '../hub/hub-link.ts';
import type { PaymentRecord } from './payment-record.ts';

/** What a view of the hub makes of a payment: its next state, and what a person must hear of. */
export interface Merged {
  next: PaymentRecord;
  /** The hub contradicts what the till was told: `contradicted` after a final state, `paid_after_none` after `money: none`. */
  alarm?: 'contradicted' | 'paid_after_none' | 'status_unlisted';
}

/**
 * Merges the hub's view into a payment that the hub owns. Pure.
 *
 * Only a higher version says anything. A final state is never left: a contradiction is an alarm. A status that this version
 * does not know is `unknown`, never failed. After `money: none` the code is never shown, whatever the hub says.
 */
export function mergeHubView(payment: PaymentRecord, view: HubPaymentView, nowMs: number): Merged | undefined {
  if (view.version <= payment.hubVersion) return undefined;
  const facts = factsOf(payment, view, nowMs);
  if (payment.toldNone === true) return mergeAfterNone(payment, facts, view);
  if (payment.final && payment.status !== 'unknown') return mergeIntoFinal(payment, facts, view);
  const { statusReason: _, qr: __, link: ___, ...kept } = facts;
  if (view.status === 'unlisted') {
    return {
      next: { ...kept, status: 'unknown', statusReason: 'status_unlisted', final: false },
      alarm: 'status_unlisted',
    };
  }
  // The journal that knew what the till was told is lost: it may have been `money: none`.
  const isShown = view.status === 'awaiting_scan' && payment.restored !== true;
  return {
    next: {
      ...kept,
      status: view.status,
      final: view.final,
      ...(view.statusReason === undefined ? {} : { statusReason: view.statusReason }),
      ...(isShown && view.qr ? { qr: view.qr } : {}),
      ...(isShown && view.link ? { link: view.link } : {}),
      ...(view.status === 'paid' ? { paidAtMs: payment.paidAtMs ?? Math.floor(nowMs) } : {}),
    },
  };
}

/**
 * Whether a view told nothing but its own number, as after our own report that the till has collected: of an ended payment
 * that the bank is paid for, the time at which its code expires is no news either.
 */
export function isEcho(payment: PaymentRecord, { next, alarm }: Merged): boolean {
  if (alarm !== undefined || !payment.final || payment.status !== 'paid') return false;
  return isDeepStrictEqual(withoutNumber(payment), withoutNumber(next));
}

function withoutNumber({ hubVersion: _, expiresAtMs: __, ...rest }: PaymentRecord): object {
  return rest;
}

/** The hub holds nothing of a payment that it had told us of: it may have been restored, so the outcome is not known. */
export function mergeNotFound(payment: PaymentRecord): PaymentRecord | undefined {
  if (payment.final || payment.toldNone === true) return undefined;
  // Nothing is news where it is known already, or where the hub has never told us of it.
  const isKnown = payment.status === 'unknown' && payment.statusReason === 'hub_not_found';
  if (isKnown || isUnheard(payment)) return undefined;
  const { qr: _, link: __, ...kept } = payment;
  // A hub that was restored counts versions anew: whatever it says next is news.
  return { ...kept, status: 'unknown', statusReason: 'hub_not_found', hubVersion: 0 };
}

function isUnheard(payment: PaymentRecord): boolean {
  return payment.hubVersion === 0 && (payment.status === 'created' || isUnheardInvoice(payment));
}

/** An invoice of which the hub has said nothing yet: it may have gone out, so it is not failed. */
export function isUnheardInvoice(payment: PaymentRecord): boolean {
  if (payment.method !== 'invoice' || payment.hubVersion > 0 || payment.final) return false;
  return payment.status === 'created' || payment.statusReason === 'hub_unreachable';
}

/** The same moment, told twice, differs by less than this: the journey of a view and the rounding of clocks. */
const SAME_MOMENT_MS = 2_000;

/** Until when the customer may act. A view says how long is left, which tells nothing any more once it is over. */
function expiryOf(payment: PaymentRecord, { expiresInMs }: HubPaymentView, now: number): { expiresAtMs?: number } {
  if (expiresInMs === undefined) return {};
  const { expiresAtMs: known } = payment;
  const told = now + expiresInMs;
  const isKnown = known !== undefined && (expiresInMs <= 0 || Math.abs(told - known) < SAME_MOMENT_MS);
  return { expiresAtMs: isKnown ? known : told };
}

/** What the view says beside the status. */
function factsOf(payment: PaymentRecord, view: HubPaymentView, nowMs: number): PaymentRecord {
  const now = Math.floor(nowMs);
  const { late: _, expiresAtMs: __, ...kept } = payment;
  return {
    ...kept,
    hubVersion: view.version,
    refunded: view.refunded,
    ...(view.bankPaymentId === undefined ? {} : { bankPaymentId: view.bankPaymentId }),
    ...(view.deviceId === undefined ? {} : { deviceId: view.deviceId }),
    ...(view.amountPaid === undefined ? {} : { amountPaid: view.amountPaid }),
    ...expiryOf(payment, view, now),
    ...(view.payerName === undefined ? {} : { payerName: view.payerName }),
    ...(view.phone === undefined || payment.phone !== undefined ? {} : { phone: view.phone }),
    ...(view.refreshableInMs === undefined ? {} : { refreshableAtMs: now + view.refreshableInMs }),
    ...(view.late === undefined
      ? {}
      : {
          late: {
            amount: view.late.amount,
            claimable: view.late.claimable,
            claimUntilMs: now + view.late.claimInMs,
            ...(view.late.refundId === undefined ? {} : { refundId: view.late.refundId }),
          },
        }),
  };
}

function mergeAfterNone(payment: PaymentRecord, facts: PaymentRecord, view: HubPaymentView): Merged {
  const { qr: _, link: __, late, ...kept } = facts;
  const moved = view.status === 'paid' || late !== undefined;
  return {
    next: {
      ...kept,
      status: payment.status,
      final: payment.final,
      // Not the till's to claim: it has been told that nothing moved and may have asked for the money again.
      ...(late === undefined ? {} : { late: { ...late, claimable: false } }),
    },
    ...(moved ? { alarm: 'paid_after_none' as const } : {}),
  };
}

function mergeIntoFinal(payment: PaymentRecord, facts: PaymentRecord, view: HubPaymentView): Merged {
  const { qr: _, link: __, ...kept } = facts;
  const next: PaymentRecord = { ...kept, status: payment.status, final: true };
  return view.status === payment.status ? { next } : { next, alarm: 'contradicted' };
}
