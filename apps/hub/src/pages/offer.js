import { call } from './api.js';

/** What the bank's scheme lets headquarters do: `none`, `with_customer` (at the till) or `without_customer` (here). */
let refunds = 'without_customer';

export async function readOffer() {
  ({ refunds } = await call('/offer'));
}

/** Whether headquarters itself can give money back. */
export function refundsHere() {
  return refunds === 'without_customer';
}

/** The key of the text that says what to do instead, or nothing. */
export function refundInstead() {
  return { none: 'refundInKaspiPay', with_customer: 'refundWithCustomer' }[refunds];
}
