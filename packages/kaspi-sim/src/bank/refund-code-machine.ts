import type { Transition } from '@tolem/base';
import type { ExpiredWord } from './purchase-machine.ts';

/**
 * The life of a refund code, by which the customer makes themselves known at the till [QR 3.9 §3.4, annex 5].
 *
 * - `created`: entered by the merchant's call; waits for the scan; left by it, by a fault of the bank or by the end of the scan window.
 * - `identified`: the customer is known: purchases may be listed and returned; left by the end of the session.
 * - `expired`: nobody scanned in time; final.
 * - `failed`: the bank failed at the scan; final.
 * - `ended`: the session is over, the customer is known no longer; final.
 */
export const REFUND_CODE_PHASES = ['created', 'identified', 'expired', 'failed', 'ended'] as const;
export type RefundCodePhase = (typeof REFUND_CODE_PHASES)[number];

export const REFUND_CODE_INPUTS = ['scan', 'fail', 'scan_window_ended', 'session_ended'] as const;
export type RefundCodeInput = (typeof REFUND_CODE_INPUTS)[number];

export const nextRefundCode: Transition<{ phase: RefundCodePhase }, RefundCodeInput, 'start_session'> = (
  { phase },
  input,
) => {
  if (phase === 'created') {
    if (input === 'scan') return { state: { phase: 'identified' }, effects: ['start_session'] };
    if (input === 'fail') return { state: { phase: 'failed' }, effects: [] };
    return input === 'scan_window_ended' ? { state: { phase: 'expired' }, effects: [] } : undefined;
  }
  return phase === 'identified' && input === 'session_ended' ? { state: { phase: 'ended' }, effects: [] } : undefined;
};

/** The status word on the wire. A session that is over shows `Error`, the last word of the document's life cycle [QR 3.9 §3.4.2]. */
export function refundCodeWord(phase: RefundCodePhase, expiredWord: ExpiredWord): string {
  switch (phase) {
    case 'created':
      return 'QrTokenCreated';
    case 'identified':
      return 'CustomerIdentityObtained';
    case 'expired':
      return expiredWord;
    case 'failed':
    case 'ended':
      return 'Error';
  }
}
