import { Money } from '@tolem/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_INTERVALS } from '../hub-settings.ts';
import type { Payment } from './payment.ts';
import { PAYMENT_INPUT_KINDS, type PaymentInput } from './payment-input.ts';
import { nextPayment } from './payment-machine.ts';

const T = 1_000_000;
const DAY = 86_400_000;
const asked = Money.parse('1500.00');
const other = Money.parse('1.00');
const rules = DEFAULT_INTERVALS;

const created: Payment = {
  paymentId: 'p',
  source: 'hub',
  agentId: 'till-1',
  deviceId: 'till-1',
  organizationBin: '180340021791',
  tradePointId: '1',
  deviceToken: '"t"',
  method: 'qr',
  amount: asked,
  requestHash: 'h',
  status: 'created',
  final: false,
  version: 1,
  watched: true,
  claim: { instance: 'a', generation: 1, nonce: 'n', atMs: T },
  paymentMethods: [],
  pollIntervalMs: 5_000,
  scanWaitMs: 180_000,
  confirmWaitMs: 65_000,
  createdAtMs: T,
  updatedAtMs: T,
  lateAcceptMs: 60_000,
  refunded: Money.zero,
  refundReserved: Money.zero,
};
const { claim: _claim, ...open } = created;
const shown: Payment = { ...open, bankPaymentId: '1', qrToken: 'q', scanDeadlineMs: T + 180_000 };
const ended = { ...shown, watchUntilMs: T + DAY };
const lateOpen = { amount: asked, detectedAtMs: T, claimUntilMs: T + 60_000, outcome: 'open' } as const;
const paid = { ...shown, status: 'paid', amountPaid: asked, paidAtMs: T } as const;

/** Every state in which a payment can be, with what tells apart those of one status. */
const STATES: Record<string, Payment> = {
  created,
  'awaiting scan': { ...shown, status: 'awaiting_scan' },
  'awaiting scan, silent': {
    ...shown,
    status: 'awaiting_scan',
    unreachableSinceMs: T,
    statusReason: 'bank_unreachable',
  },
  'awaiting confirmation': { ...shown, status: 'awaiting_confirmation', confirmDeadlineMs: T + 65_000 },
  paid: { ...paid, final: true, watched: false },
  'paid, unread': { ...paid, amountUnread: true },
  failed: { ...shown, status: 'failed', final: true, watched: false },
  expired: { ...ended, status: 'expired' },
  'expired, final': { ...ended, status: 'expired', final: true, watched: false },
  cancelled: { ...ended, status: 'cancelled' },
  'late, open': { ...ended, status: 'expired', amountPaid: asked, late: lateOpen },
  'late, refunding': {
    ...ended,
    status: 'expired',
    watched: false,
    amountPaid: asked,
    refunded: asked,
    late: { ...lateOpen, outcome: 'refunding' },
  },
  'late, case': {
    ...ended,
    status: 'expired',
    watched: false,
    amountPaid: asked,
    refunded: asked,
    late: { ...lateOpen, outcome: 'case' },
  },
  'unknown, silent': { ...ended, status: 'unknown', statusReason: 'bank_unreachable', unreachableSinceMs: T },
  'unknown, at the end of the watch': {
    ...ended,
    status: 'unknown',
    statusReason: 'unlisted_word',
    watched: false,
  },
  'expired, open at the bank': { ...ended, status: 'expired', watched: false },
  'late, unread': { ...ended, status: 'expired', amountPaid: asked, amountUnread: true, late: lateOpen },
  'unknown, held': { ...ended, status: 'unknown', statusReason: 'amount_mismatch', watched: false, amountPaid: other },
};

const read = (
  meaning: Extract<PaymentInput, { kind: 'status_read' }>['meaning'],
  atMs: number,
  amount?: Money,
): PaymentInput => ({
  kind: 'status_read',
  nowMs: atMs,
  askedAtMs: atMs,
  word: meaning,
  meaning,
  ...(amount ? { amount } : {}),
});
const silence = (atMs: number): PaymentInput => ({
  kind: 'read_failed',
  nowMs: atMs,
  askedAtMs: atMs,
  code: 'timeout',
});
const answer = {
  bankPaymentId: '1',
  qrToken: 'q',
  paymentMethods: [],
  pollIntervalMs: 5_000,
  scanWaitMs: 180_000,
  confirmWaitMs: 65_000,
};
const EARLY = T + 10_000;
const PAST = T + 200_000;
const END = T + 2 * DAY;

