import type { Money } from '@tolem/base';
import { type JsonValue, rawNumber, writeJson } from '../json/lossless-json.ts';
import { member, readId, readText, required, unreadable } from '../json/read-json.ts';
import { KaspiError } from '../kaspi-error.ts';
import { readAmount, writeAmount } from './amounts.ts';
import { readDate } from './dates.ts';
import { tokenInJson } from './device-token.ts';
import { checkedId, idInJson, readSecondsMs, readWord, type WireRequest } from './messages.ts';
import type {
  CreatedRefundCode,
  CreateRefundCode,
  CustomerPurchase,
  ListCustomerPurchases,
  RefundCodeStatus,
  RefundPurchase,
} from './qr-api.ts';
import { refundCodeMeaning } from './status-words.ts';

// Scheme 2: a refund with the customer. A code is shown and scanned, the customer's last purchases are listed, one of them is
// chosen, its details are read, and money goes back with the `QrReturnId` [QR 3.9 §3.4].

/** The bank lists at most ten purchases [QR 3.9 §3.4.3]. */
export const CUSTOMER_PURCHASES_LIMIT = 10;

/** [QR 3.9 §3.4.1] */
export function createRefundCodeRequest(request: Pick<CreateRefundCode, 'deviceToken' | 'externalId'>): WireRequest {
  const body = { DeviceToken: tokenInJson(request.deviceToken), ExternalId: request.externalId };
  return { verb: 'POST', path: 'return/create', body: writeJson(body) };
}

export function readCreatedRefundCode(data: JsonValue | undefined): CreatedRefundCode {
  const options = member(data, 'QrReturnBehaviorOptions');
  const expiresAtMs = readDate(member(data, 'ExpireDate'));
  return {
    refundCodeId: required(readId(member(data, 'QrReturnId')), 'QrReturnId'),
    qrToken: required(readText(member(data, 'QrToken')) || undefined, 'QrToken'),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    pollIntervalMs: readSecondsMs(member(options, 'QrCodeScanEventPollingInterval'), 5),
    scanWaitMs: readSecondsMs(member(options, 'QrCodeScanWaitTimeout'), 180),
  };
}

/** [QR 3.9 §3.4.2] */
export function refundCodeRequest(refundCodeId: string): WireRequest {
  return { verb: 'GET', path: `return/status/${checkedId(refundCodeId)}` };
}

export function readRefundCode(data: JsonValue | undefined): RefundCodeStatus {
  const word = readWord(data);
  return { word, meaning: refundCodeMeaning(word) };
}

/** [QR 3.9 §3.4.3] */
export function customerPurchasesRequest(request: ListCustomerPurchases): WireRequest {
  const max = request.limit ?? CUSTOMER_PURCHASES_LIMIT;
  if (!Number.isInteger(max) || max < 1 || max > CUSTOMER_PURCHASES_LIMIT) {
    throw new KaspiError('request_invalid', `MaxResult is 1 to ${CUSTOMER_PURCHASES_LIMIT}`, { effect: 'none' });
  }
  const body = {
    DeviceToken: tokenInJson(request.deviceToken),
    QrReturnId: idInJson(request.refundCodeId),
    MaxResult: rawNumber(String(max)),
  };
  return { verb: 'POST', path: 'return/operations', body: writeJson(body) };
}

export function readCustomerPurchases(data: JsonValue | undefined): CustomerPurchase[] {
  if (!Array.isArray(data)) throw unreadable('list of purchases');
  return data.map((entry) => {
    const transactionAtMs = readDate(member(entry, 'TransactionDate'));
    return {
      bankPaymentId: required(readId(member(entry, 'QrPaymentId')), 'QrPaymentId'),
      amount: required<Money>(readAmount(member(entry, 'Amount')), 'Amount'),
      ...(transactionAtMs === undefined ? {} : { transactionAtMs }),
    };
  });
}

/** [QR 3.9 §3.4.5] */
export function refundWithCustomerRequest(request: Omit<RefundPurchase, 'organizationBin'>): WireRequest {
  if (request.refundCodeId === undefined) {
    throw new KaspiError('request_invalid', 'scheme 2 refunds with the customer only', { effect: 'none' });
  }
  const body = {
    DeviceToken: tokenInJson(request.deviceToken),
    QrPaymentId: idInJson(request.bankPaymentId),
    QrReturnId: idInJson(request.refundCodeId),
    Amount: writeAmount(request.amount),
  };
  return { verb: 'POST', path: 'payment/return', body: writeJson(body) };
}
