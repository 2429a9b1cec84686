import { KaspiError, type QrApi, type QrScheme, SCHEME_OFFERS } from '@tolem/kaspi-core';

/** The bank of a hub that does not run: every call fails before anything is sent, so that wishes are stored for later. */
export function createOfflineBank(scheme: QrScheme): QrApi {
  const refuse = (): Promise<never> =>
    Promise.reject(new KaspiError('closed', 'the hub is stopped: it calls the bank when it runs', { effect: 'none' }));
  return {
    offer: SCHEME_OFFERS[scheme],
    listTradePoints: refuse,
    registerDevice: refuse,
    deleteDevice: refuse,
    createQr: refuse,
    createLink: refuse,
    readStatus: refuse,
    readDetails: refuse,
    refund: refuse,
    createRefundCode: refuse,
    readRefundCode: refuse,
    listCustomerPurchases: refuse,
    findPayer: refuse,
    createInvoice: refuse,
    cancelInvoice: refuse,
    ping: refuse,
  };
}
