import { z } from 'zod';
import type { RefundCode } from '../bank/bank-records.ts';
import type { BankState } from '../bank/bank-state.ts';
import { REFUND_CODE_PHASES, refundCodeWord } from '../bank/refund-code-machine.ts';
import { isoTime } from './purchase-view.ts';

/** A refund code of scheme 2 as the control API shows it. */
export const refundCodeViewSchema = z.object({
  qrReturnId: z.string(),
  status: z.string().describe('The word that the bank tells'),
  phase: z.enum(REFUND_CODE_PHASES),
  qrToken: z.string(),
  organizationBin: z.string(),
  tradePointId: z.string(),
  tradePointName: z.string(),
  externalId: z.string().optional(),
  customer: z.string().optional().describe('Known from the scan on'),
  createdAt: z.string(),
  changedAt: z.string(),
  leftMs: z.number().optional().describe('Until the scan window or the session ends'),
});

export type RefundCodeView = z.output<typeof refundCodeViewSchema>;

export function viewRefundCode(state: BankState, code: RefundCode): RefundCodeView {
  const { qrReturnId, phase, qrToken, organizationBin, tradePointId, externalId, customer } = code;
  const endsAtMs = { created: code.scanDeadlineMs, identified: code.sessionDeadlineMs }[phase as string];
  return {
    qrReturnId,
    status: refundCodeWord(phase, state.settings.expiredWord),
    phase,
    qrToken,
    organizationBin,
    tradePointId,
    tradePointName: state.tradePoint(organizationBin, tradePointId)?.name ?? '',
    ...(externalId === undefined ? {} : { externalId }),
    ...(customer === undefined ? {} : { customer }),
    createdAt: isoTime(code.createdAtMs),
    changedAt: isoTime(code.changedAtMs),
    ...(endsAtMs === undefined ? {} : { leftMs: Math.max(0, endsAtMs - state.context.clock.nowMs()) }),
  };
}
