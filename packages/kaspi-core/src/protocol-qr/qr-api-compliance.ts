import { deepStrictEqual, equal, ok, rejects } from 'node:assert/strict';
import { Money } from '@tolem/base';
import type { KaspiErrorCode } from '../kaspi-error.ts';
import type { DeviceToken, PurchaseStatus, QrApi, QrEmulation } from './qr-api.ts';

/**
 * What every implementation of `QrApi` does, told as cases without a test runner: the fake bank passes them in memory, the
 * real client against the simulator over mutual TLS. The bank has one organisation with at least two trade points.
 */
export interface QrApiSubject {
  api: QrApi;
  emulation: QrEmulation;
  organizationBin: string;
  /** An identifier that no other case has used. */
  newId(): string;
}

export interface ComplianceCase {
  name: string;
  run(subject: QrApiSubject): Promise<void>;
}

const AMOUNT = Money.parse('1500.50');
const PART = Money.parse('500.25');

async function device(
  subject: QrApiSubject,
  at = 0,
): Promise<{ deviceToken: DeviceToken; tradePointId: string; deviceId: string }> {
  const points = await subject.api.listTradePoints(subject.organizationBin);
  const tradePointId = points[at]?.tradePointId ?? '';
  const deviceId = `till-${subject.newId()}`;
  const { organizationBin } = subject;
  return {
    deviceToken: await subject.api.registerDevice({ organizationBin, deviceId, tradePointId }),
    tradePointId,
    deviceId,
  };
}

async function purchase(subject: QrApiSubject) {
  const till = await device(subject);
  const { organizationBin } = subject;
  const request = { organizationBin, deviceToken: till.deviceToken, amount: AMOUNT, externalId: subject.newId() };
  return { ...till, created: await subject.api.createQr(request) };
}

async function paid(subject: QrApiSubject) {
  const { deviceToken, created } = await purchase(subject);
  const { bankPaymentId } = created;
  await subject.emulation.scan(bankPaymentId);
  await subject.emulation.confirm(bankPaymentId);
  const refund = (amount: Money, token: DeviceToken = deviceToken) =>
    subject.api.refund({ organizationBin: subject.organizationBin, deviceToken: token, bankPaymentId, amount });
  return { deviceToken, bankPaymentId, refund };
}

function meaning({ meaning: value }: PurchaseStatus): string {
  return value;
}

function refused(call: Promise<unknown>, code: KaspiErrorCode, effect: 'none' | 'possible' = 'none'): Promise<void> {
  return rejects(call, (error: { code?: string; effect?: string }) => {
    deepStrictEqual({ code: error.code, effect: error.effect }, { code, effect });
    return true;
  });
}

const UNKNOWN_ID = '9007199254740990';

const DEVICE_CASES: ComplianceCase[] = [
  {
    name: 'ping answers [§5.1]',
    run: ({ api }) => api.ping(),
  },
  {
    name: 'trade points are listed with their names [§4.2.2]',
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

const REFUND_CASES: ComplianceCase[] = [
  {
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
    name: 'more than was paid is refused, and nothing moves, -990000005',
    async run(subject) {
      const { deviceToken, bankPaymentId, refund } = await paid(subject);
      await refused(refund(AMOUNT.plus(Money.fromTiyn(1n))), 'refund_exceeds_payment');
      const details = await subject.api.readDetails({ bankPaymentId, deviceToken });
      equal(details.availableReturnAmount.toString(), AMOUNT.toString());
    },
  },
  {
    name: 'an unpaid purchase is not returned, -990000011; nor an unknown one',
    async run(subject) {
      const { deviceToken, created } = await purchase(subject);
      const { organizationBin } = subject;
      const request = { organizationBin, deviceToken, amount: PART };
      await refused(subject.api.refund({ ...request, bankPaymentId: created.bankPaymentId }), 'payment_not_refundable');
      await refused(subject.api.refund({ ...request, bankPaymentId: UNKNOWN_ID }), 'payment_not_found');
    },
  },
  {
    name: 'another device of the trade point may return, one of another trade point may not, -990000003',
    async run(subject) {
      const { refund } = await paid(subject);
      await refused(refund(PART, (await device(subject, 1)).deviceToken), 'refund_from_other_trade_point');
      await refund(PART, (await device(subject)).deviceToken);
    },
  },
];

const INVOICE_CASES: ComplianceCase[] = [
  {
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
    name: 'an invoice past its deadline for sending is not sent',
    async run(subject) {
      const { deviceToken } = await device(subject);
      const { organizationBin } = subject;
      const request = { organizationBin, deviceToken, amount: AMOUNT, phone: '87077777777', sendByMs: 0 };
      await refused(subject.api.createInvoice(request), 'send_deadline_passed');
    },
  },
];

export const QR_API_COMPLIANCE: readonly ComplianceCase[] = [
  ...DEVICE_CASES,
  ...PURCHASE_CASES,
  ...REFUND_CASES,
  ...INVOICE_CASES,
];
