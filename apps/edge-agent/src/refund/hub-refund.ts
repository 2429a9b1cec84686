import type { HubRefundView } from '../hub/hub-link.ts';
import { isRefundFinal, type RefundRecord } from './refund-record.ts';

/** What the hub's view makes of a refund that it owns. Pure; `contradicted`: it says otherwise than a final state. */
export function mergeHubRefund(
  refund: RefundRecord,
  view: HubRefundView,
): { next: RefundRecord; contradicted: boolean } | undefined {
  // `hubVersion` of a refund is the hub's `updatedAtMs`; its clock may repeat a moment, so a new status is news as well.
  const isNews = view.updatedAtMs > refund.hubVersion || (refund.hubVersion > 0 && view.status !== refund.status);
  if (view.updatedAtMs < refund.hubVersion || !isNews) return undefined;
  const status = view.status === 'unlisted' ? 'unknown' : view.status;
  if (isRefundFinal(refund)) {
    return status === refund.status
      ? undefined
      : { next: { ...refund, hubVersion: view.updatedAtMs }, contradicted: true };
  }
  const { statusReason: _, ...rest } = refund;
  const reason = view.status === 'unlisted' ? 'status_unlisted' : view.statusReason;
  return {
    next: {
      ...rest,
      status,
      hubVersion: view.updatedAtMs,
      ...(reason === undefined ? {} : { statusReason: reason }),
      ...(view.evidence === undefined ? {} : { evidence: view.evidence }),
    },
    contradicted: false,
  };
}