/** Every input, with the moments and amounts that make a difference. */
const INPUTS: Record<string, PaymentInput> = {
  'bank created': { kind: 'bank_created', nowMs: T, answer },
  'creation refused': { kind: 'creation_refused', nowMs: T, code: 'c', detail: 'd' },
  'creation unanswered': { kind: 'creation_unanswered', nowMs: T, code: 'timeout' },
  'creation window over': { kind: 'creation_window_over', nowMs: PAST },
  'read unscanned early': read('awaiting_scan', EARLY),
  'read unscanned past': read('awaiting_scan', PAST),
  'read unscanned at the end': read('awaiting_scan', END),
  'read Wait early': read('awaiting_confirmation', EARLY),
  'read Wait past': read('awaiting_confirmation', PAST),
  'read Wait at the end': read('awaiting_confirmation', END),
  'read Processed': read('succeeded', EARLY, asked),
  'read Processed without amount': read('succeeded', EARLY),
  'read Processed, other amount': read('succeeded', EARLY, other),
  'read Error': read('failed', EARLY),
  'read discarded': read('expired', EARLY),
  'read unlisted': read('unlisted', PAST),
  'read unlisted at the end': read('unlisted', END),
  'silence early': silence(EARLY),
  'silence of ten minutes': silence(T + 700_000),
  'silence past the end': silence(END),
  'amount read': { kind: 'amount_read', nowMs: EARLY, amount: asked },
  'other amount read': { kind: 'amount_read', nowMs: EARLY, amount: other },
  cancel: { kind: 'cancel', nowMs: EARLY, reason: 'till', actor: 'a' },
  'accept in time': { kind: 'accept_late', nowMs: EARLY, actor: 'a' },
  'accept too late': { kind: 'accept_late', nowMs: PAST, actor: 'a' },
  'late window still open': { kind: 'late_window_over', nowMs: EARLY, next: { refundId: 'r' } },
  'late window over: refund': { kind: 'late_window_over', nowMs: PAST, next: { refundId: 'r' } },
  'late window over: case': { kind: 'late_window_over', nowMs: PAST, next: 'case' },
  'late refund confirmed': { kind: 'late_refund_ended', nowMs: PAST, outcome: 'confirmed' },
  'late refund declined': { kind: 'late_refund_ended', nowMs: PAST, outcome: 'declined' },
  collected: { kind: 'collected', atMs: EARLY },
  sold: { kind: 'sold', nowMs: EARLY },
  'asked again': { kind: 'asked_again', nowMs: PAST, actor: 'person:a' },
  'case closed': { kind: 'case_closed', nowMs: PAST },
  // Of invoices only; their own table is in `invoice-machine.test.ts`.
  'payer found': { kind: 'payer_found', nowMs: T, clientName: 'Айгерим Б.' },
  'invoice created': { kind: 'invoice_created', nowMs: T, bankPaymentId: '2' },
  'invoice unanswered': { kind: 'invoice_unanswered', nowMs: T, code: 'timeout' },
  'cancel answered': { kind: 'cancel_answered', nowMs: EARLY, isConfirmed: true, reason: 'till', actor: 'a' },
  'looked up': { kind: 'looked_up', nowMs: PAST, bankPaymentId: '2', actor: 'person:a' },
  'invoice found': { kind: 'invoice_found', nowMs: PAST, bankPaymentId: '2', actor: 'person:a' },
  'invoice absent': { kind: 'invoice_absent', nowMs: END, reason: 'r', actor: 'person:a' },
  'read due': { kind: 'read_due', nowMs: END },
};

/** A state in one line: status, reason, late money, and whether it is final or watched; `!` names a case. */
function outcome(before: Payment, input: PaymentInput): string {
  const step = nextPayment(before, input, rules);
  if (!step) return '·';
  const { status, statusReason, late, final, watched, amountUnread } = step.state;
  const cases = step.effects.flatMap((effect) => (effect.kind === 'case' ? [`!${effect.caseKind}`] : []));
  const counted = step.state === before ? ['counted'] : [];
  const words = [
    status,
    statusReason,
    late && `late:${late.outcome}`,
    amountUnread && 'unread',
    final && 'final',
    watched && 'watched',
  ];
  return [...words.filter((word) => typeof word === 'string'), ...cases, ...counted].join(' ');
}

