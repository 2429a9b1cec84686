import { Money } from '@tolem/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_INTERVALS } from '../hub-settings.ts';
import type { Payment } from '../payment/payment.ts';
import { PAYMENT_INPUT_KINDS, type PaymentInput } from '../payment/payment-input.ts';
import { nextPayment } from '../payment/payment-machine.ts';

const T = 1_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const asked = Money.parse('1500.00');
const other = Money.parse('1.00');
const rules = DEFAULT_INTERVALS;
/** The moments that count: within the day, past its end, the two reads of the hub's own, and the end of the watch. */
const EARLY = T + HOUR;
const FIRST = T + 24 * HOUR + 5 * MINUTE;
const SECOND = T + 48 * HOUR;
const END = SECOND + 5 * MINUTE;

const created: Payment = {
  paymentId: 'p',
  source: 'hub',
  agentId: 'till-1',
  deviceId: 'till-1',
  organizationBin: '180340021791',
  tradePointId: '1',
  deviceToken: '"t"',
  method: 'invoice',
  amount: asked,
  requestHash: 'h',
  phone: '87071234567',
  status: 'created',
  final: false,
  version: 1,
  watched: true,
  claim: { instance: 'a', generation: 1, nonce: 'n', atMs: T },
  paymentMethods: [],
  pollIntervalMs: 0,
  scanWaitMs: 0,
  confirmWaitMs: 0,
  createdAtMs: T,
  updatedAtMs: T,
  lateAcceptMs: 60_000,
  refunded: Money.zero,
  refundReserved: Money.zero,
};
const { claim: _claim, ...unclaimed } = created;
const sent: Payment = { ...created, payerName: 'Айгерим Б.', sentAtMs: T };
const out: Payment = { ...unclaimed, payerName: 'Айгерим Б.', sentAtMs: T };
const open: Payment = {
  ...out,
  status: 'awaiting_confirmation',
  bankPaymentId: '1',
  confirmDeadlineMs: T + 24 * HOUR,
  expiresAtMs: T + 24 * HOUR,
  watchUntilMs: SECOND,
  nextReadAtMs: FIRST,
};
const { nextReadAtMs: _next, ...unscheduled } = open;
const held = { ...unscheduled, watched: false } as const;
const ended = { ...open, nextReadAtMs: SECOND } as const;
const lateOpen = { amount: asked, detectedAtMs: T, claimUntilMs: T + 60_000, outcome: 'open' } as const;
const late = { ...ended, status: 'cancelled', amountPaid: asked, late: lateOpen } as const;

const STATES: Record<string, Payment> = {
  created,
  'created, sent': sent,
  'unknown, unanswered': { ...out, status: 'unknown', statusReason: 'invoice_unanswered', watched: false },
  open,
  'open, silent': { ...open, unreachableSinceMs: T, statusReason: 'bank_unreachable' },
  paid: { ...held, status: 'paid', amountPaid: asked, paidAtMs: T, final: true },
  'paid, unread': { ...open, status: 'paid', amountPaid: asked, paidAtMs: T, amountUnread: true },
  'paid, unread, past its last read': {
    ...open,
    status: 'paid',
    amountPaid: asked,
    paidAtMs: T,
    amountUnread: true,
    nextReadAtMs: END,
  },
  failed: { ...held, status: 'failed', final: true },
  expired: { ...ended, status: 'expired' },
  'expired, past its last read': { ...ended, status: 'expired', nextReadAtMs: END },
  'expired, open at the bank': { ...held, status: 'expired' },
  cancelled: { ...held, status: 'cancelled', final: true },
  'cancel unconfirmed': { ...open, status: 'cancelled', statusReason: 'cancel_unconfirmed' },
  'late, open': late,
  'late, open, unread': { ...late, amountUnread: true },
  'late, refunding': { ...held, status: 'cancelled', amountPaid: asked, late: { ...lateOpen, outcome: 'refunding' } },
  'unknown, rebuilt': { ...open, status: 'unknown', statusReason: 'rebuilt' },
  'unknown, at the end of the watch': { ...held, status: 'unknown', statusReason: 'unlisted_word' },
  'unknown, another amount': { ...held, status: 'unknown', statusReason: 'amount_mismatch', amountPaid: other },
};

