import type { Clock } from '@tolem/base';
import { KaspiError } from '../kaspi-error.ts';
import { readDeviceToken } from './device-token.ts';
import * as wire from './messages.ts';
import type { PurchaseStatus, QrApi, QrEmulation } from './qr-api.ts';
import { createQrClient, type QrClient, type QrClientOptions } from './qr-client.ts';
import * as refundCodes from './return-messages.ts';
import { assertOffered, type QrScheme, SCHEME_OFFERS, type SchemeOffer } from './scheme-offer.ts';
import { purchaseMeaning } from './status-words.ts';

export interface QrApiOptions extends QrClientOptions {
  clock: Clock;
  /** Default 3. Scheme 1 needs `apiKey`; under 2 and 3 the transport holds the client certificate. */
  scheme?: QrScheme;
  /** `v02` also tells what was charged and falls back to v01 where the bank does not have it. Default `v02`. */
  statusVersion?: 'v01' | 'v02';
}

/** How long v01 is used after v02 was found missing; then v02 is tried again, in case the bank has opened it. */
const V02_RETRY_MS = 3_600_000;
/** HTTP statuses without an envelope which mean that an address does not exist. */
const NOT_THERE = new Set([404, 405, 410, 501]);

/** The QR API v3.9 under one of its schemes [QR 3.9 §2, §3, §4]. Repeats nothing by itself. */
export function createQrApi(options: QrApiOptions): QrApi {
  const offer = SCHEME_OFFERS[options.scheme ?? 3];
  const client = withinOffer(createQrClient(options), offer);
  const named = <Request extends { organizationBin: string }>(request: Request): Bin<Request> => {
    const { organizationBin, ...rest } = request;
    return offer.namesOrganization ? { ...rest, organizationBin } : rest;
  };
  return {
    offer,
    listTradePoints: (bin) =>
      client.call(
        'listTradePoints',
        () => wire.tradePointsRequest(offer.namesOrganization ? bin : undefined),
        wire.readTradePoints,
      ),
    registerDevice: (request) =>
      client.call('registerDevice', () => wire.registerDeviceRequest(named(request)), readDeviceToken),
    deleteDevice: (request) => client.call('deleteDevice', () => wire.deleteDeviceRequest(named(request)), nothing),
    createQr: (request) => client.call('createQr', () => wire.createQrRequest(named(request)), wire.readCreatedQr),
    createLink: (request) =>
      client.call('createLink', () => wire.createLinkRequest(named(request)), wire.readCreatedLink),
    readStatus: createStatusReader(client, options),
    readDetails: (request) => client.call('readDetails', () => wire.detailsRequest(request), wire.readPurchaseDetails),
    ping: () => client.call('ping', wire.pingRequest, nothing),
    ...refundMethods(client, offer),
    ...invoiceMethods(client),
  };
}

type Bin<Request> = Omit<Request, 'organizationBin'> & { organizationBin?: string };
const nothing = (): void => undefined;

/** Refuses, with nothing sent, what the scheme does not have. */
function withinOffer(client: QrClient, offer: SchemeOffer): QrClient {
  return {
    basePath: client.basePath,
    async call(method, ...rest) {
      assertOffered(offer, method);
      return client.call(method, ...rest);
    },
  };
}

type RefundMethods = Pick<QrApi, 'refund' | 'createRefundCode' | 'readRefundCode' | 'listCustomerPurchases'>;

function refundMethods(client: QrClient, offer: SchemeOffer): RefundMethods {
  const isWithCustomer = offer.refunds === 'with_customer';
  return {
    refund: (request) =>
      client.call(
        'refund',
        () => (isWithCustomer ? refundCodes.refundWithCustomerRequest(request) : wire.refundRequest(request)),
        wire.readRefund,
        freshBy(request.sendByMs),
      ),
    createRefundCode: (request) =>
      client.call(
        'createRefundCode',
        () => refundCodes.createRefundCodeRequest(request),
        refundCodes.readCreatedRefundCode,
      ),
    readRefundCode: (refundCodeId) =>
      client.call('readRefundCode', () => refundCodes.refundCodeRequest(refundCodeId), refundCodes.readRefundCode),
    listCustomerPurchases: (request) =>
      client.call(
        'listCustomerPurchases',
        () => refundCodes.customerPurchasesRequest(request),
        refundCodes.readCustomerPurchases,
      ),
  };
}

function invoiceMethods(client: QrClient): Pick<QrApi, 'findPayer' | 'createInvoice' | 'cancelInvoice'> {
  return {
    findPayer: (request) => client.call('findPayer', () => wire.findPayerRequest(request), wire.readPayer),
    createInvoice: (request) =>
      client.call(
        'createInvoice',
        () => wire.createInvoiceRequest(request),
        wire.readInvoice,
        freshBy(request.sendByMs),
      ),
    cancelInvoice: (request) =>
      client.call(
        'cancelInvoice',
        () => wire.cancelInvoiceRequest(request),
        (data) => {
          const word = wire.readWord(data);
          return { word, meaning: purchaseMeaning(word) };
        },
      ),
  };
}

/** A connection of its own, and the last moment of its writing. */
function freshBy(sendByMs: number | undefined): { fresh: true; sendByMs?: number } {
  return { fresh: true, ...(sendByMs === undefined ? {} : { sendByMs }) };
}

/** The test stand's emulations, for any scheme [QR 3.9 §5.2–5.5]. */
export function createQrEmulation(options: QrClientOptions): QrEmulation {
  const client = createQrClient(options);
  const emulate = (step: Parameters<typeof wire.emulationRequest>[0]) => (bankPaymentId: string) =>
    client.call(
      'emulate',
      () => wire.emulationRequest(step, bankPaymentId),
      (): void => undefined,
    );
  return {
    scan: emulate('scan'),
    confirm: emulate('confirm'),
    scanError: emulate('scanerror'),
    confirmError: emulate('confirmerror'),
  };
}

function createStatusReader(client: QrClient, options: QrApiOptions): QrApi['readStatus'] {
  const v02Path = client.basePath.replace(/\/v01$/, '/v02');
  const hasV02 = (options.statusVersion ?? 'v02') === 'v02' && v02Path !== client.basePath;
  let v01UntilMono = hasV02 ? 0 : Number.POSITIVE_INFINITY;
  const read = (bankPaymentId: string, basePath: string): Promise<PurchaseStatus> =>
    client.call('readStatus', () => wire.statusRequest(bankPaymentId), wire.readPurchaseStatus, { basePath });
  return async (bankPaymentId) => {
    if (options.clock.monoMs() < v01UntilMono) return read(bankPaymentId, client.basePath);
    try {
      return await read(bankPaymentId, v02Path);
    } catch (error) {
      if (!isNotThere(error)) throw error;
      v01UntilMono = options.clock.monoMs() + V02_RETRY_MS;
      return read(bankPaymentId, client.basePath);
    }
  };
}

function isNotThere(error: unknown): boolean {
  return error instanceof KaspiError && error.code === 'http_error' && NOT_THERE.has(error.httpStatus ?? 0);
}
