import { describe, expect, it } from 'vitest';
import { createMask } from './mask-secrets.ts';

const GUID = '2be4cc91-5895-48f8-8bc2-86c7bd419b3b';
const MASKED = '00000000-0000-4000-8000-000000000001';

describe('the mask of a recording', () => {
  it('puts the same mask for the same secret, in bodies, queries and headers', () => {
    const mask = createMask();
    expect(mask.text(`{"StatusCode":0,"Data":{"DeviceToken":"${GUID}"}}`)).toBe(
      `{"StatusCode":0,"Data":{"DeviceToken":"${MASKED}"}}`,
    );
    const request = {
      method: 'GET',
      path: '/r3/v01/remote/client-info',
      query: { phoneNumber: '87071234567', deviceToken: GUID },
      headers: { 'api-key': 'test_d9b41a18-3b5a-4d0f-9d50-6a2f6b1f3d00' },
      body: '',
    };
    const masked = mask.request(request);
    expect(masked.query).toEqual({ phoneNumber: '87000000001', deviceToken: MASKED });
    expect(masked.headers['api-key']).toMatch(/^test_0{8}-/);
    expect(mask.text('{"PhoneNumber": "7071234567", "Comment":"звонить +77071234567, заказ 15"}')).toBe(
      '{"PhoneNumber": "7000000001", "Comment":"звонить 87000000001, заказ 15"}',
    );
    expect(mask.text(`{"DeviceToken":"another"}`)).toContain('000000000002');
  });

  it('keeps the JSON type of a token, and every other byte', () => {
    const mask = createMask();
    const body = '{ "DeviceToken" : 321,"Amount":200.00, "QrPaymentId":9007199254740993,\n"Comment":"order-2" }';
    expect(mask.text(body)).toBe(body.replace('321', '900000001'));
    expect(mask.text('{"DeviceToken":"321"}')).toBe('{"DeviceToken":"900000001"}');
  });

  it('masks names, cards and the tokens of terminals, also in an answer that is no JSON', () => {
    const mask = createMask();
    const text = mask.text(
      '{"ClientName":"Айгүл \\"С\\" С.","accessToken":"aa","refreshToken":"bb", "cardMask": "516949*****0762",, "rrn":"002412884692"',
    );
    expect(text).toBe(
      '{"ClientName":"Клиент 1","accessToken":"masked-1","refreshToken":"masked-2", "cardMask": "000000******0001",, "rrn":"002412884692"',
    );
  });
});
