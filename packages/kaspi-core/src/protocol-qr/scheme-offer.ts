import { KaspiError } from '../kaspi-error.ts';
import type { QrMethod } from './effect-table.ts';

/** 1: Api-Key; 2: client certificate; 3: client certificate, fixed address and `OrganizationBin` in every body (notes 1.1). */
export type QrScheme = 1 | 2 | 3;

/**
 * How money goes back through the API: not at all (in the Kaspi Pay app), with the customer who scans a code at the till,
 * or without them [QR 3.9 §1.2].
 */
export type RefundWay = 'none' | 'with_customer' | 'without_customer';

/** What the bank offers under a scheme, and what it asks for [QR 3.9 §1.2, §1.3]. A method that is not offered is `not_offered`. */
export interface SchemeOffer {
  scheme: QrScheme;
  authentication: 'api_key' | 'certificate';
  /** Whether requests name the organisation; otherwise the credentials belong to exactly one. */
  namesOrganization: boolean;
  /** `payment/details`: what was charged and what can still be refunded. */
  details: boolean;
  refunds: RefundWay;
  /** `remote/*`: pay requests to a phone number. */
  invoices: boolean;
}

export const SCHEME_OFFERS: Readonly<Record<QrScheme, SchemeOffer>> = {
  1: {
    scheme: 1,
    authentication: 'api_key',
    namesOrganization: false,
    details: false,
    refunds: 'none',
    invoices: false,
  },
  2: {
    scheme: 2,
    authentication: 'certificate',
    namesOrganization: false,
    details: true,
    refunds: 'with_customer',
    invoices: false,
  },
  3: {
    scheme: 3,
    authentication: 'certificate',
    namesOrganization: true,
    details: true,
    refunds: 'without_customer',
    invoices: true,
  },
};

const isKnownTo: Partial<Record<QrMethod, (offer: SchemeOffer) => boolean>> = {
  readDetails: (offer) => offer.details,
  refund: (offer) => offer.refunds !== 'none',
  findPayer: (offer) => offer.invoices,
  createInvoice: (offer) => offer.invoices,
  cancelInvoice: (offer) => offer.invoices,
  createRefundCode: (offer) => offer.refunds === 'with_customer',
  readRefundCode: (offer) => offer.refunds === 'with_customer',
  listCustomerPurchases: (offer) => offer.refunds === 'with_customer',
};

/** Throws `not_offered`, with nothing sent, where the scheme does not have the method. */
export function assertOffered(offer: SchemeOffer, method: QrMethod): void {
  if (isKnownTo[method]?.(offer) ?? true) return;
  throw new KaspiError('not_offered', `scheme ${offer.scheme} of the QR API has no ${method}`, { effect: 'none' });
}
