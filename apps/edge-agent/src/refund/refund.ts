import type { Evidence, Money, RefundStatus } from '@tolem/base';

/** Money going back, as the agent shows it. The hub owns refunds of QR payments, links and invoices; the agent those of terminals. */
export interface Refund {
  refundId: string;
  paymentId: string;
  amount: Money;
  status: RefundStatus;
  statusReason?: string;
  reason: string;
  /** Who asked: the token's name, with the cashier where a PIN was given. */
  actor: string;
  /** The session in which the customer was known, where the scheme wants one. */
  refundSessionId?: string;
  evidence?: Evidence;
  /** Headquarters asked for it by this command. */
  commandId?: string;
  /** Who settled it, and why, where a person did. */
  resolvedBy?: string;
  resolvedReason?: string;
  version: number;
  hubVersion: number;
  createdAtMs: number;
  updatedAtMs: number;
  terminal?: { terminalId: string; processId?: string; start: 'not_sent' | 'sent' | 'answered'; refusal?: string };
  /** The terminal's cheque of a refund that it has confirmed. */
  receipt?: Record<string, string>;
}