type Meaning = Extract<PaymentInput, { kind: 'status_read' }>['meaning'];
function read(meaning: Meaning, atMs: number, amount?: Money): PaymentInput {
  const members = { nowMs: atMs, askedAtMs: atMs, word: meaning, meaning };
  return { kind: 'status_read', ...members, ...(amount ? { amount } : {}) };
}
const silence = (atMs: number): PaymentInput => ({
  kind: 'read_failed',
  nowMs: atMs,
  askedAtMs: atMs,
  code: 'timeout',
});
const answer = { bankPaymentId: '1', paymentMethods: [], pollIntervalMs: 5_000, scanWaitMs: 180_000, confirmWaitMs: 1 };
const actor = 'person:a';

const INPUTS: Record<string, PaymentInput> = {
  'bank created': { kind: 'bank_created', nowMs: T, answer },
  'creation refused': { kind: 'creation_refused', nowMs: T, code: 'payer_not_found', detail: 'd' },
  'creation unanswered': { kind: 'creation_unanswered', nowMs: T, code: 'connect_failed' },
  'creation window over': { kind: 'creation_window_over', nowMs: EARLY },
  'payer found': { kind: 'payer_found', nowMs: T, clientName: 'Айгерим Б.' },
  'invoice created': { kind: 'invoice_created', nowMs: T, bankPaymentId: '1' },
  'another invoice created': { kind: 'invoice_created', nowMs: T, bankPaymentId: '2' },
  'invoice unanswered': { kind: 'invoice_unanswered', nowMs: T, code: 'timeout' },
  'cancel confirmed': { kind: 'cancel_answered', nowMs: EARLY, isConfirmed: true, reason: 'till', actor },
  'cancel in doubt': { kind: 'cancel_answered', nowMs: EARLY, isConfirmed: false, reason: 'till', actor },
  'looked up': { kind: 'looked_up', nowMs: EARLY, bankPaymentId: '1', actor },
  'found early': { kind: 'invoice_found', nowMs: EARLY, bankPaymentId: '1', actor },
  'found at the end': { kind: 'invoice_found', nowMs: END, bankPaymentId: '1', actor },
  'absent early': { kind: 'invoice_absent', nowMs: EARLY, reason: 'r', actor },
  'absent after a day': { kind: 'invoice_absent', nowMs: FIRST, reason: 'r', actor },
  'first read due': { kind: 'read_due', nowMs: FIRST },
  'second read due': { kind: 'read_due', nowMs: SECOND },
  'end of the watch': { kind: 'read_due', nowMs: END },
  'read as created early': read('awaiting_scan', EARLY),
  'read waiting early': read('awaiting_confirmation', EARLY),
  'read waiting after the day': read('awaiting_confirmation', FIRST),
  'read waiting at the end': read('awaiting_confirmation', SECOND),
  'read Processed': read('succeeded', EARLY, asked),
  'read Processed without amount': read('succeeded', EARLY),
  'read Processed, other amount': read('succeeded', EARLY, other),
  'read Error': read('failed', EARLY),
  'read Expired': read('expired', FIRST),
  'read Expired at the end': read('expired', SECOND),
  'read unlisted': read('unlisted', EARLY),
  'read unlisted at the end': read('unlisted', SECOND),
  'silence early': silence(EARLY),
  'silence at the end': silence(SECOND),
  'amount read': { kind: 'amount_read', nowMs: EARLY, amount: asked },
  'other amount read': { kind: 'amount_read', nowMs: EARLY, amount: other },
  cancel: { kind: 'cancel', nowMs: EARLY, reason: 'till', actor },
  'accept in time': { kind: 'accept_late', nowMs: T + 1, actor },
  'late window over: refund': { kind: 'late_window_over', nowMs: EARLY, next: { refundId: 'r' } },
  'late window over: case': { kind: 'late_window_over', nowMs: EARLY, next: 'case' },
  'late refund declined': { kind: 'late_refund_ended', nowMs: EARLY, outcome: 'declined' },
  collected: { kind: 'collected', atMs: EARLY },
  sold: { kind: 'sold', nowMs: EARLY },
  'asked again': { kind: 'asked_again', nowMs: EARLY, actor },
  'case closed': { kind: 'case_closed', nowMs: EARLY },
};

