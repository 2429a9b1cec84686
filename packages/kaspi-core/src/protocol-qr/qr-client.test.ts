import { Money } from '@tolem/base';
import { expect, it } from 'vitest';
import { createQrClient, qrMessages, qrReturnMessages } from '../index.ts';
import type { HttpCall } from '../transport/http-transport.ts';
import { compact, qrFixture } from './fixture.ts';

/** Schemes 1 and 2 through the package's entry, as somebody outside would use them. */
function clientWith(fixture: string, basePath: string, apiKey?: string) {
  const calls: HttpCall[] = [];
  const body = new TextEncoder().encode(qrFixture(fixture).answer);
  const http = {
    send: async (call: HttpCall) => {
      calls.push(call);
      return { status: 200, body, requestId: 'r1', connection: 'c1' };
    },
  };
  return { calls, client: createQrClient({ http, basePath, ...(apiKey === undefined ? {} : { apiKey }) }) };
}

const deviceToken = '"2be4cc91-5895-48f8-8bc2-86c7bd419b3b"';

it('scheme 1 creates a QR with its Api-Key and without an organisation [QR 3.9 §1.3.1, §2.3.1]', async () => {
  const { client, calls } = clientWith('r1-qr-create', '/r1/v01', 'test_guid');
  const purchase = { deviceToken, amount: Money.fromTenge(200), externalId: '15' };
  const { createQrRequest, readCreatedQr } = qrMessages;
  const created = await client.call('createQr', () => createQrRequest(purchase), readCreatedQr);
  expect(created.bankPaymentId).toBe('15');
  expect(calls[0]).toMatchObject({ path: '/r1/v01/qr/create', headers: { 'Api-Key': 'test_guid' } });
  expect(calls[0]?.body).toBe(compact(qrFixture('r1-qr-create').request ?? ''));
});

it("scheme 2 lists the customer's purchases, at most ten, as a read [QR 3.9 §3.4.3]", async () => {
  const { client, calls } = clientWith('r2-return-operations', '/r2/v01');
  const { customerPurchasesRequest, readCustomerPurchases } = qrReturnMessages;
  const list = (limit: number) => {
    const request = () => customerPurchasesRequest({ deviceToken, refundCodeId: '13', limit });
    return client.call('listCustomerPurchases', request, readCustomerPurchases);
  };
  expect(await list(10)).toMatchObject([{ bankPaymentId: '900077110', amount: Money.fromTenge(1) }]);
  expect(calls[0]?.body).toBe(`{"DeviceToken":${deviceToken},"QrReturnId":13,"MaxResult":10}`);
  for (const tooMany of [0, 11, 1.5]) await expect(list(tooMany)).rejects.toMatchObject({ code: 'request_invalid' });
  expect(calls).toHaveLength(1);
});
