import { type LogFields, type Logger, Money, type PaymentStatus } from '@tolem/base';
import { expect, it } from 'vitest';
import type { PaymentRecord } from '../payment/payment-record.ts';
import type { RefundRecord } from '../refund/refund-record.ts';
import { logLives } from './life-log.ts';

const payment = (status: PaymentStatus, members: Partial<PaymentRecord> = {}): PaymentRecord => ({
  paymentId: 'p1',
  method: 'terminal',
  amount: Money.parse('700.00'),
  status,
  final: false,
  version: 1,
  createdAtMs: 0,
  updatedAtMs: 0,
  refunded: Money.zero,
  hubVersion: 0,
  token: 'canary-token-id',
  orderId: 'receipt-7',
  qr: { token: 'canary-qr', methods: [] },
  terminal: { terminalId: 'front', processId: '12', start: 'answered' },
  ...members,
});
const refund = (status: RefundRecord['status']): RefundRecord => ({
  refundId: 'r1',
  paymentId: 'p1',
  amount: Money.parse('100.00'),
  status,
  reason: 'goods',
  actor: 'till program',
  version: 1,
  hubVersion: 0,
  createdAtMs: 0,
  updatedAtMs: 0,
  owner: 'agent',
  token: '',
});

function start(open: PaymentRecord[] = []) {
  const lines: Array<LogFields & { level: string; msg: string }> = [];
  const at = (level: string) => (fields: LogFields, msg: string) => void lines.push({ ...fields, level, msg });
  const log: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  let onPayment = (_payment: PaymentRecord): void => {};
  let onRefund = (_refund: RefundRecord): void => {};
  const listenTo = <Entry>(put: (listener: (entry: Entry) => void) => void) => ({
    onChange(listener: (entry: Entry) => void) {
      put(listener);
      return () => {};
    },
  });
  logLives({
    context: { log },
    payments: listenTo<PaymentRecord>((listener) => {
      onPayment = listener;
    }),
    refunds: listenTo<RefundRecord>((listener) => {
      onRefund = listener;
    }),
    open: { payments: open, refunds: [] },
  });
  return { lines, tell: (one: PaymentRecord) => onPayment(one), tellRefund: (one: RefundRecord) => onRefund(one) };
}

it('tells each status once, with the ids of the terminal and the receipt, and no token', () => {
  const { lines, tell, tellRefund } = start();
  for (const status of ['created', 'awaiting_scan', 'awaiting_scan', 'paid'] as const) tell(payment(status));
  tell(payment('paid', { collectedAtMs: 5 }));
  tellRefund(refund('requested'));
  tellRefund(refund('confirmed'));
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    ['info', 'payment.created'],
    ['debug', 'payment.awaiting_scan'],
    ['info', 'payment.paid'],
    ['info', 'refund.requested'],
    ['info', 'refund.confirmed'],
  ]);
  expect(lines[2]).toMatchObject({
    paymentId: 'p1',
    orderId: 'receipt-7',
    terminalId: 'front',
    terminalProcessId: '12',
    amount: '700.00',
  });
  expect(lines[4]).toMatchObject({ refundId: 'r1', paymentId: 'p1', actor: 'till program', amount: '100.00' });
  expect(JSON.stringify(lines)).not.toContain('canary');
});

it('does not say again what the process before said, and tells uncertainty and late money aloud', () => {
  const { lines, tell } = start([payment('awaiting_scan')]);
  tell(payment('awaiting_scan'));
  tell(payment('unknown', { statusReason: 'start_answer_lost' }));
  const late = { amount: Money.parse('700.00'), claimable: true, claimUntilMs: 9 };
  tell(payment('expired', { late }));
  tell(payment('expired', { late: { ...late, claimable: false } }));
  expect(lines.map(({ level, msg, reason }) => [level, msg, reason])).toEqual([
    ['error', 'payment.unknown', 'start_answer_lost'],
    ['info', 'payment.expired', undefined],
    ['warn', 'payment.late', undefined],
  ]);
});
