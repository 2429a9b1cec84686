import { deepStrictEqual, equal, ok, rejects } from 'node:assert/strict';
import { Money } from '@tolem/base';
import {
  AMOUNT,
  type ComplianceCase,
  device,
  knownCustomer,
  PART,
  paid,
  purchase,
  refundCode,
  refused,
  UNKNOWN_ID,
} from './compliance-steps.ts';

const WITH_REFUNDS = [2, 3] as const;

const REFUND_CALL_CASES: ComplianceCase[] = [
  {
    schemes: WITH_REFUNDS,
    name: 'parts go back one after another, and the details follow [§4.4, §4.5]',
    async run(subject) {
      const { deviceToken, bankPaymentId, refund } = await paid(subject);
      const available = async () => {
        const details = await subject.api.readDetails({ bankPaymentId, deviceToken });
        equal(details.totalAmount.toString(), AMOUNT.toString());
        return details.availableReturnAmount.toString();
      };
      equal(await available(), AMOUNT.toString());
      const first = await refund(PART);
      equal(await available(), AMOUNT.minus(PART).toString());
      const second = await refund(AMOUNT.minus(PART));
      equal(await available(), '0.00');
      ok(first.bankRefundId !== second.bankRefundId);
      await refused(refund(PART), 'refund_exceeds_payment');
    },
  },
  {
    schemes: WITH_REFUNDS,
    name: 'more than was paid is refused, and nothing moves, -990000005',
    async run(subject) {
      const { deviceToken, bankPaymentId, refund } = await paid(subject);
      await refused(refund(AMOUNT.plus(Money.fromTiyn(1n))), 'refund_exceeds_payment');
      const details = await subject.api.readDetails({ bankPaymentId, deviceToken });
      equal(details.availableReturnAmount.toString(), AMOUNT.toString());
    },
  },
  {
    schemes: WITH_REFUNDS,
    name: 'an unpaid purchase is not returned, -990000011; nor an unknown one',
    async run(subject) {
      const { deviceToken, created } = await purchase(subject);
      const { organizationBin } = subject;
      const withCustomer = await knownCustomer(subject, deviceToken);
      const request = { organizationBin, deviceToken, amount: PART, ...withCustomer };
      const unpaid = subject.api.refund({ ...request, bankPaymentId: created.bankPaymentId });
      // Under scheme 2 an unpaid purchase may be nobody's yet: the document does not say which refusal comes first.
      await rejects(unpaid, { effect: 'none' });
      await refused(subject.api.refund({ ...request, bankPaymentId: UNKNOWN_ID }), 'payment_not_found');
    },
  },
  {
    schemes: WITH_REFUNDS,
    name: 'another device of the trade point may return, one of another trade point may not, -990000003',
    async run(subject) {
      const { refund } = await paid(subject);
      await refused(refund(PART, (await device(subject, 1)).deviceToken), 'refund_from_other_trade_point');
      await refund(PART, (await device(subject)).deviceToken);
    },
  },
];

const CUSTOMER_CASES: ComplianceCase[] = [
  {
    schemes: [2],
    name: 'a refund code is scanned, the customer is known, and their purchases are listed newest first [§3.4.1–3.4.3]',
    async run(subject) {
      const first = await paid(subject);
      const second = await paid(subject);
      const { deviceToken } = second;
      const created = await refundCode(subject, deviceToken);
      ok(created.qrToken !== '' && created.pollIntervalMs > 0 && created.scanWaitMs > 0);
      equal((await subject.api.readRefundCode(created.refundCodeId)).meaning, 'awaiting_scan');
      await subject.scanRefundCode?.(created.refundCodeId);
      equal((await subject.api.readRefundCode(created.refundCodeId)).meaning, 'customer_known');
      const request = { deviceToken, refundCodeId: created.refundCodeId };
      const listed = await subject.api.listCustomerPurchases({ ...request, limit: 2 });
      deepStrictEqual(
        listed.map(({ bankPaymentId, amount }) => [bankPaymentId, amount.toString()]),
        [second, first].map(({ bankPaymentId }) => [bankPaymentId, AMOUNT.toString()]),
      );
      ok((await subject.api.listCustomerPurchases(request)).length <= 10);
    },
  },
  {
    schemes: [2],
    name: 'a code that nobody has scanned, or another customer, refunds nothing [§3.4.5]',
    async run(subject) {
      const { deviceToken, bankPaymentId } = await paid(subject);
      const { organizationBin } = subject;
      const { refundCodeId } = await refundCode(subject, deviceToken);
      const request = { organizationBin, deviceToken, bankPaymentId, amount: PART, refundCodeId };
      await rejects(subject.api.refund(request), { effect: 'none' });
      await subject.scanRefundCode?.(refundCodeId, 'another');
      await rejects(subject.api.refund(request), { effect: 'none' });
      const details = await subject.api.readDetails({ bankPaymentId, deviceToken });
      equal(details.availableReturnAmount.toString(), AMOUNT.toString());
    },
  },
  {
    schemes: [2],
    name: 'the status of an unknown refund code is -1601 [§3.4.2]',
    run: ({ api }) => refused(api.readRefundCode(UNKNOWN_ID), 'payment_not_found'),
  },
  {
    schemes: [2],
    name: 'a refund without a code is not sent',
    async run(subject) {
      const { deviceToken, created } = await purchase(subject);
      const { organizationBin } = subject;
      const { bankPaymentId } = created;
      const request = { organizationBin, deviceToken, bankPaymentId, amount: PART };
      await refused(subject.api.refund(request), 'request_invalid');
    },
  },
];

export const REFUND_CASES: readonly ComplianceCase[] = [...REFUND_CALL_CASES, ...CUSTOMER_CASES];
