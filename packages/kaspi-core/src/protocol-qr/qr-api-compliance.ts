import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import {
  AMOUNT,
  type ComplianceCase,
  device,
  PART,
  purchase,
  refundCode,
  refused,
  UNKNOWN_ID,
} from './compliance-steps.ts';
import type { PurchaseStatus } from './qr-api.ts';
import { REFUND_CASES } from './refund-cases.ts';
import type { QrScheme } from './scheme-offer.ts';

export type { ComplianceCase, QrApiSubject } from './compliance-steps.ts';

function meaning({ meaning: value }: PurchaseStatus): string {
  return value;
}

const DEVICE_CASES: ComplianceCase[] = [
  {
    name: 'ping answers [§5.1]',
    run: ({ api }) => api.ping(),
  },
  {
    name: 'trade points are listed with their names [§2.2.2, §3.2.2, §4.2.2]',
    async run({ api, organizationBin }) {
      const points = await api.listTradePoints(organizationBin);
      ok(points.length >= 2);
      for (const point of points) ok(/^\d+$/.test(point.tradePointId) && point.name !== '');
    },
  },
  {
    name: 'registering twice with the same arguments gives the same token [§4.2.3]',
    async run(subject) {
      const { deviceToken, deviceId, tradePointId } = await device(subject);
      const { organizationBin } = subject;
      equal(await subject.api.registerDevice({ organizationBin, deviceId, tradePointId }), deviceToken);
    },
  },
  {
    name: 'a device registered at one trade point is refused at another, -1503',
    async run(subject) {
      const { deviceId } = await device(subject);
      const { organizationBin } = subject;
      const other = (await subject.api.listTradePoints(organizationBin))[1]?.tradePointId ?? '';
      const again = subject.api.registerDevice({ organizationBin, deviceId, tradePointId: other });
      await refused(again, 'device_at_other_trade_point');
    },
  },
  {
    name: 'a deleted device takes no payments [§4.2.4]',
    async run(subject) {
      const { deviceToken } = await device(subject);
      const { organizationBin } = subject;
      await subject.api.deleteDevice({ organizationBin, deviceToken });
      const request = { organizationBin, deviceToken, amount: AMOUNT, externalId: subject.newId() };
      await refused(subject.api.createQr(request), 'device_inactive');
    },
  },
  {
    name: 'a token that no registration gave is unknown, -1501',
    async run(subject) {
      const { organizationBin } = subject;
      const request = { organizationBin, deviceToken: '"no-such-token"', amount: AMOUNT, externalId: subject.newId() };
      await refused(subject.api.createQr(request), 'device_not_found');
    },
  },
];

const PURCHASE_CASES: ComplianceCase[] = [
  {
    name: 'a QR is created with its intervals, and lives to Processed with the amount charged [§4.3]',
    async run(subject) {
      const { created } = await purchase(subject);
      ok(created.qrToken !== '' && created.pollIntervalMs > 0 && created.scanWaitMs > 0 && created.confirmWaitMs > 0);
      equal(meaning(await subject.api.readStatus(created.bankPaymentId)), 'awaiting_scan');
      await subject.emulation.scan(created.bankPaymentId);
      equal(meaning(await subject.api.readStatus(created.bankPaymentId)), 'awaiting_confirmation');
      await subject.emulation.confirm(created.bankPaymentId);
      const status = await subject.api.readStatus(created.bankPaymentId);
      equal(status.word, 'Processed');
      if (status.amount) equal(status.amount.toString(), AMOUNT.toString());
    },
  },
  {
    name: 'a link lives like a QR [§4.3.2]',
    async run(subject) {
      const { deviceToken } = await device(subject);
      const { organizationBin } = subject;
      const request = { organizationBin, deviceToken, amount: AMOUNT, externalId: subject.newId() };
      const created = await subject.api.createLink(request);
      ok(created.paymentLink.startsWith('https://'));
      equal(meaning(await subject.api.readStatus(created.bankPaymentId)), 'awaiting_scan');
    },
  },
  {
    name: 'an error at the scan, and one at the confirmation, end in Error [§5.4, §5.5]',
    async run(subject) {
      const atScan = (await purchase(subject)).created.bankPaymentId;
      await subject.emulation.scanError(atScan);
      equal(meaning(await subject.api.readStatus(atScan)), 'failed');
      const atConfirmation = (await purchase(subject)).created.bankPaymentId;
      await subject.emulation.scan(atConfirmation);
      await subject.emulation.confirmError(atConfirmation);
      equal(meaning(await subject.api.readStatus(atConfirmation)), 'failed');
    },
  },
  {
    name: 'the status of an unknown purchase is -1601',
    run: ({ api }) => refused(api.readStatus(UNKNOWN_ID), 'payment_not_found'),
  },
];