/** A state in one line; `@` is the hub's own next moment in hours after the sending, `!` names a case, `-` one that closes. */
function outcome(before: Payment, input: PaymentInput): string {
  const step = nextPayment(before, input, rules);
  if (!step) return '·';
  const { status, statusReason, late: money, final, watched, amountUnread, nextReadAtMs, readAtMs } = step.state;
  const cases = step.effects.flatMap((effect) => (effect.kind === 'case' ? [`!${effect.caseKind}`] : []));
  const closed = step.effects.flatMap((effect) => (effect.kind === 'close_case' ? [`-${effect.caseKind}`] : []));
  const words = [
    status,
    statusReason,
    money && `late:${money.outcome}`,
    amountUnread && 'unread',
    status === 'created' && (step.state.sentAtMs === undefined ? 'unsent' : 'sent'),
    readAtMs !== before.readAtMs && 'asked',
    final && 'final',
    watched && 'watched',
    nextReadAtMs !== undefined && `@${((nextReadAtMs - T) / HOUR).toFixed(2)}`,
    step.state === before && 'same',
  ];
  return [...words.filter((word) => typeof word === 'string'), ...cases, ...closed].join(' ');
}

/** What each input does in each state; an input that is not named changes nothing there. */
const EXPECTED: Record<string, Record<string, string>> = {
  created: {
    'creation refused': 'failed payer_not_found final',
    'creation unanswered': 'created bank_unavailable unsent watched',
    'creation window over': 'cancelled not_created final',
    'payer found': 'created sent watched',
    'invoice created': 'created unsent watched same !invoice_contradicted',
    'another invoice created': 'created unsent watched same !invoice_contradicted',
    cancel: 'cancelled till final',
  },
  'created, sent': {
    'creation refused': 'failed payer_not_found final',
    'creation unanswered': 'created bank_unavailable unsent watched',
    'creation window over': 'unknown invoice_unanswered !invoice_unanswered',
    'invoice created': 'awaiting_confirmation watched @24.08 -invoice_unanswered',
    'another invoice created': 'awaiting_confirmation watched @24.08 -invoice_unanswered',
    'invoice unanswered': 'unknown invoice_unanswered !invoice_unanswered',
  },
  'unknown, unanswered': {
    'invoice created': 'awaiting_confirmation watched @24.08 -invoice_unanswered',
    'another invoice created': 'awaiting_confirmation watched @24.08 -invoice_unanswered',
    'looked up': 'unknown invoice_unanswered asked',
    'found early': 'awaiting_confirmation watched @24.08 -invoice_unanswered',
    'found at the end': 'awaiting_confirmation watched @48.17 -invoice_unanswered',
    'absent after a day': 'failed invoice_not_found final -invoice_unanswered',
    'case closed': 'unknown invoice_unanswered final',
  },
  open: {
    'another invoice created': 'awaiting_confirmation watched @24.08 same !invoice_contradicted',
    'cancel confirmed': 'cancelled till final',
    'cancel in doubt': 'cancelled cancel_unconfirmed watched @24.08',
    'first read due': 'awaiting_confirmation asked watched @48.00',
    'second read due': 'awaiting_confirmation asked watched @48.08',
    'end of the watch': 'awaiting_confirmation asked watched @48.17',
    'read waiting after the day': 'expired not_confirmed watched @24.08',
    'read waiting at the end': 'expired not_confirmed !payment_open_at_bank',
    'read Processed': 'paid final',
    'read Processed without amount': 'paid unread watched @24.08',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Error': 'failed declined final',
    'read Expired': 'expired not_confirmed watched @24.08',
    'read Expired at the end': 'expired not_confirmed final',
    'read unlisted': 'awaiting_confirmation unlisted_word watched @24.08',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    'silence early': 'awaiting_confirmation bank_unreachable watched @24.08',
    'silence at the end': 'awaiting_confirmation bank_unreachable watched @24.08',
    'asked again': 'awaiting_confirmation asked watched @24.08',
  },
  'open, silent': {
    'another invoice created': 'awaiting_confirmation bank_unreachable watched @24.08 same !invoice_contradicted',
    'cancel confirmed': 'cancelled till final',
    'cancel in doubt': 'cancelled cancel_unconfirmed watched @24.08',
    'first read due': 'awaiting_confirmation bank_unreachable asked watched @48.00',
    'second read due': 'awaiting_confirmation bank_unreachable asked watched @48.08',
    'end of the watch': 'awaiting_confirmation bank_unreachable asked watched @48.17',
    'read as created early': 'awaiting_confirmation watched @24.08',
    'read waiting early': 'awaiting_confirmation watched @24.08',
    'read waiting after the day': 'expired not_confirmed watched @24.08',
    'read waiting at the end': 'expired not_confirmed !payment_open_at_bank',
    'read Processed': 'paid final',
    'read Processed without amount': 'paid unread watched @24.08',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Error': 'failed declined final',
    'read Expired': 'expired not_confirmed watched @24.08',
    'read Expired at the end': 'expired not_confirmed final',
    'read unlisted': 'awaiting_confirmation unlisted_word watched @24.08',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    'asked again': 'awaiting_confirmation bank_unreachable asked watched @24.08',
  },
  paid: {
    'another invoice created': 'paid final same !invoice_contradicted',
    collected: 'paid final -not_collected',
  },
  'paid, unread': {
    'another invoice created': 'paid unread watched @24.08 same !invoice_contradicted',
    'first read due': 'paid unread asked watched @48.00',
    'second read due': 'paid unread asked watched @48.08',
    'end of the watch': 'paid unread asked watched @48.17',
    'amount read': 'paid final -amount_unread',
    'other amount read': 'unknown amount_mismatch !amount_mismatch',
    collected: 'paid unread watched @24.08 -not_collected',
    'asked again': 'paid unread asked watched @24.08',
  },
  'paid, unread, past its last read': {
    'amount read': 'paid final -amount_unread',
    'another invoice created': 'paid unread watched @48.08 same !invoice_contradicted',
    'asked again': 'paid unread asked watched @48.08',
    collected: 'paid unread watched @48.08 -not_collected',
    'end of the watch': 'paid unread !amount_unread',
    'other amount read': 'unknown amount_mismatch !amount_mismatch',
  },
  failed: {
    'another invoice created': 'failed final same !invoice_contradicted',
    sold: 'failed final same !paid_at_till',
  },
  expired: {
    'another invoice created': 'expired watched @48.00 same !invoice_contradicted',
    'second read due': 'expired asked watched @48.08',
    'end of the watch': 'expired asked watched @48.17',
    'read waiting at the end': 'expired !payment_open_at_bank',
    'read Processed': 'expired late:open watched @48.00',
    'read Processed without amount': 'expired late:open unread watched @48.00',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Error': 'expired final',
    'read Expired at the end': 'expired final',
    'read unlisted': 'expired watched @48.00 same',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    sold: 'unknown sold watched @48.00 !paid_at_till',
    'asked again': 'expired asked watched @48.00',
  },
  'expired, past its last read': {
    'another invoice created': 'expired watched @48.08 same !invoice_contradicted',
    'end of the watch': 'unknown bank_unreachable !payment_unknown',
    'read waiting at the end': 'expired !payment_open_at_bank',
    'read Processed': 'expired late:open watched @48.08',
    'read Processed without amount': 'expired late:open unread watched @48.08',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Error': 'expired final',
    'read Expired at the end': 'expired final',
    'read unlisted': 'expired watched @48.08 same',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    sold: 'unknown sold watched @48.08 !paid_at_till',
    'asked again': 'expired asked watched @48.08',
  },
  'expired, open at the bank': {
    'another invoice created': 'expired same !invoice_contradicted',
    'read waiting at the end': 'expired !payment_open_at_bank',
    'read Processed': 'expired late:open watched -payment_unknown -payment_open_at_bank',
    'read Processed without amount': 'expired late:open unread watched -payment_unknown -payment_open_at_bank',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Error': 'expired final -payment_unknown -payment_open_at_bank',
    'read Expired at the end': 'expired final -payment_unknown -payment_open_at_bank',
    'read unlisted': 'expired same',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    sold: 'unknown sold !paid_at_till',
    'asked again': 'expired asked',
    'case closed': 'expired final',
  },
  cancelled: {
    'another invoice created': 'cancelled final same !invoice_contradicted',
    sold: 'cancelled final same !paid_at_till',
  },
  'cancel unconfirmed': {
    'another invoice created': 'cancelled cancel_unconfirmed watched @24.08 same !invoice_contradicted',
    'cancel confirmed': 'cancelled till final',
    'first read due': 'cancelled cancel_unconfirmed asked watched @48.00',
    'second read due': 'cancelled cancel_unconfirmed asked watched @48.08',
    'end of the watch': 'cancelled cancel_unconfirmed asked watched @48.17',
    'read waiting at the end': 'cancelled cancel_unconfirmed !payment_open_at_bank',
    'read Processed': 'cancelled cancel_unconfirmed late:open watched @24.08',
    'read Processed without amount': 'cancelled cancel_unconfirmed late:open unread watched @24.08',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Error': 'cancelled till final',
    'read Expired at the end': 'cancelled till final',
    'read unlisted': 'cancelled cancel_unconfirmed watched @24.08 same',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    sold: 'unknown sold watched @24.08 !paid_at_till',
    'asked again': 'cancelled cancel_unconfirmed asked watched @24.08',
  },
  'late, open': {
    'another invoice created': 'cancelled late:open watched @48.00 same !invoice_contradicted',
    'accept in time': 'paid late:accepted final',
    'late window over: refund': 'cancelled late:refunding',
    'late window over: case': 'cancelled late:case !late_money',
    sold: 'paid late:accepted final -late_money',
  },
  'late, open, unread': {
    'another invoice created': 'cancelled late:open unread watched @48.00 same !invoice_contradicted',
    'amount read': 'cancelled late:open watched @48.00 -amount_unread',
    'other amount read': 'unknown amount_mismatch late:case !amount_mismatch',
    'accept in time': 'paid late:accepted unread watched @48.00',
    'late window over: refund': 'cancelled late:refunding unread',
    'late window over: case': 'cancelled late:case unread !late_money',
    sold: 'paid late:accepted unread watched @48.00 -late_money',
  },
  'late, refunding': {
    'another invoice created': 'cancelled late:refunding same !invoice_contradicted',
    'late refund declined': 'cancelled late:case !late_money',
    sold: 'cancelled late:refunding same !refunded_though_sold',
  },
  'unknown, rebuilt': {
    'another invoice created': 'unknown rebuilt watched @24.08 same !invoice_contradicted',
    'cancel confirmed': 'cancelled till final',
    'cancel in doubt': 'cancelled cancel_unconfirmed watched @24.08',
    'first read due': 'unknown rebuilt asked watched @48.00',
    'second read due': 'unknown rebuilt asked watched @48.08',
    'end of the watch': 'unknown rebuilt asked watched @48.17',
    'read as created early': 'awaiting_confirmation watched @24.08',
    'read waiting early': 'awaiting_confirmation watched @24.08',
    'read waiting after the day': 'expired not_confirmed watched @24.08',
    'read waiting at the end': 'expired not_confirmed !payment_open_at_bank',
    'read Processed': 'paid final -paid_at_till',
    'read Processed without amount': 'paid unread watched @24.08 -paid_at_till',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Error': 'failed declined final',
    'read Expired': 'expired not_confirmed watched @24.08',
    'read Expired at the end': 'expired not_confirmed final',
    'read unlisted': 'unknown unlisted_word watched @24.08',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    'asked again': 'unknown rebuilt asked watched @24.08',
  },
  'unknown, at the end of the watch': {
    'another invoice created': 'unknown unlisted_word same !invoice_contradicted',
    'cancel confirmed': 'cancelled till final',
    'cancel in doubt': 'cancelled cancel_unconfirmed !payment_unknown',
    'read as created early': 'awaiting_confirmation !payment_unknown',
    'read waiting early': 'awaiting_confirmation !payment_unknown',
    'read waiting after the day': 'expired not_confirmed !payment_unknown',
    'read waiting at the end': 'expired not_confirmed !payment_open_at_bank',
    'read Processed': 'paid final -paid_at_till -payment_unknown -payment_open_at_bank',
    'read Processed without amount': 'paid unread !amount_unread -paid_at_till -payment_unknown -payment_open_at_bank',
    'read Processed, other amount': 'unknown amount_mismatch !amount_mismatch',
    'read Error': 'failed declined final -payment_unknown -payment_open_at_bank',
    'read Expired': 'expired not_confirmed !payment_unknown',
    'read Expired at the end': 'expired not_confirmed final -payment_unknown -payment_open_at_bank',
    'read unlisted': 'unknown unlisted_word same',
    'read unlisted at the end': 'unknown unlisted_word !payment_unknown',
    'asked again': 'unknown unlisted_word asked',
    'case closed': 'unknown unlisted_word final',
  },
  'unknown, another amount': {
    'another invoice created': 'unknown amount_mismatch same !invoice_contradicted',
    'case closed': 'unknown amount_mismatch final',
  },
};

