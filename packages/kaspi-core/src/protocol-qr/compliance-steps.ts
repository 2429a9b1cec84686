import { deepStrictEqual, rejects } from 'node:assert/strict';
import { Money } from '@tolem/base';
import type { KaspiErrorCode } from '../kaspi-error.ts';
import type { DeviceToken, QrApi, QrEmulation } from './qr-api.ts';
import type { QrScheme } from './scheme-offer.ts';

/**
 * What every implementation of `QrApi` does under its scheme, told as cases without a test runner: the fake bank passes them
 * in memory, the real client against the simulator over TLS. The bank has one organisation with at least two trade points.
 */
export interface QrApiSubject {
  api: QrApi;
  emulation: QrEmulation;
  organizationBin: string;
  /** An identifier that no other case has used. */
  newId(): string;
  /** Scheme 2: the customer of every purchase here, or another one, scans a refund code. */
  scanRefundCode?(refundCodeId: string, customer?: 'another'): void | Promise<void>;
}

export interface ComplianceCase {
  name: string;
  /** Where the case applies; absent: under every scheme. */
  schemes?: readonly QrScheme[];
  run(subject: QrApiSubject): Promise<void>;
}

export const AMOUNT = Money.parse('1500.50');
export const PART = Money.parse('500.25');

export async function device(
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

export async function purchase(subject: QrApiSubject) {
  const till = await device(subject);
  const { organizationBin } = subject;
  const request = { organizationBin, deviceToken: till.deviceToken, amount: AMOUNT, externalId: subject.newId() };
  return { ...till, created: await subject.api.createQr(request) };
}

export async function paid(subject: QrApiSubject) {
  const { deviceToken, created } = await purchase(subject);
  const { bankPaymentId } = created;
  await subject.emulation.scan(bankPaymentId);
  await subject.emulation.confirm(bankPaymentId);
  const withCustomer = await knownCustomer(subject, deviceToken);
  const { organizationBin } = subject;
  const refund = (amount: Money, token: DeviceToken = deviceToken) =>
    subject.api.refund({ organizationBin, deviceToken: token, bankPaymentId, amount, ...withCustomer });
  return { deviceToken, bankPaymentId, refund };
}

/** Under scheme 2 a code that the customer has scanned; what a refund needs besides under the others: nothing. */
export async function knownCustomer(
  subject: QrApiSubject,
  deviceToken: DeviceToken,
): Promise<{ refundCodeId?: string }> {
  if (subject.api.offer.refunds !== 'with_customer') return {};
  const { refundCodeId } = await refundCode(subject, deviceToken);
  await subject.scanRefundCode?.(refundCodeId);
  return { refundCodeId };
}

export function refundCode(subject: QrApiSubject, deviceToken: DeviceToken) {
  const { organizationBin } = subject;
  return subject.api.createRefundCode({ organizationBin, deviceToken, externalId: subject.newId() });
}

export function refused(
  call: Promise<unknown>,
  code: KaspiErrorCode,
  effect: 'none' | 'possible' = 'none',
): Promise<void> {
  return rejects(call, (error: { code?: string; effect?: string }) => {
    deepStrictEqual({ code: error.code, effect: error.effect }, { code, effect });
    return true;
  });
}

export const UNKNOWN_ID = '9007199254740990';