const INVOICE_CASES: ComplianceCase[] = [
  {
    schemes: [3],
    name: 'a payer is found, an invoice is sent and cancelled [§4.6]',
    async run(subject) {
      const { deviceToken } = await device(subject);
      const { organizationBin } = subject;
      const phone = '87077777777';
      ok((await subject.api.findPayer({ phone, deviceToken })).clientName !== '');
      const request = { organizationBin, deviceToken, amount: AMOUNT, phone, comment: 'Test' };
      const { bankPaymentId } = await subject.api.createInvoice(request);
      const cancelled = await subject.api.cancelInvoice({ organizationBin, deviceToken, bankPaymentId });
      deepStrictEqual(cancelled, { word: 'RemotePaymentCanceled', meaning: 'failed' });
      equal(meaning(await subject.api.readStatus(bankPaymentId)), 'failed');
    },
  },
  {
    schemes: [3],
    name: 'an invoice past its deadline for sending is not sent',
    async run(subject) {
      const { deviceToken } = await device(subject);
      const { organizationBin } = subject;
      const request = { organizationBin, deviceToken, amount: AMOUNT, phone: '87077777777', sendByMs: 0 };
      await refused(subject.api.createInvoice(request), 'send_deadline_passed');
    },
  },
];

const NOT_OFFERED_CASES: ComplianceCase[] = [
  {
    name: 'what the scheme does not have is refused, and nothing is sent [§1.2]',
    async run(subject) {
      const { api, organizationBin } = subject;
      const { deviceToken, created } = await purchase(subject);
      const { bankPaymentId } = created;
      const refund = { organizationBin, deviceToken, bankPaymentId, amount: PART };
      const phone = '87077777777';
      if (!api.offer.details) await refused(api.readDetails({ bankPaymentId, deviceToken }), 'not_offered');
      if (api.offer.refunds === 'none') await refused(api.refund(refund), 'not_offered');
      if (api.offer.refunds !== 'with_customer') {
        await refused(refundCode(subject, deviceToken), 'not_offered');
        await refused(api.readRefundCode(UNKNOWN_ID), 'not_offered');
        await refused(api.listCustomerPurchases({ deviceToken, refundCodeId: UNKNOWN_ID }), 'not_offered');
      }
      if (!api.offer.invoices) {
        await refused(api.findPayer({ phone, deviceToken }), 'not_offered');
        await refused(api.createInvoice({ organizationBin, deviceToken, amount: AMOUNT, phone }), 'not_offered');
        await refused(api.cancelInvoice({ organizationBin, deviceToken, bankPaymentId }), 'not_offered');
      }
    },
  },
];

const ALL_CASES: readonly ComplianceCase[] = [
  ...DEVICE_CASES,
  ...PURCHASE_CASES,
  ...REFUND_CASES,
  ...INVOICE_CASES,
  ...NOT_OFFERED_CASES,
];

/** The cases of one scheme. */
export function qrApiCompliance(scheme: QrScheme): readonly ComplianceCase[] {
  return ALL_CASES.filter((one) => one.schemes?.includes(scheme) ?? true);
}

/** Those of scheme 3. */
export const QR_API_COMPLIANCE: readonly ComplianceCase[] = qrApiCompliance(3);