function table() {
  return Object.fromEntries(
    Object.entries(STATES).map(([name, state]) => {
      const reacts = Object.entries(INPUTS).map(([input, value]) => [input, outcome(state, value)] as const);
      return [name, Object.fromEntries(reacts.filter(([, result]) => result !== '·'))];
    }),
  );
}

describe('the machine of an invoice', () => {
  it('has an outcome for every state and every input', () => {
    expect(new Set(Object.values(INPUTS).map((input) => input.kind))).toEqual(new Set(PAYMENT_INPUT_KINDS));
    expect(table()).toEqual(EXPECTED);
  });

  it('says paid and failed only by a word of the bank or of a person, and sends once', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(STATES)), sequences, (start, sequence) => {
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

  it('asks by itself twice at most, and never rests without an end or a case', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        let payment: Payment = open;
        let reads = 0;
        const cases = new Set<string>();
        for (const input of sequence) {
          const step = nextPayment(payment, input, rules);
          if (!step) continue;
          payment = step.state;
          for (const effect of step.effects) {
            if (effect.kind === 'note' && effect.event === 'read_by_schedule') reads++;
            if (effect.kind === 'case') cases.add(effect.caseKind);
            if (effect.kind === 'close_case') cases.delete(effect.caseKind);
          }
          expect(payment.watched && !isWaitingFor(payment)).toBe(false);
          if (!payment.final && !payment.watched) expect([...cases, ...atWork(payment)]).not.toEqual([]);
        }
        expect(reads).toBeLessThanOrEqual(2);
      }),
      { numRuns: 5_000 },
    );
  });
});

