import type { Transition } from '@tolem/base';

/**
 * The life of a purchase at the bank [QR 3.9 §4.3, §4.6, annex 4].
 *
 * - `created`: entered by a call of the merchant; waits for the customer; left by a scan, an activation or the end of the scan window.
 * - `waiting`: entered by the scan; waits for the confirmation; left by it, by a refusal or by the end of the confirmation window.
 * - `processed`: money was taken; final.
 * - `declined`: the customer refused, or something failed; no money was taken.
 * - `unconfirmed`: the confirmation window ended; the bank cancelled by itself.
 * - `expired`: nobody came in the scan window (an invoice: in 24 h).
 * - `discarded`: the code was taken down before its time.
 * - `cancelled`: an invoice withdrawn by the merchant.
 *
 * Money can still arrive late in `declined`, `unconfirmed`, `expired` and `discarded` (`late_confirm`): rare, and what integrations must survive.
 */
export type PurchaseKind = 'qr' | 'link' | 'invoice';

export const PURCHASE_PHASES = [
  'created',
  'waiting',
  'processed',
  'declined',
  'unconfirmed',
  'expired',
  'discarded',
  'cancelled',
] as const;
export type PurchasePhase = (typeof PURCHASE_PHASES)[number];

export interface PurchaseState {
  kind: PurchaseKind;
  phase: PurchasePhase;
}

export const PURCHASE_INPUTS = [
  'scan',
  'confirm',
  'decline',
  'fail',
  'discard',
  'cancel',
  'scan_window_ended',
  'confirmation_window_ended',
  'late_confirm',
] as const;
export type PurchaseInput = (typeof PURCHASE_INPUTS)[number];

export type PurchaseEffect = 'start_confirmation_window' | 'charge';

export const nextPurchase: Transition<PurchaseState, PurchaseInput, PurchaseEffect> = (state, input) => {
  const to = (phase: PurchasePhase, ...effects: PurchaseEffect[]) => ({ state: { ...state, phase }, effects });
  switch (state.phase) {
    case 'created':
      return fromCreated(state, input, to);
    case 'waiting':
      if (input === 'confirm' || input === 'late_confirm') return to('processed', 'charge');
      if (input === 'decline' || input === 'fail') return to('declined');
      return input === 'confirmation_window_ended' ? to('unconfirmed') : undefined;
    case 'declined':
    case 'unconfirmed':
    case 'expired':
    case 'discarded':
      return input === 'late_confirm' ? to('processed', 'charge') : undefined;
    case 'processed':
    case 'cancelled':
      return undefined;
  }
};

type To = (phase: PurchasePhase, ...effects: PurchaseEffect[]) => { state: PurchaseState; effects: PurchaseEffect[] };

function fromCreated(state: PurchaseState, input: PurchaseInput, to: To) {
  switch (input) {
    case 'scan':
      // An invoice has no code: it lies in the customer's list and is paid or refused there.
      return state.kind === 'invoice' ? undefined : to('waiting', 'start_confirmation_window');
    case 'confirm':
    case 'late_confirm':
      // The customer scans and confirms between two polls.
      return to('processed', 'charge');
    case 'decline':
    case 'fail':
      return to('declined');
    case 'discard':
      return state.kind === 'qr' ? to('discarded') : undefined;
    case 'cancel':
      return state.kind === 'invoice' ? to('cancelled') : undefined;
    case 'scan_window_ended':
      return to('expired');
    case 'confirmation_window_ended':
      return undefined;
  }
}

/** What an unscanned code shows after its window: the documents leave it as it was, the field has seen the other two. */
export const EXPIRED_WORDS = ['QrTokenCreated', 'QrTokenDiscarded', 'Expired'] as const;
export type ExpiredWord = (typeof EXPIRED_WORDS)[number];

/** The status word on the wire [QR 3.9 annex 4]; an invoice has words of its own. */
export function statusWord(state: PurchaseState, expiredWord: ExpiredWord): string {
  const isInvoice = state.kind === 'invoice';
  switch (state.phase) {
    case 'created':
      return isInvoice ? 'RemotePaymentCreated' : 'QrTokenCreated';
    case 'waiting':
      return 'Wait';
    case 'processed':
      return 'Processed';
    case 'declined':
      return isInvoice ? 'RemotePaymentRejected' : 'Error';
    case 'unconfirmed':
      return 'Error';
    case 'expired':
      return isInvoice ? 'Expired' : expiredWord;
    case 'discarded':
      return 'QrTokenDiscarded';
    case 'cancelled':
      return 'RemotePaymentCanceled';
  }
}