/** What each input does in each state; an input that is not named changes nothing there. */
const EXPECTED: Record<string, Record<string, string>> = {
  'awaiting confirmation': {
    'read Error': 'failed declined final',
    'read Processed': 'paid final',
    'read Processed without amount': 'paid unread watched',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Wait at the end': 'expired not_confirmed watched',
    'read Wait past': 'expired not_confirmed watched',
    'read discarded': 'expired discarded watched',
    'read unlisted': 'awaiting_confirmation unlisted_word watched',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    'read unscanned at the end': 'expired not_confirmed watched',
    'read unscanned past': 'expired not_confirmed watched',
    'silence early': 'awaiting_confirmation bank_unreachable watched',
    'silence of ten minutes': 'awaiting_confirmation bank_unreachable watched',
    'silence past the end': 'unknown bank_unreachable !payment_unknown',
  },
  'awaiting scan': {
    cancel: 'cancelled till watched',
    'read Error': 'failed declined final',
    'read Processed': 'paid final',
    'read Processed without amount': 'paid unread watched',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Wait at the end': 'awaiting_confirmation watched',
    'read Wait early': 'awaiting_confirmation watched',
    'read Wait past': 'awaiting_confirmation watched',
    'read discarded': 'expired discarded watched',
    'read unlisted': 'awaiting_scan unlisted_word watched',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    'read unscanned at the end': 'expired not_scanned watched',
    'read unscanned past': 'expired not_scanned watched',
    'silence early': 'awaiting_scan bank_unreachable watched',
    'silence of ten minutes': 'awaiting_scan bank_unreachable watched',
    'silence past the end': 'unknown bank_unreachable !payment_unknown',
  },
  'awaiting scan, silent': {
    cancel: 'cancelled till watched',
    'read Error': 'failed declined final',
    'read Processed': 'paid final',
    'read Processed without amount': 'paid unread watched',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Wait at the end': 'awaiting_confirmation watched',
    'read Wait early': 'awaiting_confirmation watched',
    'read Wait past': 'awaiting_confirmation watched',
    'read discarded': 'expired discarded watched',
    'read unlisted': 'awaiting_scan unlisted_word watched',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    'read unscanned at the end': 'expired not_scanned watched',
    'read unscanned early': 'awaiting_scan watched',
    'read unscanned past': 'expired not_scanned watched',
    'silence of ten minutes': 'unknown bank_unreachable watched',
    'silence past the end': 'unknown bank_unreachable !payment_unknown',
  },
  cancelled: {
    'read Error': 'cancelled final',
    'read Processed': 'cancelled late:open watched',
    'read Processed without amount': 'cancelled late:open unread watched',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Wait at the end': 'cancelled !payment_open_at_bank',
    'read unlisted': 'cancelled watched counted',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    'read unscanned at the end': 'cancelled final',
    'silence past the end': 'unknown bank_unreachable !payment_unknown',
    sold: 'unknown sold watched !paid_at_till',
  },
  created: {
    'bank created': 'awaiting_scan watched',
    cancel: 'cancelled till final',
    'creation refused': 'failed c final',
    'creation unanswered': 'created bank_unavailable watched',
    'creation window over': 'cancelled not_created final',
  },
  expired: {
    'read Error': 'expired final',
    'read Processed': 'expired late:open watched',
    'read Processed without amount': 'expired late:open unread watched',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Wait at the end': 'expired !payment_open_at_bank',
    'read unlisted': 'expired watched counted',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    'read unscanned at the end': 'expired final',
    'silence past the end': 'unknown bank_unreachable !payment_unknown',
    sold: 'unknown sold watched !paid_at_till',
  },
  'expired, final': {
    sold: 'expired final !paid_at_till counted',
  },
  'expired, open at the bank': {
    'asked again': 'expired watched',
    'case closed': 'expired final',
    sold: 'unknown sold watched !paid_at_till',
  },
  failed: {
    sold: 'failed final !paid_at_till counted',
  },
  'late, case': {
    'case closed': 'expired late:case final',
    'late refund confirmed': 'expired late:refunded final',
    sold: 'paid late:accepted final',
  },
  'late, open': {
    'accept in time': 'paid late:accepted final',
    'late window over: case': 'expired late:case !late_money',
    'late window over: refund': 'expired late:refunding',
    sold: 'paid late:accepted final',
  },
  'late, refunding': {
    'late refund confirmed': 'expired late:refunded final',
    'late refund declined': 'expired late:case !late_money',
    sold: 'expired late:refunding !refunded_though_sold counted',
  },
  'late, unread': {
    'accept in time': 'paid late:accepted unread watched',
    'amount read': 'expired late:open watched',
    'late window over: case': 'expired late:case unread !late_money',
    'late window over: refund': 'expired late:refunding unread',
    'other amount read': 'unknown amount_mismatch late:case !amount_mismatch',
    sold: 'paid late:accepted unread watched',
  },
  paid: {
    collected: 'paid final',
  },
  'paid, unread': {
    'amount read': 'paid final',
    collected: 'paid unread watched',
    'other amount read': 'unknown amount_mismatch !amount_mismatch',
    'silence past the end': 'paid unread !amount_unread',
  },
  'unknown, at the end of the watch': {
    'asked again': 'unknown unlisted_word watched',
    'case closed': 'unknown unlisted_word final',
  },
  'unknown, held': {
    'case closed': 'unknown amount_mismatch final',
  },
  'unknown, silent': {
    'read Error': 'failed declined final',
    'read Processed': 'paid final',
    'read Processed without amount': 'paid unread watched',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Wait at the end': 'awaiting_confirmation watched',
    'read Wait early': 'awaiting_confirmation watched',
    'read Wait past': 'awaiting_confirmation watched',
    'read discarded': 'expired discarded watched',
    'read unlisted': 'unknown unlisted_word watched',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    'read unscanned at the end': 'expired not_scanned watched',
    'read unscanned early': 'awaiting_scan watched',
    'read unscanned past': 'expired not_scanned watched',
    'silence past the end': 'unknown bank_unreachable !payment_unknown',
  },
};

