import { Money } from '@tolem/base';
import type { TerminalMethod, TerminalOperation } from './terminal-api.ts';
import type { WireObject } from './wire-object.ts';

/** The members of `chequeInfo` [POS 1 "Просмотр статуса операции"]; other spellings of them are brought to this one. */
const RECEIPT_MEMBERS = [
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
  'method',
];
const SPELLINGS = new Map(RECEIPT_MEMBERS.map((member) => [member.toLowerCase(), member]));
/** The documents know 16 members with short texts: anything beyond is cut, so that a sick terminal can't fill a journal. */
const MAX_MEMBERS = 40;
const MAX_TEXT = 300;

/** Reads what a finished operation says about itself: `data` of v2 or the whole answer of v1. Never throws. */
export function readOperation(data: WireObject): TerminalOperation {
  const receipt = readReceipt(data.object('chequeInfo'));
  const method = readMethod(data.text('method')) ?? readMethod(receipt.method);
  const amount = receipt.amount === undefined ? undefined : readDisplayAmount(receipt.amount);
  const product = readProduct(data.object('addInfo'));
  const transactionId = data.text('transactionId')?.trim();
  return {
    ...(transactionId === undefined ? {} : { transactionId }),
    ...(method === undefined ? {} : { method }),
    ...(amount === undefined ? {} : { amount }),
    ...(receipt.rrn === undefined ? {} : { rrn: receipt.rrn.trim() }),
    ...(receipt.orderNumber === undefined ? {} : { orderNumber: receipt.orderNumber.trim() }),
    receipt,
    ...(product === undefined ? {} : { product }),
  };
}

/**
 * Reads an amount made for eyes: `1 ₸`, `1 500 ₸`, `- 200 ₸`, with any space character, as an amount without its sign.
 * Whatever could be read in two ways (`1,500`) is `undefined`.
 */
export function readDisplayAmount(text: string): Money | undefined {
  const packed = text.replace(/[\s\u200b\u2060]/gu, '').replace(/(₸|тг\.?|тенге|теңге|kzt)$/iu, '');
  const match = /^[-−–]?(\d{1,12})(?:[.,](\d{2}))?$/u.exec(packed);
  if (!match?.[1]) return undefined;
  return Money.parse(match[2] === undefined ? match[1] : `${match[1]}.${match[2]}`);
}

function readMethod(word: string | undefined): TerminalMethod | undefined {
  const known = word?.trim().toLowerCase();
  return known === 'qr' || known === 'card' || known === 'alaqan' ? known : undefined;
}

function readReceipt(cheque: WireObject | undefined): Record<string, string> {
  const members = (cheque?.texts() ?? [])
    .slice(0, MAX_MEMBERS)
    .map(([key, text]): [string, string] => [
      SPELLINGS.get(key.toLowerCase()) ?? key.slice(0, MAX_TEXT),
      text.slice(0, MAX_TEXT),
    ]);
  return Object.fromEntries(members);
}

function readProduct(info: WireObject | undefined): TerminalOperation['product'] {
  if (!info) return undefined;
  const type = info.text('ProductType');
  const isOffer = info.text('IsOffer')?.toLowerCase();
  const loanTermMonths = Number(info.text('LoanTerm') ?? '-1');
  const loanOfferName = info.text('LoanOfferName');
  return {
    ...(type === undefined ? {} : { type }),
    ...(isOffer === 'true' || isOffer === 'false' ? { isOffer: isOffer === 'true' } : {}),
    // −1 or absent: not a loan [POS 1 "LoanTerm"].
    ...(Number.isInteger(loanTermMonths) && loanTermMonths > 0 ? { loanTermMonths } : {}),
    ...(loanOfferName === undefined ? {} : { loanOfferName }),
  };
}
