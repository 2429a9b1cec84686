import { Money } from '@tolem/base';
import { expect, test } from 'vitest';
import type { PaymentRecord } from '../payment/payment-record.ts';
import { paymentFactOf } from './fact-of.ts';

const longest = '₸'.repeat(1_000);
const payment: PaymentRecord = {
  paymentId: '0190a6b2-0000-7000-8000-000000000001',
  method: 'terminal',
  amount: Money.fromTenge(1500),
  status: 'paid',
  final: true,
  version: 1,
  createdAtMs: 1,
  updatedAtMs: 1,
  refunded: Money.zero,
  hubVersion: 0,
  token: 'local',
  orderId: longest,
  statusReason: longest,
  resolvedBy: longest,
  resolvedReason: longest,
  terminal: { terminalId: 'front', start: 'answered', processId: longest, subStatus: longest, transactionId: longest },
};
const receiptOf = (receipt: Record<string, string>) => paymentFactOf({ ...payment, receipt }).terminal?.receipt ?? {};
const bytesOf = (fact: object) => Buffer.byteLength(JSON.stringify(fact), 'utf8');

test.each(['₸', '\u0001', '💳', 'x'])('a receipt of %j without end fits into a row', (letter) => {
  const receipt = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`line ${at}`, letter.repeat(400)]));
  expect(bytesOf(receiptOf(receipt))).toBeLessThanOrEqual(8 * 1024);
  expect(Object.keys(receiptOf(receipt)).length).toBeGreaterThan(2);
  expect(bytesOf(paymentFactOf({ ...payment, receipt }))).toBeLessThan(30 * 1024);
});

test('an ordinary receipt is told whole', () => {
  const receipt = { amount: '1 500 ₸', terminal: 'Kaspi', rrn: '123456789012' };
  expect(receiptOf(receipt)).toEqual(receipt);
});

test('no character is cut in half', () => {
  expect(receiptOf({ line: `${'x'.repeat(299)}💳` }).line?.isWellFormed()).toBe(true);
});
