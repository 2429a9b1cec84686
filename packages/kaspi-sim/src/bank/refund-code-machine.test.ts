import { describe, expect, it } from 'vitest';
import {
  nextRefundCode,
  REFUND_CODE_INPUTS,
  REFUND_CODE_PHASES,
  type RefundCodeInput,
  type RefundCodePhase,
  refundCodeWord,
} from './refund-code-machine.ts';

const TABLE: Record<RefundCodePhase, Partial<Record<RefundCodeInput, RefundCodePhase>>> = {
  created: { scan: 'identified', fail: 'failed', scan_window_ended: 'expired' },
  identified: { session_ended: 'ended' },
  expired: {},
  failed: {},
  ended: {},
};

const cases = REFUND_CODE_PHASES.flatMap((phase) => REFUND_CODE_INPUTS.map((input) => ({ phase, input })));

describe('a refund code', () => {
  it.each(cases)('in $phase takes $input as the table says', ({ phase, input }) => {
    const to = TABLE[phase][input];
    const effects = to === 'identified' ? ['start_session'] : [];
    expect(nextRefundCode({ phase }, input)).toEqual(to && { state: { phase: to }, effects });
  });

  it('tells the words of annex 5', () => {
    expect(REFUND_CODE_PHASES.map((phase) => refundCodeWord(phase, 'QrTokenCreated'))).toEqual([
      'QrTokenCreated',
      'CustomerIdentityObtained',
      'QrTokenCreated',
      'Error',
      'Error',
    ]);
    expect(refundCodeWord('expired', 'Expired')).toBe('Expired');
  });
});
