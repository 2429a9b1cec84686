import { Money } from '@tolem/base';
import { wire } from '@tolem/proto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toHubCommands, toPaymentView, toRefundView, toResumed, toWelcome } from './wire-views.ts';

const payment = (members: Partial<wire.Payment> = {}): wire.Payment => ({
  ...wire.Payment.fromPartial({
    paymentId: 'p1',
    version: 3n,
    method: wire.PaymentMethod.QR,
    amount: { tiyn: 150_000n },
    status: wire.PaymentStatus.AWAITING_SCAN,
    refunded: { tiyn: 0n },
    createdAtMs: 1_000n,
  }),
  ...members,
});

it('leaves out what the wire leaves empty', () => {
  expect(toPaymentView(payment())).toEqual({
    paymentId: 'p1',
    version: 3,
    method: 'qr',
    amount: Money.parse('1500.00'),
    status: 'awaiting_scan',
    final: false,
    createdAtMs: 1_000,
    refunded: Money.fromTiyn(0n),
    refunds: [],
  });
});

it('shows everything that the hub tells', () => {
  const view = toPaymentView(
    payment({
      status: wire.PaymentStatus.EXPIRED,
      statusReason: 'deadline',
      qrToken: 'https://pay/1',
      paymentMethods: ['Gold'],
      paymentLink: 'https://link/1',
      bankPaymentId: '9007199254740993',
      expiresAtMs: 5n,
      expiresInMs: 0n,
      paidAtMs: 7n,
      amountPaid: { tiyn: 150_000n },
      orderId: 'o1',
      deviceId: 'd1',
      late: { amount: { tiyn: 150_000n }, claimUntilMs: 9n, claimInMs: 2n, claimable: true, refundId: '' },
      refunds: [wire.Refund.fromPartial({ refundId: 'r1', paymentId: 'p1', amount: { tiyn: 100n }, status: 4 })],
    }),
  );
  expect(view).toMatchObject({
    status: 'expired',
    statusReason: 'deadline',
    qr: { token: 'https://pay/1', methods: ['Gold'] },
    link: { url: 'https://link/1', methods: ['Gold'] },
    bankPaymentId: '9007199254740993',
    expiresInMs: 0,
    paidAtMs: 7,
    amountPaid: Money.parse('1500.00'),
    orderId: 'o1',
    deviceId: 'd1',
    late: { amount: Money.parse('1500.00'), claimInMs: 2, claimable: true },
    refunds: [{ refundId: 'r1', status: 'confirmed', amount: Money.parse('1.00') }],
  });
  expect(view.late).not.toHaveProperty('refundId');
});

it('calls numbers that this version does not know unlisted, never failed', () => {
  const view = toPaymentView(payment({ status: 99 as wire.PaymentStatus, method: 77 as wire.PaymentMethod }));
  expect(view).toMatchObject({ status: 'unlisted', method: 'unlisted' });
  const refund = wire.Refund.fromPartial({ refundId: 'r1', amount: { tiyn: 1n }, status: 50 as wire.RefundStatus });
  expect(toRefundView(refund).status).toBe('unlisted');
});

it('keeps evidence that it knows and drops the rest', () => {
  const refund = (evidence: string) => wire.Refund.fromPartial({ refundId: 'r1', amount: { tiyn: 1n }, evidence });
  expect(toRefundView(refund('difference')).evidence).toBe('difference');
  expect(toRefundView(refund('hearsay'))).not.toHaveProperty('evidence');
});

it.each([
  ['no payment', () => toPaymentView(undefined)],
  ['a payment without an amount', () => toPaymentView(payment({ amount: undefined }))],
  ['a payment without an id', () => toPaymentView(payment({ paymentId: '' }))],
  ['no refund', () => toRefundView(undefined)],
  ['a resumed nothing', () => toResumed(wire.ResumeResponse.fromPartial({}))],
  ['a greeting without a session', () => toWelcome(wire.HelloResponse.fromPartial({ hubEpoch: 'e' }))],
])('takes %s for no answer', (_what, read) => {
  expect(read).toThrow(expect.objectContaining({ code: 'hub_unreachable', effect: 'possible' }));
});

it('reads any bytes that are a payment into a view or into no answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      let decoded: wire.Payment;
      try {
        decoded = wire.Payment.decode(bytes);
      } catch {
        return;
      }
      try {
        expect(toPaymentView(decoded).amount).toBeDefined();
      } catch (error) {
        expect(error).toMatchObject({ code: 'hub_unreachable' });
      }
    }),
  );
});

it('hears the other commands where one of them cannot be read', () => {
  const commands = [
    wire.Command.fromPartial({ commandId: 'c1', kind: 'of_later_version' }),
    wire.Command.fromPartial({ commandId: 'c2', kind: 'refund_terminal', amount: { tiyn: 100n }, expiresInMs: 5n }),
  ];
  expect(toHubCommands(commands)).toMatchObject([{ commandId: 'c2', amount: Money.parse('1.00'), expiresInMs: 5 }]);
});
