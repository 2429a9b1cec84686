import { PAYMENT_METHODS, PAYMENT_STATUSES, REFUND_STATUSES } from '@tolem/base';
import { expect, test } from 'vitest';
import * as conversions from './conversions.ts';
import * as wire from './wire.ts';

test('every payment status goes over the wire under its own name and comes back', () => {
  for (const status of PAYMENT_STATUSES) {
    const number = conversions.toWirePaymentStatus(status);
    expect(number).toBe(wire.PaymentStatus[status.toUpperCase() as keyof typeof wire.PaymentStatus]);
    expect(conversions.fromWirePaymentStatus(number)).toBe(status);
  }
});

test('every refund status and method goes over the wire under its own name and comes back', () => {
  for (const status of REFUND_STATUSES) {
    const number = conversions.toWireRefundStatus(status);
    expect(number).toBe(wire.RefundStatus[status.toUpperCase() as keyof typeof wire.RefundStatus]);
    expect(conversions.fromWireRefundStatus(number)).toBe(status);
  }
  for (const method of PAYMENT_METHODS) {
    const number = conversions.toWireMethod(method);
    expect(number).toBe(wire.PaymentMethod[method.toUpperCase() as keyof typeof wire.PaymentMethod]);
    expect(conversions.fromWireMethod(number)).toBe(method);
  }
});

test('a number that this version does not know has no word', () => {
  expect(conversions.fromWirePaymentStatus(99 as wire.PaymentStatus)).toBeUndefined();
  expect(conversions.fromWirePaymentStatus(wire.PaymentStatus.UNSPECIFIED)).toBeUndefined();
});
