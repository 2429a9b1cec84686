import type { PurchaseMeaning, RefundCodeMeaning } from './qr-api.ts';

/**
 * Status words of a purchase: annex 4, and those seen elsewhere (pos-v2.md, "QR API facts").
 * Compared letter by letter: a final meaning rests on a word that the bank is known to write.
 */
const PURCHASE_WORDS: ReadonlyMap<string, PurchaseMeaning> = new Map([
  ['QrTokenCreated', 'awaiting_scan'],
  ['QrTokenScanned', 'awaiting_confirmation'],
  ['Wait', 'awaiting_confirmation'],
  ['PaymentConfirmation', 'awaiting_confirmation'],
  ['RemotePaymentCreated', 'awaiting_confirmation'],
  ['WaitForRemotePayment', 'awaiting_confirmation'],
  ['Processed', 'succeeded'],
  ['Error', 'failed'],
  ['CancelledByUser', 'failed'],
  ['NotConfirmedByUser', 'failed'],
  ['ProcessingFailed', 'failed'],
  ['Rejected', 'failed'],
  ['InsufficientFunds', 'failed'],
  ['RemotePaymentCanceled', 'failed'],
  ['RemotePaymentRejected', 'failed'],
  ['QrTokenDiscarded', 'expired'],
  ['Expired', 'expired'],
]);

/** What a purchase's status word means; a word that the list does not hold is `unlisted`, never a failure. */
export function purchaseMeaning(word: string): PurchaseMeaning {
  return PURCHASE_WORDS.get(word) ?? 'unlisted';
}

/** Annex 5. `customer_known` ends the scan, and says nothing about money: only `payment/return` or the details tell. */
const REFUND_CODE_WORDS: ReadonlyMap<string, RefundCodeMeaning> = new Map([
  ['QrTokenCreated', 'awaiting_scan'],
  ['CustomerIdentityObtained', 'customer_known'],
  ['Error', 'failed'],
]);

export function refundCodeMeaning(word: string): RefundCodeMeaning {
  return REFUND_CODE_WORDS.get(word) ?? 'unlisted';
}

export const LISTED_PURCHASE_WORDS: readonly string[] = [...PURCHASE_WORDS.keys()];
