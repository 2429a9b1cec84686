import type { EventWords } from '../webhook/webhook-outbox.ts';
import { toCaseJson } from './agent-json.ts';
import { toPaymentJson, toRefundJson } from './payment-json.ts';

/** Who the customer is, and what only a page asks for. */
const NOT_TOLD = ['phone', 'payerName', 'refreshable', 'refreshableInS'];

/** What a webhook says of a record: what the API says, without what tells who the customer is. */
export const eventWords: EventWords = {
  payment: (payment) => without(toPaymentJson(payment, payment.updatedAtMs), NOT_TOLD),
  refund: (refund) => toRefundJson(refund),
  case: (entry) => toCaseJson({ ...entry, detail: without(entry.detail, NOT_TOLD) }),
};

function without(record: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