describe('the payment machine', () => {
  it('has an outcome for every state and every input', () => {
    expect(new Set(Object.values(INPUTS).map((input) => input.kind))).toEqual(new Set(PAYMENT_INPUT_KINDS));
    const table = Object.fromEntries(
      Object.entries(STATES).map(([name, state]) => {
        const reacts = Object.entries(INPUTS).map(([input, value]) => [input, outcome(state, value)] as const);
        return [name, Object.fromEntries(reacts.filter(([, result]) => result !== '·'))];
      }),
    );
    expect(table).toEqual(EXPECTED);
  });

  it('says paid and failed only by the explicit word of the bank, or by a claim in time', () => {
    const inputs = fc.array(fc.constantFrom(...Object.values(INPUTS)), { maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(STATES)), inputs, (start, sequence) => {
        let payment = start;
        for (const input of sequence) {
          const next = nextPayment(payment, input, rules)?.state ?? payment;
          checkStep(payment, input, next);
          payment = next;
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

function checkStep(before: Payment, input: PaymentInput, after: Payment): void {
  if (before.final) expect(after.status).toBe(before.status);
  if (after.status === before.status) return;
  const wasEnded = before.status === 'expired' || before.status === 'cancelled';
  const saysPaid = input.kind === 'status_read' && input.meaning === 'succeeded' && !wasEnded;
  const saysFailed = input.kind === 'status_read' && input.meaning === 'failed' && !wasEnded;
  const isClaimed = input.kind === 'accept_late' || (input.kind === 'sold' && before.late !== undefined);
  if (after.status === 'paid') expect(saysPaid || isClaimed).toBe(true);
  if (after.status === 'failed') expect(saysFailed || input.kind === 'creation_refused').toBe(true);
  if (after.status === 'expired' && input.kind === 'status_read' && input.meaning !== 'expired') {
    expect(input.askedAtMs).toBeGreaterThanOrEqual(before.scanDeadlineMs ?? 0);
  }
  if (before.status === 'paid') expect(after.statusReason).toBe('amount_mismatch');
}
