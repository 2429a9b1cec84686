import type { Money } from '@tolem/base';

/**
 * A Kaspi smart POS terminal as our code sees it, whichever version it speaks (seed 003 for v1, pos-v2.md for v2).
 * Every method rejects with `KaspiError`. `startPayment` and `startRefund` always use a fresh connection and are never repeated
 * by the client, except once after a 403 (expired token), which proves that nothing was started.
 */
export interface TerminalApi {
  readonly version: TerminalApiVersion;
  startPayment(request: StartPayment): Promise<StartedProcess>;
  startRefund(request: StartRefund): Promise<StartedProcess>;
  readStatus(terminalProcessId: string): Promise<TerminalStatus>;
  /** v2 only: asks the terminal to look an `unknown` operation up at the bank; at least 10 s apart. */
  actualize(terminalProcessId: string): Promise<TerminalStatus>;
  /** v2 only. */
  readDeviceInfo(): Promise<TerminalDeviceInfo>;
  /** v2 only: blocks until a person allows it on the terminal (up to 180 s), then stores the tokens through the port. */
  pair(name: string, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export type TerminalApiVersion = 'v1' | 'v2';
export type TerminalMethod = 'qr' | 'card' | 'alaqan';

export interface StartPayment {
  /** Whole tenge; tiyn are refused with `request_invalid`. */
  amount: Money;
  ownReceipt?: boolean;
}

export interface StartRefund {
  amount: Money;
  /** The payment's own method. */
  method: TerminalMethod;
  /** v1: `transactionId` of the payment. v2: `orderNumber` for QR and alaqan, `rrn` for card. */
  transactionId: string;
  ownReceipt?: boolean;
}

export interface StartedProcess {
  terminalProcessId: string;
}

/** `unlisted`: a word outside the four known ones; keep watching and raise an alert. */
export type TerminalStatus =
  | { kind: 'waiting'; subStatus?: string }
  | { kind: 'succeeded'; subStatus?: string; operation: TerminalOperation }
  | { kind: 'failed'; subStatus?: string; message?: string }
  | { kind: 'unknown'; subStatus?: string; message?: string }
  | { kind: 'unlisted'; word: string; subStatus?: string };

export interface TerminalOperation {
  transactionId?: string;
  /** As the terminal said it in `data` or `chequeInfo`; another word is kept as it came in `receipt.method`. */
  method?: TerminalMethod;
  /** Read from `chequeInfo.amount` (`1 500 ₸`); absent where it cannot be read. Of a refund: without its sign. */
  amount?: Money;
  /** `rrn` and `orderNumber` of the cheque, which a refund will need. */
  rrn?: string;
  orderNumber?: string;
  /** `chequeInfo` as strings. */
  receipt: Record<string, string>;
  /** `addInfo`: IsOffer, ProductType, LoanTerm, LoanOfferName. */
  product?: { type?: string; isOffer?: boolean; loanTermMonths?: number; loanOfferName?: string };
}

export interface TerminalDeviceInfo {
  posNumber?: string;
  serialNumber?: string;
  terminalId?: string;
}

/** Where the pair of tokens of a v2 terminal lives. `save` must be durable before it resolves: the old pair is dead by then. */
export interface TerminalTokenStore {
  load(): Promise<TerminalTokens | undefined>;
  save(tokens: TerminalTokens): Promise<void>;
}

export interface TerminalTokens {
  /** The name given at pairing; checked by the terminal on refresh, never changed. */
  name: string;
  accessToken: string;
  refreshToken: string;
  /** Our own clock at receipt, Unix milliseconds. */
  receivedAtMs: number;
}
