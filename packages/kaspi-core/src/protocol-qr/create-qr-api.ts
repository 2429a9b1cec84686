import type { Clock } from '@tolem/base';
import { KaspiError } from '../kaspi-error.ts';
import { readDeviceToken } from './device-token.ts';
import * as wire from './messages.ts';
import type { PurchaseStatus, QrApi, QrEmulation } from './qr-api.ts';
import { createQrClient, type QrClient, type QrClientOptions } from './qr-client.ts';
import { purchaseMeaning } from './status-words.ts';

export interface QrApiOptions extends Omit<QrClientOptions, 'apiKey'> {
  clock: Clock;
  /** `v02` also tells what was charged and falls back to v01 where the bank does not have it. Default `v02`. */
  statusVersion?: 'v01' | 'v02';
}

/** How long v01 is used after v02 was found missing; then v02 is tried again, in case the bank has opened it. */
const V02_RETRY_MS = 3_600_000;
/** HTTP statuses without an envelope which mean that an address does not exist. */
const NOT_THERE = new Set([404, 405, 410, 501]);

/** The QR API v3.9 under scheme 3 over a transport with the client certificate [QR 3.9 §4]. Repeats nothing by itself. */
export function createQrApi(options: QrApiOptions): QrApi {
  const client = createQrClient(options);
  const nothing = (): void => undefined;
  return {
    listTradePoints: (bin) => client.call('listTradePoints', () => wire.tradePointsRequest(bin), wire.readTradePoints),
    registerDevice: (request) =>
      client.call('registerDevice', () => wire.registerDeviceRequest(request), readDeviceToken),
    deleteDevice: (request) => client.call('deleteDevice', () => wire.deleteDeviceRequest(request), nothing),
    createQr: (request) => client.call('createQr', () => wire.createQrRequest(request), wire.readCreatedQr),
    createLink: (request) => client.call('createLink', () => wire.createLinkRequest(request), wire.readCreatedLink),
    readStatus: createStatusReader(client, options),
    readDetails: (request) => client.call('readDetails', () => wire.detailsRequest(request), wire.readPurchaseDetails),
    refund: (request) =>
      client.call('refund', () => wire.refundRequest(request), wire.readRefund, {
        fresh: true,
        ...(request.sendByMs === undefined ? {} : { sendByMs: request.sendByMs }),
      }),
    findPayer: (request) => client.call('findPayer', () => wire.findPayerRequest(request), wire.readPayer),
    createInvoice: (request) =>
      client.call('createInvoice', () => wire.createInvoiceRequest(request), wire.readInvoice, {
        fresh: true,
        ...(request.sendByMs === undefined ? {} : { sendByMs: request.sendByMs }),
      }),
    cancelInvoice: (request) =>
      client.call(
        'cancelInvoice',
        () => wire.cancelInvoiceRequest(request),
        (data) => {
          const word = wire.readWord(data);
          return { word, meaning: purchaseMeaning(word) };
        },
      ),
    ping: () => client.call('ping', wire.pingRequest, nothing),
  };
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
