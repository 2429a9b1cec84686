import type { Clock } from '@tolem/base';
import { KaspiError, type QrApi } from '@tolem/kaspi-core';
import type { Meter } from './meter.ts';

/** The bank with its calls counted and its health remembered. */
export interface ObservedBank {
  bank: QrApi;
  health(): { ok: boolean; detail: string };
}

/** A failure that says something about reaching the bank, not about one request. */
const SILENCE = new Set<string>([
  'connect_failed',
  'tls_failed',
  'timeout',
  'connection_lost',
  'http_error',
  'answer_unreadable',
  'answer_too_large',
  'closed',
  'unavailable',
  'unauthenticated',
]);

export function observeBank(bank: QrApi, clock: Clock, meter: Meter): ObservedBank {
  let lastFailure: string | undefined;
  let hasAnswered = false;
  const learn = (code: string | undefined): void => {
    if (code === undefined || !SILENCE.has(code)) {
      hasAnswered = true;
      lastFailure = undefined;
    } else {
      lastFailure = code;
    }
  };
  const observe =
    <Arguments extends unknown[], Answer>(method: string, call: (...given: Arguments) => Promise<Answer>) =>
    async (...given: Arguments): Promise<Answer> => {
      const startedMono = clock.monoMs();
      let outcome = 'ok';
      try {
        const answer = await call(...given);
        learn(undefined);
        return answer;
      } catch (error) {
        outcome = error instanceof KaspiError ? error.code : 'unexpected';
        learn(outcome);
        throw error;
      } finally {
        meter.count('bank_calls', { method, outcome });
        meter.observe('bank_call_ms', { method }, clock.monoMs() - startedMono);
      }
    };
  return {
    bank: {
      offer: bank.offer,
      listTradePoints: observe('listTradePoints', bank.listTradePoints),
      registerDevice: observe('registerDevice', bank.registerDevice),
      deleteDevice: observe('deleteDevice', bank.deleteDevice),
      createQr: observe('createQr', bank.createQr),
      createLink: observe('createLink', bank.createLink),
      readStatus: observe('readStatus', bank.readStatus),
      readDetails: observe('readDetails', bank.readDetails),
      refund: observe('refund', bank.refund),
      createRefundCode: observe('createRefundCode', bank.createRefundCode),
      readRefundCode: observe('readRefundCode', bank.readRefundCode),
      listCustomerPurchases: observe('listCustomerPurchases', bank.listCustomerPurchases),
      findPayer: observe('findPayer', bank.findPayer),
      createInvoice: observe('createInvoice', bank.createInvoice),
      cancelInvoice: observe('cancelInvoice', bank.cancelInvoice),
      ping: observe('ping', bank.ping),
    },
    health() {
      if (lastFailure !== undefined) return { ok: false, detail: lastFailure };
      return { ok: hasAnswered, detail: hasAnswered ? 'answers' : 'not called yet' };
    },
  };
}
