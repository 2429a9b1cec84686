import { describe, expect, it } from 'vitest';
import {
  nextPurchase,
  PURCHASE_INPUTS,
  PURCHASE_PHASES,
  type PurchaseInput,
  type PurchaseKind,
  type PurchasePhase,
  statusWord,
} from './purchase-machine.ts';

type Row = Partial<Record<PurchaseInput, PurchasePhase>>;

const LATE: Row = { late_confirm: 'processed' };
const WAITING: Row = {
  confirm: 'processed',
  late_confirm: 'processed',
  decline: 'declined',
  fail: 'declined',
  confirmation_window_ended: 'unconfirmed',
};
const CREATED: Row = {
  confirm: 'processed',
  late_confirm: 'processed',
  decline: 'declined',
  fail: 'declined',
  scan_window_ended: 'expired',
};
const AFTER: Record<Exclude<PurchasePhase, 'created'>, Row> = {
  waiting: WAITING,
  processed: {},
  declined: LATE,
  unconfirmed: LATE,
  expired: LATE,
  discarded: LATE,
  cancelled: {},
};
const TABLE: Record<PurchaseKind, Record<PurchasePhase, Row>> = {
  qr: { created: { ...CREATED, scan: 'waiting', discard: 'discarded' }, ...AFTER },
  link: { created: { ...CREATED, scan: 'waiting' }, ...AFTER },
  invoice: { created: { ...CREATED, cancel: 'cancelled' }, ...AFTER },
};

const kinds: PurchaseKind[] = ['qr', 'link', 'invoice'];
const cases = kinds.flatMap((kind) =>
  PURCHASE_PHASES.flatMap((phase) => PURCHASE_INPUTS.map((input) => ({ kind, phase, input }))),
);

describe('a purchase at the bank', () => {
  it.each(cases)('$kind in $phase takes $input as the table says', ({ kind, phase, input }) => {
    const expected = TABLE[kind][phase][input];
    const step = nextPurchase({ kind, phase }, input);
    if (expected === undefined) {
      expect(step).toBeUndefined();
      return;
    }
    expect(step?.state).toEqual({ kind, phase: expected });
    const effects = { processed: ['charge'], waiting: ['start_confirmation_window'] } as Record<string, string[]>;
    expect(step?.effects).toEqual(effects[expected] ?? []);
  });

  it('shows the words of annex 4, and for an invoice its own', () => {
    const words = (kind: PurchaseKind) => PURCHASE_PHASES.map((phase) => statusWord({ kind, phase }, 'QrTokenCreated'));
    const qr = ['QrTokenCreated', 'Wait', 'Processed', 'Error', 'Error', 'QrTokenCreated', 'QrTokenDiscarded'];
    expect(words('qr').slice(0, 7)).toEqual(qr);
    expect(words('link')).toEqual(words('qr'));
    expect(words('invoice')).toEqual([
      'RemotePaymentCreated',
      'Wait',
      'Processed',
      'RemotePaymentRejected',
      'Error',
      'Expired',
      'QrTokenDiscarded',
      'RemotePaymentCanceled',
    ]);
    expect(statusWord({ kind: 'qr', phase: 'expired' }, 'Expired')).toBe('Expired');
  });
});
