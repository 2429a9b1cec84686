import type { EventWords } from '../webhook/webhook-outbox.ts';
import { toCaseJson } from './agent-json.ts';
import { toPaymentJson, toRefundJson } from './payment-json.ts';

/** What a webhook says of a record: what the API says, without what tells who the customer is. */
export const eventWords: EventWords = {
  payment: (payment) => without(toPaymentJson(payment), ['phone', 'payerName']),
  refund: (refund) => toRefundJson(refund),
  case: toCaseJson,
};

function without(record: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
