import type { PaymentMethod } from '@tolem/base';

/**
 * How payments that the hub owns are refunded through it [QR 3.9 §1.2]: `none` (scheme 1: only in the Kaspi Pay app),
 * `with_customer` (scheme 2: the customer scans a refund code at the till), `without_customer` (scheme 3).
 */
export const REFUND_WAYS = ['none', 'with_customer', 'without_customer'] as const;
export type RefundWay = (typeof REFUND_WAYS)[number];

/** What the chain's agreement with the bank allows, as the hub tells it at each Hello. */
export interface HubOffer {
  scheme: number;
  /** Ways of paying through the hub; terminals are the agent's own. */
  methods: PaymentMethod[];
  refunds: RefundWay;
}
