import { Money, PAYMENT_STATUSES, REFUND_STATUSES } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { sampleCase, samplePayment, sampleRefund } from '../store/compliance/sample-rows.ts';
import { caseEvents, paymentEvents, refundEvents } from './change-events.ts';
import { EVENT_TYPES } from './hub-event.ts';

const payment = samplePayment({ paymentId: 'p1' });
const late = (outcome: 'open' | 'refunding') => ({
  late: { amount: Money.parse('1.00'), detectedAtMs: 1, claimUntilMs: 2, outcome },
});

describe('a payment', () => {
  it('that is new is told by its creation and its status', () => {
    expect(paymentEvents(undefined, { ...payment, status: 'created' })).toEqual(['payment.created']);
    expect(paymentEvents(undefined, payment)).toEqual(['payment.created', 'payment.paid']);
  });
  it('is told by every status that it takes, and by none that it has', () => {
    for (const before of PAYMENT_STATUSES) {
      for (const after of PAYMENT_STATUSES) {
        const told = paymentEvents({ ...payment, status: before }, { ...payment, status: after });
        expect(told).toEqual(before === after ? [] : [`payment.${after}`]);
        for (const type of told) expect(EVENT_TYPES).toContain(type);
      }
    }
  });
  it('is told by late money that comes and goes on, within the event of its status where that changes', () => {
    const expired = { ...payment, status: 'expired' } as const;
    expect(paymentEvents(expired, { ...expired, ...late('open') })).toEqual(['payment.late']);
    expect(paymentEvents({ ...expired, ...late('open') }, { ...expired, ...late('refunding') })).toEqual([
      'payment.late',
    ]);
    expect(paymentEvents({ ...expired, ...late('open') }, { ...payment, ...late('open') })).toEqual(['payment.paid']);
  });
  it('is told when it is collected, when it is final, and not for anything else', () => {
    const open = { ...payment, final: false };
    expect(paymentEvents(payment, { ...payment, collectedAtMs: 5 })).toEqual(['payment.collected']);
    expect(paymentEvents(open, payment)).toEqual(['payment.final']);
    expect(paymentEvents(payment, { ...payment, version: 9, statusReason: 'bank_unreachable' })).toEqual([]);
  });
});

describe('a refund', () => {
  it('is told by every status that it takes, and by none that it has', () => {
    const refund = sampleRefund({ refundId: 'r1', paymentId: 'p1' });
    for (const before of [undefined, ...REFUND_STATUSES]) {
      for (const after of REFUND_STATUSES) {
        const told = refundEvents(before && { ...refund, status: before }, { ...refund, status: after });
        expect(told).toEqual(before === after ? [] : [`refund.${after}`]);
        for (const type of told) expect(EVENT_TYPES).toContain(type);
      }
    }
  });
});

it('a case is told when it opens and when it closes', () => {
  const open = sampleCase({ caseId: 'c1' });
  const closed = { ...open, closedAtMs: 5 };
  expect(caseEvents(undefined, open)).toEqual(['case.opened']);
  expect(caseEvents(open, closed)).toEqual(['case.closed']);
  expect(caseEvents(open, { ...open, owner: 'anna' })).toEqual([]);
  expect(caseEvents(closed, { ...closed, owner: 'anna' })).toEqual([]);
});