const sequences = fc.array(fc.constantFrom(...Object.values(INPUTS)), { maxLength: 14 });

function isWaitingFor({ status, late: money, nextReadAtMs }: Payment): boolean {
  return nextReadAtMs !== undefined || status === 'created' || money?.outcome === 'open';
}

function atWork({ late: money }: Payment): string[] {
  return money?.outcome === 'refunding' ? ['refunding'] : [];
}

function checkStep(before: Payment, input: PaymentInput, after: Payment): void {
  if (before.final) expect(after.status).toBe(before.status);
  if (after.status === before.status) return;
  expect(after.status).not.toBe('created');
  const wasEnded = before.status === 'expired' || before.status === 'cancelled';
  const said = input.kind === 'status_read' && !wasEnded ? input.meaning : undefined;
  const isClaimed = input.kind === 'accept_late' || (input.kind === 'sold' && before.late !== undefined);
  if (after.status === 'paid') expect(said === 'succeeded' || isClaimed).toBe(true);
  const isRefused = input.kind === 'creation_refused' || input.kind === 'invoice_absent';
  if (after.status === 'failed') expect(said === 'failed' || isRefused).toBe(true);
  // Once it may have reached the customer, only the bank's own words or a person end it as if it had not.
  const wasUnanswered = before.statusReason === 'invoice_unanswered' && before.bankPaymentId === undefined;
  if (wasUnanswered) expect(['invoice_found', 'invoice_created', 'invoice_absent']).toContain(input.kind);
}
