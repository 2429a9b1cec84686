import type { Money } from '@tolem/base';
import {
  JsonNumber,
  type JsonValue,
  type RawJson,
  rawNumber,
  type WireObject,
  writeJson,
} from '../json/lossless-json.ts';
import { isObject, member, readId, readInteger, readText, readTexts, required, unreadable } from '../json/read-json.ts';
import { KaspiError } from '../kaspi-error.ts';
import { readAmount, writeAmount } from './amounts.ts';
import { readDate } from './dates.ts';
import { tokenInJson, tokenInQuery } from './device-token.ts';
import { normalisePhone } from './phone.ts';
import type {
  CancelInvoice,
  CreatedLink,
  CreatedPurchase,
  CreatedQr,
  CreateInvoice,
  CreatePurchase,
  DeviceToken,
  PurchaseDetails,
  PurchaseStatus,
  RefundPurchase,
  RegisterDevice,
  TradePoint,
} from './qr-api.ts';
import { purchaseMeaning } from './status-words.ts';

/** A request before it has an address: `path` is relative to the base (`https://…/r3/v01`), values in it are encoded. */
export interface WireRequest {
  verb: 'GET' | 'POST';
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: string;
}

/** `{ StatusCode, Message?, Data? }` [QR 3.9 §2.1, §3.1, §4.1]. */
export interface Envelope {
  statusCode: number;
  message: string | undefined;
  data: JsonValue | undefined;
}

export function readEnvelope(answer: JsonValue): Envelope {
  if (!isObject(answer)) throw unreadable('envelope');
  return {
    statusCode: required(readInteger(member(answer, 'StatusCode')), 'StatusCode'),
    message: readText(member(answer, 'Message')),
    data: member(answer, 'Data'),
  };
}

const post = (path: string, body: WireObject): WireRequest => ({ verb: 'POST', path, body: writeJson(body) });
const get = (path: string, query?: Record<string, string>): WireRequest =>
  query ? { verb: 'GET', path, query } : { verb: 'GET', path };

/** Organisations are named only under scheme 3. */
type Bin<Request> = Omit<Request, 'organizationBin'> & { organizationBin?: string };

function organization(bin: string | undefined): WireObject {
  return bin === undefined ? {} : { OrganizationBin: checkedBin(bin) };
}

/** A BIN or IIN: twelve digits. */
function checkedBin(bin: string): string {
  if (!/^\d{12}$/.test(bin)) refuse('a BIN or IIN has twelve digits');
  return bin;
}

export function idInJson(id: string): RawJson {
  return rawNumber(checkedId(id));
}

export function checkedId(id: string): string {
  if (!/^[1-9]\d{0,18}$/.test(id)) refuse('an identifier of the bank is a positive int64');
  return id;
}

function refuse(message: string): never {
  throw new KaspiError('request_invalid', message, { effect: 'none' });
}

/** [QR 3.9 §2.2.2, §3.2.2, §4.2.2] */
export function tradePointsRequest(organizationBin?: string): WireRequest {
  return get(
    organizationBin === undefined ? 'partner/tradepoints' : `partner/tradepoints/${checkedBin(organizationBin)}`,
  );
}

export function readTradePoints(data: JsonValue | undefined): TradePoint[] {
  if (!Array.isArray(data)) throw unreadable('list of trade points');
  return data.map((entry) => ({
    tradePointId: required(readId(member(entry, 'TradePointId')), 'TradePointId'),
    name: readText(member(entry, 'TradePointName')) ?? '',
  }));
}

/** [QR 3.9 §2.2.3, §3.2.3, §4.2.3] */
export function registerDeviceRequest(request: Bin<RegisterDevice>): WireRequest {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(request.deviceId)) refuse('a DeviceId has Latin letters, digits, - and _ only');
  return post('device/register', {
    ...organization(request.organizationBin),
    DeviceId: request.deviceId,
    TradePointId: idInJson(request.tradePointId),
  });
}

