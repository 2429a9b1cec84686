import type { Evidence, Money, PaymentMethod, PaymentStatus } from '@tolem/base';

/** One customer paying once, as the agent keeps it and its local API shows it. */
export interface Payment {
  paymentId: string;
  orderId?: string;
  method: PaymentMethod;
  amount: Money;
  status: PaymentStatus;
  /** A word that explains the status, such as `hub_unreachable`, `bank_unreachable`, `start_answer_lost`. */
  statusReason?: string;
  /** Nothing will change the status any more. */
  final: boolean;
  /** Grows by one with every stored change. */
  version: number;
  createdAtMs: number;
  updatedAtMs: number;
  /** Until when the customer may act (to show a countdown). */
  expiresAtMs?: number;
  deviceId?: string;
  qr?: { token: string; methods: string[] };
  /** What the customer opens instead of scanning; the methods stand beside it. */
  link?: { url: string; methods: string[] };
  bankPaymentId?: string;
  terminal?: PaymentTerminal;
  receipt?: Record<string, string>;
  paidAtMs?: number;
  amountPaid?: Money;
  /** Late money as the till sees it: never `paid` by a read. */
  late?: { amount: Money; claimable: boolean; claimUntilMs: number; refundId?: string };
  refunded: Money;
  /** When the till fetched the final `paid`. */
  collectedAtMs?: number;
  /** How an uncertain outcome became known. */
  evidence?: Evidence;
  resolvedBy?: string;
  resolvedReason?: string;
  /** The version of the hub's view that is merged in, for methods that the hub owns. */
  hubVersion: number;
  /** `money: none` was told to the caller: a token that arrives afterwards is never shown. */
  toldNone?: boolean;
  ownReceipt?: boolean;
  comment?: string;
  /** Invoices: the number as the caller gave it, whom the bank found under it, and from when the bank may be asked again. */
  phone?: string;
  payerName?: string;
  refreshableAtMs?: number;
}

export interface PaymentTerminal {
  terminalId: string;
  processId?: string;
  subStatus?: string;
  /** qr, card or alaqan. */
  method?: string;
  transactionId?: string;
  rrn?: string;
  orderNumber?: string;
  /** `addInfo` of the terminal: what the customer paid with. */
  product?: { type?: string; isOffer?: boolean; loanTermMonths?: number; loanOfferName?: string };
  /** The terminal's own sentence, where it refused the start. */
  refusal?: string;
  /** Whether the start call went out, and whether its answer came. */
  start: 'not_sent' | 'sent' | 'answered';
}
