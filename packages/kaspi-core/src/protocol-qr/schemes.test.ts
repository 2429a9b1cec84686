import { createVirtualClock, Money } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import type { HttpAnswer, HttpCall } from '../transport/http-transport.ts';
import { createQrApi } from './create-qr-api.ts';
import { compact, qrFixture } from './fixture.ts';
import type { QrApi } from './qr-api.ts';
import { assertOffered, type QrScheme, SCHEME_OFFERS } from './scheme-offer.ts';

const organizationBin = '180340021791';
const deviceToken = '"2be4cc91-5895-48f8-8bc2-86c7bd419b3b"';
const amount = Money.fromTenge(200);

/** The client of a scheme against the document's own answers; every call is kept. */
function under(scheme: QrScheme, fixture = `r${scheme}-health-ping`, apiKey?: string | (() => string)) {
  const calls: HttpCall[] = [];
  const http = {
    async send(call: HttpCall): Promise<HttpAnswer> {
      calls.push(call);
      const body = new TextEncoder().encode(qrFixture(fixture).answer);
      return { status: 200, body, requestId: 'r1', connection: 'c1' };
    },
  };
  const basePath = `/r${scheme}/v01`;
  const key = apiKey === undefined ? {} : { apiKey };
  const api = createQrApi({ http, basePath, clock: createVirtualClock(), scheme, statusVersion: 'v01', ...key });
  return { api, calls };
}

type Example = readonly [name: string, run: (api: QrApi) => Promise<unknown>];
const SHARED: readonly Example[] = [
  ['tradepoints', (api) => api.listTradePoints(organizationBin)],
  ['device-register', (api) => api.registerDevice({ organizationBin, deviceId: 'GFC-456397', tradePointId: '12' })],
  ['device-delete', (api) => api.deleteDevice({ organizationBin, deviceToken })],
  ['qr-create', (api) => api.createQr({ organizationBin, deviceToken, amount, externalId: '15' })],
  ['qr-create-link', (api) => api.createLink({ organizationBin, deviceToken, amount, externalId: '15' })],
  ['payment-status', (api) => api.readStatus('35134863')],
  ['health-ping', (api) => api.ping()],
];
const WITH_CUSTOMER: readonly Example[] = [
  ['return-create', (api) => api.createRefundCode({ organizationBin, deviceToken, externalId: '15' })],
  ['return-status', (api) => api.readRefundCode('35134863')],
  [
    'payment-return',
    (api) => api.refund({ organizationBin, deviceToken, bankPaymentId: '123', refundCodeId: '13', amount }),
  ],
  ['return-operations', (api) => api.listCustomerPurchases({ deviceToken, refundCodeId: '13' })],
];

/** What went over the wire is what the document prints for the scheme; its address ends with verb, path and query. */
async function expectPrinted(scheme: QrScheme, [name, run]: Example): Promise<HttpCall | undefined> {
  const fixture = qrFixture(`r${scheme}-${name}`);
  const { api, calls } = under(scheme, `r${scheme}-${name}`);
  await run(api);
  const [call] = calls;
  expect(call?.verb).toBe(fixture.verb);
  expect(fixture.url.endsWith(call?.path ?? '?')).toBe(true);
  if (fixture.request !== undefined) expect(call?.body).toBe(compact(fixture.request));
  return call;
}

describe.each([1, 2, 3] as const)('the client under scheme %i', (scheme) => {
  it.each(SHARED)('%s is sent as printed: the organisation is named under scheme 3 alone', async (name, run) => {
    const call = await expectPrinted(scheme, [name, run]);
    if (scheme !== 3) expect(`${call?.path}${call?.body ?? ''}`).not.toContain(organizationBin);
  });
});

describe('scheme 2', () => {
  it.each(WITH_CUSTOMER)('%s is sent as printed', async (name, run) => {
    await expectPrinted(2, [name, run]);
  });

  it('asks for at most ten purchases of the customer', async () => {
    const { api, calls } = under(2, 'r2-return-operations');
    await api.listCustomerPurchases({ deviceToken, refundCodeId: '13' });
    expect(calls[0]?.body).toBe(`{"DeviceToken":${deviceToken},"QrReturnId":13,"MaxResult":10}`);
    const eleven = api.listCustomerPurchases({ deviceToken, refundCodeId: '13', limit: 11 });
    await expect(eleven).rejects.toMatchObject({ code: 'request_invalid', effect: 'none' });
    expect(calls).toHaveLength(1);
  });

  it('sends money back on a connection of its own, with its deadline, and never without the code', async () => {
    const { api, calls } = under(2, 'r2-payment-return');
    const request = { organizationBin, deviceToken, bankPaymentId: '123', amount, sendByMs: 7 };
    await expect(api.refund(request)).rejects.toMatchObject({ code: 'request_invalid', effect: 'none' });
    expect(calls).toEqual([]);
    await api.refund({ ...request, refundCodeId: '13' });
    expect(calls).toMatchObject([{ fresh: true, sendByMs: 7 }]);
  });

  it('reads a refund code whose word no list holds as unlisted, and never as known or failed', async () => {
    const body = new TextEncoder().encode('{"StatusCode":0,"Data":{"Status":"customeridentityobtained"}}');
    const http = { send: async () => ({ status: 200, body, requestId: 'r', connection: 'c' }) };
    const api = createQrApi({ http, basePath: '/r2/v01', clock: createVirtualClock(), scheme: 2 });
    expect(await api.readRefundCode('15')).toEqual({ word: 'customeridentityobtained', meaning: 'unlisted' });
  });
});

describe('scheme 1', () => {
  it('shows its Api-Key with every call, asking for it anew each time', async () => {
    let key = 'test_1';
    const { api, calls } = under(1, 'r1-health-ping', () => key);
    await api.ping();
    key = 'test_2';
    await api.ping();
    expect(calls.map((call) => call.headers)).toEqual([{ 'Api-Key': 'test_1' }, { 'Api-Key': 'test_2' }]);
  });
});

it('every method that a scheme does not have is refused with nothing sent', () => {
  const refused = (scheme: QrScheme) =>
    (['createQr', 'readStatus', 'readDetails', 'refund', 'createRefundCode', 'readRefundCode'] as const).filter(
      (method) => {
        try {
          assertOffered(SCHEME_OFFERS[scheme], method);
          return false;
        } catch (error) {
          expect(error).toMatchObject({ code: 'not_offered', effect: 'none' });
          return true;
        }
      },
    );
  expect(refused(1)).toEqual(['readDetails', 'refund', 'createRefundCode', 'readRefundCode']);
  expect(refused(2)).toEqual([]);
  expect(refused(3)).toEqual(['createRefundCode', 'readRefundCode']);
});
