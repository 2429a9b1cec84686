import { readdirSync } from 'node:fs';
import { Money } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { type JsonValue, parseJson } from '../json/lossless-json.ts';
import { readDeviceToken } from './device-token.ts';
import { compact, qrFixture } from './fixture.ts';
import * as wire from './messages.ts';
import * as returns from './return-messages.ts';
import type { QrScheme } from './scheme-offer.ts';

const TOKEN = '"2be4cc91-5895-48f8-8bc2-86c7bd419b3b"';
const BIN = '180340021791';
const amount = Money.fromTenge(200);
const expiresAtMs = Date.UTC(2020, 0, 16, 4, 30);
const intervals = { pollIntervalMs: 5_000, scanWaitMs: 180_000, confirmWaitMs: 65_000 };
const created = { bankPaymentId: '15', expiresAtMs, paymentMethods: ['Gold', 'Red', 'Loan'], ...intervals };
const tradePoints = [
  { tradePointId: '1', name: 'Магазин 1 (Ауэзова, 65)' },
  { tradePointId: '2', name: 'Магазин 2 (Жарокова, 48)' },
];
const paymentLink = 'https://pay.kaspi.kz/pay/59217969256592032202439955771435979527677';
const nothing = () => undefined;

interface Example {
  request: wire.WireRequest;
  read: (data: JsonValue | undefined) => unknown;
  means: unknown;
}

/** The examples that every scheme repeats [§2, §3, §4]; the organisation is named under scheme 3 only. */
function examplesOf(scheme: QrScheme): Record<string, Example> {
  const organization = scheme === 3 ? { organizationBin: BIN } : {};
  const purchase = { ...organization, deviceToken: TOKEN, amount, externalId: '15' };
  const register = { ...organization, deviceId: 'GFC-456397', tradePointId: '12' };
  const purchaseId = '15';
  const emulation = (step: Parameters<typeof wire.emulationRequest>[0]): Example => ({
    request: wire.emulationRequest(step, purchaseId),
    read: nothing,
    means: undefined,
  });
  return {
    tradepoints: {
      request: wire.tradePointsRequest(organization.organizationBin),
      read: wire.readTradePoints,
      means: tradePoints,
    },
    'device-register': { request: wire.registerDeviceRequest(register), read: readDeviceToken, means: TOKEN },
    'device-delete': {
      request: wire.deleteDeviceRequest({ ...organization, deviceToken: TOKEN }),
      read: nothing,
      means: undefined,
    },
    'qr-create': {
      request: wire.createQrRequest(purchase),
      read: wire.readCreatedQr,
      means: { qrToken: '51236903777280167836178166503744993984459', ...created },
    },
    'qr-create-link': {
      request: wire.createLinkRequest(purchase),
      read: wire.readCreatedLink,
      means: { paymentLink, ...created },
    },
    'payment-status': {
      request: wire.statusRequest('35134863'),
      read: wire.readPurchaseStatus,
      means: { word: 'Wait', meaning: 'awaiting_confirmation' },
    },
    'health-ping': { request: wire.pingRequest(), read: nothing, means: undefined },
    'test-payment-scan': emulation('scan'),
    'test-payment-confirm': emulation('confirm'),
    'test-payment-scanerror': emulation('scanerror'),
    'test-payment-confirmerror': emulation('confirmerror'),
  };
}

const details: Example = {
  request: wire.detailsRequest({ bankPaymentId: '123', deviceToken: TOKEN }),
  read: wire.readPurchaseDetails,
  means: {
    bankPaymentId: '501020796',
    totalAmount: Money.fromTenge(11),
    availableReturnAmount: Money.fromTenge(11),
    transactionAtMs: Date.UTC(2021, 10, 3, 5, 55, 14, 166),
  },
};

