import { expect, test } from 'vitest';
import { differences } from './agreement.ts';
import type { Truth } from './bank-control.ts';
import type { HubPayment } from './hub-client.ts';

const charge = { bankPaymentId: '7', externalId: 'p', amount: '10.00', source: 'qr' };
const refund = { bankRefundId: '1', bankPaymentId: '7', amount: '10.00', source: 'api' };
const paid: HubPayment = {
  id: 'p',
  status: 'paid',
  final: true,
  amount: '10.00',
  amountPaid: '10.00',
  bankPaymentId: '7',
  method: 'qr',
  agentId: 'a',
};
const truth = (part: Partial<Truth>): Truth => ({ charges: [], refunds: [], polledReads: 0, ...part });

test('a charge that a payment shows as paid agrees', () => {
  expect(differences(truth({ charges: [charge] }), [paid], [])).toEqual([]);
});

test('every way of losing or inventing money is a difference', () => {
  const cases: Array<[Truth, HubPayment[]]> = [
    [truth({ charges: [charge] }), []],
    [truth({ charges: [charge] }), [{ ...paid, status: 'failed' }]],
    [truth({ charges: [charge, { ...charge, bankPaymentId: '8' }] }), [paid]],
    [truth({ charges: [charge] }), [{ ...paid, amountPaid: '9.00' }]],
    [truth({ charges: [] }), [paid]],
    [truth({ charges: [charge], refunds: [refund] }), [paid]],
    [truth({ charges: [charge] }), [{ ...paid, refundedAmount: '10.00' }]],
  ];
  for (const [real, ledger] of cases) expect(differences(real, ledger, [])).not.toEqual([]);
});

test('money that went back, or that an open case names, is not lost', () => {
  const expired: HubPayment = { ...paid, status: 'expired', refundedAmount: '10.00' };
  expect(differences(truth({ charges: [charge], refunds: [refund] }), [expired], [])).toEqual([]);
  const named = { id: 'c', kind: 'late_money', paymentId: 'p' };
  expect(differences(truth({ charges: [charge] }), [{ ...paid, status: 'unknown' }], [named])).toEqual([]);
  expect(
    differences(truth({ charges: [charge] }), [{ ...paid, status: 'unknown' }], [{ ...named, closedAt: 'x' }]),
  ).not.toEqual([]);
});

test('more said to be given back than the bank gave back is a difference, whatever case is open', () => {
  const named = { id: 'c', kind: 'late_money', paymentId: 'p' };
  const late: HubPayment = { ...paid, status: 'expired' };
  expect(differences(truth({ charges: [charge] }), [late], [named])).toEqual([]);
  expect(differences(truth({ charges: [charge] }), [{ ...late, refundedAmount: '10.00' }], [named])).not.toEqual([]);
});

test('what the customer bought elsewhere is not ours to know', () => {
  const other = { ...charge, bankPaymentId: '9', externalId: 'x' };
  expect(differences(truth({ charges: [other] }), [], [], { elsewhere: ['9'] })).toEqual([]);
  expect(differences(truth({ charges: [other] }), [], [], { elsewhere: ['8'] })).not.toEqual([]);
});
