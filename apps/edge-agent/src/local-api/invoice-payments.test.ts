import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DoorTest, newKey, openDoorTest } from './door-test.ts';

let test: DoorTest;
beforeEach(async () => {
  test = await openDoorTest();
});
afterEach(() => test.close());

const INVOICE = { method: 'invoice', amount: '1500.00', phone: '+7 (707) 123-45-67', comment: 'чек 7' };
const ask = (body: object = INVOICE) => test.call({ path: '/v1/payments', body, key: newKey() });

describe('an invoice', () => {
  it('is asked for with a number as people write it, and says whom it went to', async () => {
    const { status, body } = await ask();
    expect([status, body]).toMatchObject([
      201,
      { method: 'invoice', status: 'awaiting_confirmation', phone: INVOICE.phone, payerName: 'Айгерим Б.' },
    ]);
    expect(body).toMatchObject({ refreshableInS: 0, mayStillBePaid: false });
    expect(body.qr).toBeUndefined();
  });

  it.each(['', '707', '+1 202 555 01 00', '8707123456'])('refuses the number "%s"', async (phone) => {
    const { status, body } = await ask({ ...INVOICE, phone });
    expect([status, body]).toMatchObject([400, { code: 'request_invalid', fields: [{ path: 'phone' }] }]);
    const found = await test.call({ path: `/v1/payers?phone=${encodeURIComponent(phone)}` });
    expect(found.status).toBe(400);
  });

  it('refuses a comment that would hide our reference', async () => {
    const { status, body } = await ask({ ...INVOICE, comment: 'x'.repeat(101) });
    expect([status, body]).toMatchObject([400, { fields: [{ path: 'comment' }] }]);
  });

  it('is asked about at a person’s wish, and the next one is told how long to wait', async () => {
    const { body } = await ask();
    const path = `/v1/payments/${String(body.id)}/refresh`;
    expect((await test.call({ path, body: {} })).body).toMatchObject({ refreshableInS: 30 });
    const again = await test.call({ path, body: {} });
    expect([again.status, again.body]).toMatchObject([429, { code: 'refresh_too_soon', retry: 'after' }]);
    expect(again.headers['retry-after']).toBe('30');
    const read = await test.call({ path: `/v1/payments/${String(body.id)}` });
    expect(read.body).toMatchObject({ status: 'awaiting_confirmation', refreshableInS: 30 });
  });

  it('is the only kind of payment that is asked about', async () => {
    const { body } = await ask({ method: 'qr', amount: '1500.00' });
    const path = `/v1/payments/${String(body.id)}/refresh`;
    expect((await test.call({ path, body: {} })).body).toMatchObject({ code: 'refresh_unavailable' });
  });
});

describe('whose phone it is', () => {
  it('is told by name before anything is sent', async () => {
    const found = await test.call({ path: '/v1/payers?phone=87071234567' });
    expect([found.status, found.body]).toEqual([200, { clientName: 'Айгерим Б.' }]);
    const none = await test.call({ path: '/v1/payers?phone=87070000404' });
    expect([none.status, none.body]).toMatchObject([422, { code: 'payer_not_found', money: 'none' }]);
  });
});