/** [QR 3.9 §2.2.4, §3.2.4, §4.2.4] */
export function deleteDeviceRequest(request: { organizationBin?: string; deviceToken: DeviceToken }): WireRequest {
  return post('device/delete', {
    ...organization(request.organizationBin),
    DeviceToken: tokenInJson(request.deviceToken),
  });
}

function purchaseBody(request: Bin<CreatePurchase>): WireObject {
  return {
    ...organization(request.organizationBin),
    DeviceToken: tokenInJson(request.deviceToken),
    Amount: writeAmount(request.amount),
    ExternalId: request.externalId,
  };
}

/** [QR 3.9 §2.3.1, §3.3.1, §4.3.1] */
export function createQrRequest(request: Bin<CreatePurchase>): WireRequest {
  return post('qr/create', purchaseBody(request));
}

/** [QR 3.9 §2.3.2, §3.3.2, §4.3.2] */
export function createLinkRequest(request: Bin<CreatePurchase>): WireRequest {
  return post('qr/create-link', purchaseBody(request));
}

export function readCreatedQr(data: JsonValue | undefined): CreatedQr {
  const options = member(data, 'QrPaymentBehaviorOptions');
  return {
    qrToken: required(readText(member(data, 'QrToken')) || undefined, 'QrToken'),
    ...readCreated(data, 'QrPaymentId', options, 'QrCodeScanWaitTimeout'),
  };
}

export function readCreatedLink(data: JsonValue | undefined): CreatedLink {
  const options = member(data, 'PaymentBehaviorOptions');
  return {
    paymentLink: required(readText(member(data, 'PaymentLink')) || undefined, 'PaymentLink'),
    ...readCreated(data, 'PaymentId', options, 'LinkActivationWaitTimeout'),
  };
}

/** The numbers of the document's example: used only where the bank's answer does not hold a readable one. */
const EXAMPLE_SECONDS = { poll: 5, scan: 180, confirm: 65 } as const;
/** No interval of the bank is longer than this; a larger number is taken for milliseconds or nonsense. */
const LONGEST_SECONDS = 86_400;

function readCreated(
  data: JsonValue | undefined,
  idName: string,
  options: JsonValue | undefined,
  scanName: string,
): CreatedPurchase {
  const expiresAtMs = readDate(member(data, 'ExpireDate'));
  return {
    bankPaymentId: required(readId(member(data, idName)), idName),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    paymentMethods: readTexts(member(data, 'PaymentMethods')),
    pollIntervalMs: readSecondsMs(member(options, 'StatusPollingInterval'), EXAMPLE_SECONDS.poll),
    scanWaitMs: readSecondsMs(member(options, scanName), EXAMPLE_SECONDS.scan),
    confirmWaitMs: readSecondsMs(member(options, 'PaymentConfirmationTimeout'), EXAMPLE_SECONDS.confirm),
  };
}

