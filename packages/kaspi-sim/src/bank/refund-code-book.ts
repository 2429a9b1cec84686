import type { BankRecord, RefundCode } from './bank-records.ts';
import type { BankSettings } from './bank-settings.ts';
import { nextRefundCode, type RefundCodeInput } from './refund-code-machine.ts';

/** The refund codes of scheme 2 and the sessions that their scans opened. Time passes lazily: before every look. */
export interface RefundCodeBook {
  readonly all: ReadonlyMap<string, RefundCode>;
  /** Takes a record of an earlier run or one just saved. */
  take(code: RefundCode): void;
  /** The code as it stands now, after the window that has ended. */
  read(qrReturnId: string): RefundCode | undefined;
  /** What the customer or the bank did; `undefined` where it has no meaning now. */
  apply(code: RefundCode, input: RefundCodeInput, customer?: string): RefundCode | undefined;
  clear(): void;
}

export interface RefundCodeWorld {
  settings: BankSettings;
  nowMs(): number;
  save(record: BankRecord): void;
}

export function createRefundCodeBook({ settings, nowMs, save }: RefundCodeWorld): RefundCodeBook {
  const codes = new Map<string, RefundCode>();
  const apply = (code: RefundCode, input: RefundCodeInput, atMs: number, customer?: string): RefundCode | undefined => {
    const step = nextRefundCode(code, input);
    if (!step) return undefined;
    const opensSession = step.effects.includes('start_session');
    const changed: RefundCode = {
      ...code,
      phase: step.state.phase,
      changedAtMs: atMs,
      ...(opensSession ? { sessionDeadlineMs: atMs + settings.refundSessionS * 1000 } : {}),
      ...(opensSession && customer !== undefined ? { customer } : {}),
    };
    save(changed);
    return changed;
  };
  const settle = (code: RefundCode): RefundCode => {
    const now = nowMs();
    if (code.phase === 'created' && now >= code.scanDeadlineMs) {
      return apply(code, 'scan_window_ended', code.scanDeadlineMs) ?? code;
    }
    const endsAtMs = code.sessionDeadlineMs ?? Number.POSITIVE_INFINITY;
    return (code.phase === 'identified' && now >= endsAtMs && apply(code, 'session_ended', endsAtMs)) || code;
  };
  return {
    all: codes,
    take: (code) => void codes.set(code.qrReturnId, code),
    read(qrReturnId) {
      const code = codes.get(qrReturnId);
      return code && settle(code);
    },
    apply: (code, input, customer) => apply(code, input, nowMs(), customer),
    clear: () => codes.clear(),
  };
}
