import type { Money } from '@tolem/base';

/**
 * The bank as our code sees it: every method of the QR API v3.9 under scheme 3 [QR 3.9 §4, §5].
 * The hub's services take this port; `createQrApi` implements it over mutual TLS, simulations by a fake.
 * Every method rejects with `KaspiError`; on a method that moves money its `effect` tells whether it may have happened.
 */
export interface QrApi {
  listTradePoints(organizationBin: string): Promise<TradePoint[]>;
  /** Idempotent at the bank: the same arguments give the same token [§4.2.3]. */
  registerDevice(request: RegisterDevice): Promise<DeviceToken>;
  deleteDevice(request: { organizationBin: string; deviceToken: DeviceToken }): Promise<void>;
  createQr(request: CreatePurchase): Promise<CreatedQr>;
  createLink(request: CreatePurchase): Promise<CreatedLink>;
  readStatus(bankPaymentId: string): Promise<PurchaseStatus>;
  readDetails(request: { bankPaymentId: string; deviceToken: DeviceToken }): Promise<PurchaseDetails>;
  /** Money back. Never repeated by the transport; the caller decides after reading the details (notes 1.5). */
  refund(request: RefundPurchase): Promise<{ bankRefundId: string }>;
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
  /** Unix milliseconds; checked just before the write, then `send_deadline_passed` with `effect: none`. */
  sendByMs?: number;
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