/** Seconds, whole or not, as whole milliseconds; what is no positive number within a day is replaced. */
export function readSecondsMs(value: JsonValue | undefined, otherwiseSeconds: number): number {
  const text = value instanceof JsonNumber ? value.source : typeof value === 'string' ? value : '';
  const seconds = /^\d{1,6}(?:\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  const ms = Math.round(seconds * 1000);
  return ms > 0 && seconds <= LONGEST_SECONDS ? ms : otherwiseSeconds * 1000;
}

/** [QR 3.9 §2.3.3, §3.3.3, §4.3.3]; v02 has the same path under `v02` (pos-v2.md). */
export function statusRequest(bankPaymentId: string): WireRequest {
  return get(`payment/status/${checkedId(bankPaymentId)}`);
}

/** v01 holds `Status` alone; v02 adds what was charged. Whatever else cannot be read is left out: only the word decides. */
export function readPurchaseStatus(data: JsonValue | undefined): PurchaseStatus {
  const word = readWord(data);
  const amount = readAmount(member(data, 'Amount'));
  const transaction = member(data, 'TransactionId');
  const transactionId = readId(transaction) ?? readText(transaction);
  const productType = readText(member(data, 'ProductType'));
  return {
    word,
    meaning: purchaseMeaning(word),
    ...(amount === undefined ? {} : { amount }),
    ...(transactionId ? { transactionId } : {}),
    ...(productType ? { productType } : {}),
  };
}

/** The status word as it came, cut to a length that fits a log; a status that is no string is unreadable. */
export function readWord(data: JsonValue | undefined): string {
  return required(readText(member(data, 'Status')) || undefined, 'Status').slice(0, 100);
}

/** [QR 3.9 §3.4.4, §4.4] */
export function detailsRequest(request: { bankPaymentId: string; deviceToken: DeviceToken }): WireRequest {
  return get('payment/details', {
    QrPaymentId: checkedId(request.bankPaymentId),
    DeviceToken: tokenInQuery(request.deviceToken),
  });
}

export function readPurchaseDetails(data: JsonValue | undefined): PurchaseDetails {
  const transactionAtMs = readDate(member(data, 'TransactionDate'));
  return {
    bankPaymentId: required(readId(member(data, 'QrPaymentId')), 'QrPaymentId'),
    totalAmount: required<Money>(readAmount(member(data, 'TotalAmount')), 'TotalAmount'),
    availableReturnAmount: required<Money>(readAmount(member(data, 'AvailableReturnAmount')), 'AvailableReturnAmount'),
    ...(transactionAtMs === undefined ? {} : { transactionAtMs }),
  };
}

/** Scheme 3: without the customer [QR 3.9 §4.5]. Scheme 2 is in `return-messages.ts`, scheme 1 has none. */
export function refundRequest(request: RefundPurchase): WireRequest {
  return post('payment/return', {
    DeviceToken: tokenInJson(request.deviceToken),
    ...organization(request.organizationBin),
    QrPaymentId: idInJson(request.bankPaymentId),
    Amount: writeAmount(request.amount),
  });
}

export function readRefund(data: JsonValue | undefined): { bankRefundId: string } {
  return { bankRefundId: required(readId(member(data, 'ReturnOperationId')), 'ReturnOperationId') };
}

/** [QR 3.9 §4.6.1]; the query keys are written as the example shows them. */
export function findPayerRequest(request: { phone: string; deviceToken: DeviceToken }): WireRequest {
  return get('remote/client-info', {
    phoneNumber: normalisePhone(request.phone),
    deviceToken: tokenInQuery(request.deviceToken),
  });
}

export function readPayer(data: JsonValue | undefined): { clientName: string } {
  return { clientName: required(readText(member(data, 'ClientName')), 'ClientName') };
}

/** [QR 3.9 §4.6.2] */
export function createInvoiceRequest(request: CreateInvoice): WireRequest {
  return post('remote/create', {
    Amount: writeAmount(request.amount),
    PhoneNumber: normalisePhone(request.phone),
    Comment: request.comment,
    DeviceToken: tokenInJson(request.deviceToken),
    ...organization(request.organizationBin),
  });
}

export function readInvoice(data: JsonValue | undefined): { bankPaymentId: string } {
  return { bankPaymentId: required(readId(member(data, 'QrPaymentId')), 'QrPaymentId') };
}

/** [QR 3.9 §4.6.3] */
export function cancelInvoiceRequest(request: CancelInvoice): WireRequest {
  return post('remote/cancel', {
    ...organization(request.organizationBin),
    QrPaymentId: idInJson(request.bankPaymentId),
    DeviceToken: tokenInJson(request.deviceToken),
  });
}

/** [QR 3.9 §5.1] */
export function pingRequest(): WireRequest {
  return get('health/ping');
}

/** [QR 3.9 §5.2–5.5]: test stand only; the identifier is a string here. */
export function emulationRequest(
  step: 'scan' | 'confirm' | 'scanerror' | 'confirmerror',
  bankPaymentId: string,
): WireRequest {
  return post(`test/payment/${step}`, { qrPaymentId: checkedId(bankPaymentId) });
}
