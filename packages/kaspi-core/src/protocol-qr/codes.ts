import type { KaspiErrorCode } from '../kaspi-error.ts';

/**
 * Every StatusCode of [QR 3.9], in every spelling of its method lists and of annex 3, as one named error.
 *
 * `refusal` says that the code is an explicit refusal: the request was understood and turned down, so nothing moved.
 * It is false for
 * - −999: the service is "temporarily unavailable", perhaps after it had begun;
 * - −10000: the caller was not recognised; that is about us, never a "declined", and the state of the operation stays open;
 * - −99000006: "error of the return, try again": the bank itself does not say that nothing happened;
 * - codes that only the method lists hold (−1401, −1404, 99000010, −99000001, 9900000029, …31, …32): their meaning is unknown.
 *   −99000001 looks like −990000001 (payment not found) and is still not read as "not paid".
 */
export interface QrCode {
  name: KaspiErrorCode;
  spellings: readonly number[];
  refusal: boolean;
  /** Annex 3 in English. */
  text: string;
}

const unlisted = (spellings: number[]): QrCode => ({
  name: 'unlisted_code',
  spellings,
  refusal: false,
  text: 'a code without a description in annex 3',
});
const refusal = (name: KaspiErrorCode, spellings: number[], text: string): QrCode => ({
  name,
  spellings,
  refusal: true,
  text,
});

export const QR_CODES: readonly QrCode[] = [
  { name: 'unavailable', spellings: [-999], refusal: false, text: 'the service is temporarily unavailable' },
  { name: 'unauthenticated', spellings: [-10000], refusal: false, text: 'the client certificate is missing' },
  refusal('device_not_found', [-1501], 'no device with this identifier'),
  refusal('device_inactive', [-1502], 'the device is switched off or deleted'),
  refusal('device_at_other_trade_point', [-1503], 'the device is already registered at another trade point'),
  refusal('payment_not_found', [-1601, -990000001], 'no such purchase'),
  refusal('no_trade_points', [-14000002], 'no trade points: create one in the Kaspi Pay app'),
  refusal('trade_point_not_found', [-99000002, -990000002], 'no such trade point'),
  refusal('refund_exceeds_payment', [-99000005, -990000005], 'the refund may not exceed the purchase'),
  {
    name: 'refund_failed_try_again',
    spellings: [-99000006, -990000006],
    refusal: false,
    text: 'the refund failed: try again, then call the bank',
  },
  refusal('trade_point_disabled', [990000018, 9900000018], 'the trade point is switched off'),
  refusal('trade_point_without_qr', [990000026, 9900000026], 'the trade point takes no QR payments'),
  refusal('amount_invalid', [990000028, 9900000028], 'the amount is not valid'),
  refusal('no_payment_methods', [990000033, 9900000033], 'no payment methods are available'),
  refusal(
    'refund_from_other_trade_point',
    [-990000003],
    'the purchase belongs to another trade point than this device',
  ),
  refusal('payment_not_refundable', [-990000011], 'the purchase cannot be returned in its state'),
  refusal('partial_refund_impossible', [-990000020], 'a part of this purchase cannot be returned'),
  unlisted([-1401]),
  unlisted([-1404]),
  unlisted([99000010]),
  unlisted([-99000001]),
  unlisted([9900000029]),
  unlisted([9900000031]),
  unlisted([990000032, 9900000032]),
];

const BY_NUMBER = new Map(QR_CODES.flatMap((code) => code.spellings.map((number) => [number, code] as const)));

/** The named error of a StatusCode; a number that no list holds is `unlisted_code` and no refusal. */
export function qrCode(statusCode: number): QrCode {
  return BY_NUMBER.get(statusCode) ?? unlisted([statusCode]);
}
