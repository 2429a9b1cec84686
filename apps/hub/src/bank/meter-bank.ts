import type { Clock } from '@tolem/base';
import { KaspiError, type QrApi } from '@tolem/kaspi-core';
import type { Meter } from '../meter.ts';

/** Counts every call to the bank by method and outcome, and times it; says nothing itself. */
export function meterBank(api: QrApi, meter: Meter, clock: Clock): QrApi {
  const metered =
    <Arguments extends unknown[], Result>(method: keyof QrApi, call: (...args: Arguments) => Promise<Result>) =>
    async (...args: Arguments): Promise<Result> => {
      const startedMono = clock.monoMs();
      let outcome = 'ok';
      try {
        return await call(...args);
      } catch (error) {
        outcome = error instanceof KaspiError ? error.code : 'error';
        throw error;
      } finally {
        meter.count('bank_calls', { method, outcome });
        meter.observe('bank_call_ms', { method }, clock.monoMs() - startedMono);
      }
    };
  return {
    listTradePoints: metered('listTradePoints', api.listTradePoints),
    registerDevice: metered('registerDevice', api.registerDevice),
    deleteDevice: metered('deleteDevice', api.deleteDevice),
    createQr: metered('createQr', api.createQr),
    createLink: metered('createLink', api.createLink),
    readStatus: metered('readStatus', api.readStatus),
    readDetails: metered('readDetails', api.readDetails),
    refund: metered('refund', api.refund),
    findPayer: metered('findPayer', api.findPayer),
    createInvoice: metered('createInvoice', api.createInvoice),
    cancelInvoice: metered('cancelInvoice', api.cancelInvoice),
    ping: metered('ping', api.ping),
  };
}
