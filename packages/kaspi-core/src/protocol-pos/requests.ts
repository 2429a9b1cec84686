import type { Money } from '@tolem/base';
import { KaspiError } from '../kaspi-error.ts';
import type { PosQuery } from './pos-http.ts';
import type { StartPayment, StartRefund, TerminalApiVersion } from './terminal-api.ts';

const PROCESS_ID = /^[A-Za-z0-9._-]{1,64}$/;
const TRANSACTION_ID = /^[\p{L}\p{N} ._/-]{1,64}$/u;

/** `payment` [POS 1 "Вызов оплаты"]; `method` is obsolete since 2.5.0 and never sent. Throws `request_invalid`. */
export function paymentQuery(request: StartPayment): PosQuery {
  return { amount: wholeTenge(request.amount), ...ownCheque(request.ownReceipt) };
}

/** `refund` [POS 1 "Возврат", pos-v2]. v1 knows no `alaqan`. Throws `request_invalid`. */
export function refundQuery(version: TerminalApiVersion, request: StartRefund): PosQuery {
  if (version === 'v1' && request.method === 'alaqan')
    throw invalid('API v1 of the terminal knows refunds by qr and card');
  if (!TRANSACTION_ID.test(request.transactionId)) throw invalid('the transaction to refund is not named');
  return {
    method: request.method,
    amount: wholeTenge(request.amount),
    transactionId: request.transactionId,
    ...ownCheque(request.ownReceipt),
  };
}

/** `status` and `actualize`. Throws `request_invalid`. */
export function processQuery(terminalProcessId: string): PosQuery {
  if (!PROCESS_ID.test(terminalProcessId)) throw invalid('not the id of a terminal process');
  return { processId: terminalProcessId };
}

function wholeTenge(amount: Money): string {
  if (!amount.isPositive) throw invalid(`the amount must be above zero: ${amount}`);
  if (!amount.isWholeTenge) throw invalid(`the terminal takes whole tenge only: ${amount}`);
  return (amount.tiyn / 100n).toString();
}

function ownCheque(ownReceipt: boolean | undefined): PosQuery {
  return ownReceipt === true ? { owncheque: 'true' } : {};
}

export function invalid(sentence: string): KaspiError {
  return new KaspiError('request_invalid', sentence, { effect: 'none' });
}
