import { Money } from '@tolem/base';
import { wire } from '@tolem/proto';
import { describe, expect, it } from 'vitest';
import { REFUND_WAYS } from '../hub/hub-offer.ts';
import { REFUND_SESSION_STATUSES } from '../hub/hub-refund-sessions.ts';
import { toCustomerPurchases, toOffer, toRefundSessionView } from './wire-refund-sessions.ts';
import { toWireCreateRefund } from './wire-views.ts';

const hello = (members: Partial<wire.HelloResponse>) => wire.HelloResponse.fromPartial({ session: 1n, ...members });
const session = (members: Partial<wire.RefundSession> = {}) =>
  wire.RefundSession.fromPartial({ refundSessionId: 'r1', version: 2n, deviceId: 'till-1', ...members });

describe('what the hub offers', () => {
  it.each([
    [wire.RefundWay.NONE, 'none'],
    [wire.RefundWay.WITH_CUSTOMER, 'with_customer'],
    [wire.RefundWay.WITHOUT_CUSTOMER, 'without_customer'],
  ])('way %i is %s', (refundWay, refunds) => {
    const methods = [wire.PaymentMethod.QR, wire.PaymentMethod.LINK];
    expect(toOffer(hello({ scheme: 2, methods, refundWay }))).toEqual({ scheme: 2, methods: ['qr', 'link'], refunds });
  });

  it('is nothing from a hub that does not tell, or tells a way that we do not know', () => {
    expect(toOffer(hello({}))).toBeUndefined();
    expect(toOffer(hello({ scheme: 4, refundWay: 9 as wire.RefundWay }))).toBeUndefined();
  });

  it('has a word for every number of the wire', () => {
    const numbers = (of: object) => Object.values(of).filter((one) => typeof one === 'number' && one > 0);
    expect(numbers(wire.RefundWay)).toHaveLength(REFUND_WAYS.length);
    expect(numbers(wire.RefundSessionStatus)).toHaveLength(REFUND_SESSION_STATUSES.length);
  });
});

describe('a refund session', () => {
  it('leaves out what the wire leaves empty', () => {
    const status = wire.RefundSessionStatus.CUSTOMER_KNOWN;
    expect(toRefundSessionView(session({ status, createdAtMs: 5n }))).toEqual({
      refundSessionId: 'r1',
      version: 2,
      status: 'customer_known',
      createdAtMs: 5,
      deviceId: 'till-1',
    });
  });

  it('shows everything that the hub tells', () => {
    const status = wire.RefundSessionStatus.AWAITING_CUSTOMER;
    expect(
      toRefundSessionView(session({ status, qrToken: '512', expiresInMs: 900n, statusReason: 'bank_unreachable' })),
    ).toMatchObject({
      status: 'awaiting_customer',
      qrToken: '512',
      expiresInMs: 900,
      statusReason: 'bank_unreachable',
    });
  });

  it('with an unknown status is unlisted, and without an id no answer at all', () => {
    expect(toRefundSessionView(session({ status: 77 as wire.RefundSessionStatus })).status).toBe('unlisted');
    expect(() => toRefundSessionView(undefined)).toThrow('no refund session');
    expect(() => toRefundSessionView(session({ refundSessionId: '' }))).toThrow('no refund session');
  });
});

it('the customer’s purchases, without one whose amount cannot be read', () => {
  const purchases = [
    {
      bankPaymentId: '15',
      amount: { tiyn: 150_000n },
      atMs: 7n,
      paymentId: 'p1',
      available: { tiyn: 100_000n },
      refundable: true,
    },
    { bankPaymentId: '16', amount: { tiyn: 20_000n }, reason: 'not_of_this_till' },
    { bankPaymentId: '17' },
  ];
  expect(toCustomerPurchases(wire.ListCustomerPurchasesResponse.fromPartial({ purchases }))).toEqual([
    {
      bankPaymentId: '15',
      amount: Money.parse('1500.00'),
      atMs: 7,
      paymentId: 'p1',
      available: Money.parse('1000.00'),
      refundable: true,
    },
    { bankPaymentId: '16', amount: Money.parse('200.00'), refundable: false, reason: 'not_of_this_till' },
  ]);
});

it('a refund names its session, or none', () => {
  const refund = { refundId: 'r', paymentId: 'p', amount: Money.parse('5.00'), reason: 'x', actor: 'y' };
  expect(toWireCreateRefund(refund).refundSessionId).toBe('');
  expect(toWireCreateRefund({ ...refund, refundSessionId: 's1' }).refundSessionId).toBe('s1');
});
