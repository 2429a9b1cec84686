import type { Money } from '@tolem/base';
import type { PaymentTerminal } from '../payment/payment.ts';

/** The members of `chequeInfo`, in the order and the spelling of the document [POS 1 "Просмотр статуса операции"]. */
const MEMBERS = [
  'storeName',
  'city',
  'address',
  'status',
  'amount',
  'date',
  'cardMask',
  'icc',
  'bin',
  'terminalId',
  'rrn',
  'authorizationCode',
  'hostResponseCode',
  'pinEntered',
  'orderNumber',
] as const;

/** Strings only; what the terminal did not say is left out, except amount and method, which every till reads. */
export function chequeInfoOf(of: {
  amount: Money;
  receipt: Record<string, string> | undefined;
  method: string | undefined;
}): Record<string, string> {
  const receipt: Record<string, string> = { amount: `${of.amount.tiyn / 100n} ₸`, ...of.receipt };
  const told = MEMBERS.flatMap((name) => {
    const text = receipt[name];
    return text === undefined ? [] : [[name, text] as const];
  });
  const method = v1Method(of.method ?? receipt.method);
  return { ...Object.fromEntries(told), ...(method === undefined ? {} : { method }) };
}

/** v1 knows `qr` and `card`; a payment by palm is given back like one by QR. */
export function v1Method(method: string | undefined): string | undefined {
  return method === 'alaqan' ? 'qr' : method;
}

/** −1: not a loan [POS 1 "LoanTerm"]. */
export function addInfoOf(terminal: PaymentTerminal | undefined): Record<string, unknown> {
  const { type, isOffer = false, loanTermMonths = -1, loanOfferName } = terminal?.product ?? {};
  return {
    IsOffer: isOffer,
    ...(type === undefined ? {} : { ProductType: type }),
    LoanTerm: loanTermMonths,
    ...(loanOfferName === undefined ? {} : { LoanOfferName: loanOfferName }),
  };
}
