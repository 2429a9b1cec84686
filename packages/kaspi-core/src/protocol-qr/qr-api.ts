import type { Money } from '@tolem/base';
import type { SchemeOffer } from './scheme-offer.ts';

/**
 * The bank as our code sees it: every method of the QR API v3.9 under schemes 1, 2 and 3 [QR 3.9 §2–§5].
 * The hub's services take this port; `createQrApi` implements it over TLS, simulations by a fake. `offer` tells what the
 * scheme has; the rest rejects with `not_offered`. Callers always name the organisation: it goes out under scheme 3 only.
 * Every method rejects with `KaspiError`; on a method that moves money its `effect` tells whether it may have happened.
 */
export interface QrApi {
  readonly offer: SchemeOffer;
  listTradePoints(organizationBin: string): Promise<TradePoint[]>;
  /** Idempotent at the bank: the same arguments give the same token [§4.2.3]. */
  registerDevice(request: RegisterDevice): Promise<DeviceToken>;
  deleteDevice(request: { organizationBin: string; deviceToken: DeviceToken }): Promise<void>;
  createQr(request: CreatePurchase): Promise<CreatedQr>;
  createLink(request: CreatePurchase): Promise<CreatedLink>;
  readStatus(bankPaymentId: string): Promise<PurchaseStatus>;
  /** Schemes 2 and 3. */
  readDetails(request: { bankPaymentId: string; deviceToken: DeviceToken }): Promise<PurchaseDetails>;
  /** Money back; schemes 2 and 3. Never repeated by the transport; the caller decides after reading the details (notes 1.5). */
  refund(request: RefundPurchase): Promise<{ bankRefundId: string }>;
  /** Scheme 2: a code for the customer to scan, so that the bank knows whose purchases may be refunded [§3.4.1]. */
  createRefundCode(request: CreateRefundCode): Promise<CreatedRefundCode>;
  readRefundCode(refundCodeId: string): Promise<RefundCodeStatus>;
  /** The last purchases of the customer who has scanned the code, ten at most [§3.4.3]. */
  listCustomerPurchases(request: ListCustomerPurchases): Promise<CustomerPurchase[]>;
  /** Invoices: scheme 3. */
  findPayer(request: { phone: string; deviceToken: DeviceToken }): Promise<{ clientName: string }>;
  createInvoice(request: CreateInvoice): Promise<{ bankPaymentId: string }>;
  cancelInvoice(request: CancelInvoice): Promise<{ word: string; meaning: PurchaseMeaning }>;
  ping(): Promise<void>;
}

/** The test stand's four emulations [§5.2–5.5]; absent in production. */
export interface QrEmulation {
  scan(bankPaymentId: string): Promise<void>;
  confirm(bankPaymentId: string): Promise<void>;
  scanError(bankPaymentId: string): Promise<void>;
  confirmError(bankPaymentId: string): Promise<void>;
}

/** The bank's handle of a device as a JSON literal (`"\"2be4…\""` or `321`): sent back in the type in which it came (notes 1.4). */
export type DeviceToken = string;

export interface TradePoint {
  /** Int64 in decimal. */
  tradePointId: string;
  name: string;
}

export interface RegisterDevice {
  organizationBin: string;
  /** Latin letters, digits, `-` and `_` only. */
  deviceId: string;
  tradePointId: string;
}

export interface CreatePurchase {
  organizationBin: string;
  deviceToken: DeviceToken;
  amount: Money;
  /** Our payment id. */
  externalId: string;
}

export interface CreatedPurchase {
  /** Int64 in decimal; `QrPaymentId`, or `PaymentId` of a link. */
  bankPaymentId: string;
  /** The end of the token's life, Unix milliseconds; absent where the date cannot be read (never a reason to fail). */
  expiresAtMs?: number;
  paymentMethods: string[];
  pollIntervalMs: number;
  /** From creation to the scan (QR) or activation (link). */
  scanWaitMs: number;
  /** From the first `Wait` to the confirmation. */
  confirmWaitMs: number;
}

export interface CreatedQr extends CreatedPurchase {
  qrToken: string;
}

export interface CreatedLink extends CreatedPurchase {
  paymentLink: string;
}

/** What a status word means. Only `succeeded` and `failed` are final; a word that no list holds is `unlisted`, never a failure. */
export type PurchaseMeaning =
  | 'awaiting_scan'
  | 'awaiting_confirmation'
  | 'succeeded'
  | 'failed'
  | 'expired'
  | 'unlisted';

export interface PurchaseStatus {
  /** The word as it came. */
  word: string;
  meaning: PurchaseMeaning;
  /** v02 only: what was really charged. */
  amount?: Money;
  transactionId?: string;
  productType?: string;
}

export interface PurchaseDetails {
  bankPaymentId: string;
  totalAmount: Money;
  availableReturnAmount: Money;
  transactionAtMs?: number;
}

export interface RefundPurchase {
  organizationBin: string;
  deviceToken: DeviceToken;
  bankPaymentId: string;
  amount: Money;
  /** Scheme 2: the code that the customer of this purchase has scanned; `request_invalid` without it. */
  refundCodeId?: string;
  /** Unix milliseconds; checked just before the write, then `send_deadline_passed` with `effect: none`. */
  sendByMs?: number;
}

export interface CreateRefundCode {
  organizationBin: string;
  deviceToken: DeviceToken;
  /** Our refund session's id. */
  externalId: string;
}

/** `return/create` [§3.4.1]: nothing is asked of the customer yet but to be known. */
export interface CreatedRefundCode {
  /** `QrReturnId`: int64 in decimal. */
  refundCodeId: string;
  qrToken: string;
  expiresAtMs?: number;
  /** `QrCodeScanEventPollingInterval`: not the name that a purchase uses. */
  pollIntervalMs: number;
  scanWaitMs: number;
}

/** Annex 5. `customer_known` ends the scan and says nothing about money; a word that no list holds is `unlisted`. */
export type RefundCodeMeaning = 'awaiting_scan' | 'customer_known' | 'failed' | 'unlisted';

export interface RefundCodeStatus {
  /** The word as it came. */
  word: string;
  meaning: RefundCodeMeaning;
}

export interface ListCustomerPurchases {
  deviceToken: DeviceToken;
  refundCodeId: string;
  /** 1 to 10; the bank's default is 10. */
  limit?: number;
}

export interface CustomerPurchase {
  bankPaymentId: string;
  amount: Money;
  transactionAtMs?: number;
}

export interface CreateInvoice {
  organizationBin: string;
  deviceToken: DeviceToken;
  amount: Money;
  /** A Kazakhstan mobile number in any usual form; sent as eleven digits with a leading 8. */
  phone: string;
  comment?: string;
  /** As in `RefundPurchase`. */
  sendByMs?: number;
}

export interface CancelInvoice {
  organizationBin: string;
  deviceToken: DeviceToken;
  bankPaymentId: string;
}