const EXAMPLES: Record<string, Example> = {
  ...Object.fromEntries(
    ([1, 2, 3] as const).flatMap((scheme) =>
      Object.entries(examplesOf(scheme)).map(([name, example]) => [`r${scheme}-${name}`, example]),
    ),
  ),
  'r2-payment-details': details,
  'r3-payment-details': details,
  'r2-payment-return': {
    request: returns.refundWithCustomerRequest({
      deviceToken: TOKEN,
      bankPaymentId: '123',
      refundCodeId: '13',
      amount,
    }),
    read: wire.readRefund,
    means: { bankRefundId: '15' },
  },
  'r3-payment-return': {
    request: wire.refundRequest({ deviceToken: TOKEN, organizationBin: BIN, bankPaymentId: '123', amount }),
    read: wire.readRefund,
    means: { bankRefundId: '15' },
  },
  'r2-return-create': {
    request: returns.createRefundCodeRequest({ deviceToken: TOKEN, externalId: '15' }),
    read: returns.readCreatedRefundCode,
    means: {
      refundCodeId: '15',
      qrToken: '51236903777280167836178166503744993984459',
      expiresAtMs,
      pollIntervalMs: 5_000,
      scanWaitMs: 180_000,
    },
  },
  'r2-return-status': {
    request: returns.refundCodeRequest('35134863'),
    read: returns.readRefundCode,
    means: { word: 'QrTokenCreated', meaning: 'awaiting_scan' },
  },
  'r2-return-operations': {
    request: returns.customerPurchasesRequest({ deviceToken: TOKEN, refundCodeId: '13' }),
    read: returns.readCustomerPurchases,
    // No offset: Kazakhstan's wall-clock time, UTC+6 in 2021.
    means: [
      {
        bankPaymentId: '900077110',
        amount: Money.fromTenge(1),
        transactionAtMs: Date.UTC(2021, 11, 8, 5, 35, 48, 156),
      },
    ],
  },
  'r3-remote-client-info': {
    request: wire.findPayerRequest({ phone: '+7 707 777 77 77', deviceToken: '321' }),
    read: wire.readPayer,
    means: { clientName: 'ФИО' },
  },
  'r3-remote-cancel': {
    request: wire.cancelInvoiceRequest({ organizationBin: BIN, bankPaymentId: '15', deviceToken: '321' }),
    read: wire.readWord,
    means: 'RemotePaymentCanceled',
  },
  'r3-v02-payment-status': {
    request: wire.statusRequest('4294967296123'),
    read: wire.readPurchaseStatus,
    means: { word: 'Processed', meaning: 'succeeded', amount, transactionId: '8589934592777', productType: 'Gold' },
  },
};

/** Fixtures with a test of their own below. */
const ODD = ['r1-qr-create-link-torn', 'r3-remote-create'];

describe('every example of the document', () => {
  it.each(Object.entries(EXAMPLES).map(([name, example]) => [name, qrFixture(name).section, example] as const))(
    '%s [QR 3.9 %s] is written and read as printed',
    (name, _section, example) => {
      const fixture = qrFixture(name);
      const envelope = wire.readEnvelope(parseJson(fixture.answer));
      const query = example.request.query ? `?${new URLSearchParams(example.request.query).toString()}` : '';
      expect(example.request.verb).toBe(fixture.verb);
      expect(fixture.url.endsWith(`/${example.request.path}${query}`)).toBe(true);
      if (fixture.request) expect(example.request.body).toBe(compact(fixture.request));
      expect(envelope.statusCode).toBe(0);
      expect(example.read(envelope.data)).toEqual(example.means);
    },
  );

  it('has a test: no fixture is forgotten', () => {
    const files = readdirSync(new URL('../../fixtures/qr/', import.meta.url)).map((file) => file.replace('.json', ''));
    expect(files.sort()).toEqual([...Object.keys(EXAMPLES), ...ODD].sort());
  });
});

describe('the odd examples', () => {
  it('an answer torn by the page break is unreadable, and nothing is concluded from it [§2.3.2]', () => {
    const { answer } = qrFixture('r1-qr-create-link-torn');
    expect(() => parseJson(answer)).toThrowError(
      expect.objectContaining({ code: 'answer_unreadable', effect: 'possible' }),
    );
  });

  it('an invoice is written as printed, but for the phone number in which a digit is missing [§4.6.2]', () => {
    const fixture = qrFixture('r3-remote-create');
    const request = { amount: Money.fromTenge(1), comment: 'Test', deviceToken: '321', organizationBin: BIN };
    const written = wire.createInvoiceRequest({ ...request, phone: '7077777777' });
    expect(written.body).toBe(compact(fixture.request ?? '').replace('8707777777', '87077777777'));
    expect(() => wire.createInvoiceRequest({ ...request, phone: '8707777777' })).toThrowError(/mobile number/);
    const { data } = wire.readEnvelope(parseJson(fixture.answer));
    expect(wire.readInvoice(data)).toEqual({ bankPaymentId: '15' });
  });
});
