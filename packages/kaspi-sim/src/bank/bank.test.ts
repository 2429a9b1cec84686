import { beforeEach, describe, expect, it } from 'vitest';
import { type BankWorldForTests, BIN, openBankForTests } from './bank-world.ts';

let world: BankWorldForTests;
let token: string;
beforeEach(() => {
  world = openBankForTests();
  token = world.register();
});

const status = (id: string) => world.get(`payment/status/${id}`).Data?.Status;
const act = (id: string, what: string) => world.post(`test/payment/${what}`, { qrPaymentId: id }).StatusCode;
const paid = () => {
  const id = world.createQr(token, { ExternalId: '15' });
  act(id, 'scan');
  act(id, 'confirm');
  return id;
};
const giveBack = (id: string, amount: number, more = {}) =>
  world.post('payment/return', {
    OrganizationBin: BIN,
    DeviceToken: token,
    QrPaymentId: Number(id),
    Amount: amount,
    ...more,
  });
const available = (id: string) =>
  world.get('payment/details', { QrPaymentId: id, DeviceToken: token }).Data?.AvailableReturnAmount;

describe('the wire of the bank', () => {
  it('lists trade points [QR 3.9 §4.2.2]', () => {
    expect(world.get(`partner/tradepoints/${BIN}`).text).toBe(
      '{"StatusCode":0,"Message":"OK","Data":[{"TradePointId":1,"TradePointName":"Магазин 1 (Ауэзова, 65)"},{"TradePointId":2,"TradePointName":"Магазин 2 (Жарокова, 48)"}]}',
    );
  });

  it('answers a deletion with a bare code [QR 3.9 §4.2.4]', () => {
    expect(world.post('device/delete', { OrganizationBin: BIN, DeviceToken: token }).text).toBe('{"StatusCode":0}');
  });

  it('creates a QR with the members of the example [QR 3.9 §4.3.1]', () => {
    const body = `{"OrganizationBin":"${BIN}","DeviceToken":"${token}","Amount":200.00,"ExternalId":"15"}`;
    expect(world.post('qr/create', body)).toMatchObject({
      StatusCode: 0,
      Message: 'OK',
      Data: {
        QrToken: expect.stringMatching(/^\d{41}$/),
        ExpireDate: expect.stringContaining('T'),
        QrPaymentId: 2_500_000_028,
        PaymentMethods: ['Gold', 'Red', 'Loan'],
        QrPaymentBehaviorOptions: {
          StatusPollingInterval: 5,
          QrCodeScanWaitTimeout: 180,
          PaymentConfirmationTimeout: 65,
        },
      },
    });
  });

  it('creates a link with the members of the example [QR 3.9 §4.3.2]', () => {
    const answer = world.post('qr/create-link', { OrganizationBin: BIN, DeviceToken: token, Amount: 200 });
    expect(Object.keys(answer.Data ?? {})).toEqual([
      'PaymentLink',
      'ExpireDate',
      'PaymentId',
      'PaymentMethods',
      'PaymentBehaviorOptions',
    ]);
    expect(answer.Data?.PaymentLink).toMatch(/^https:\/\/pay\.kaspi\.kz\/pay\/\d{41}$/);
    expect(answer.Data?.PaymentBehaviorOptions).toMatchObject({ LinkActivationWaitTimeout: 180 });
  });

  it('tells details with data first, two decimals and no message [QR 3.9 §4.4]', () => {
    const id = paid();
    const { text } = world.get('payment/details', { QrPaymentId: id, DeviceToken: token });
    expect(text).toMatch(
      new RegExp(
        `^\\{"Data":\\{"QrPaymentId":${id},"TotalAmount":200\\.00,"AvailableReturnAmount":200\\.00,"TransactionDate":"[^"]+"\\},"StatusCode":0\\}$`,
      ),
    );
  });

  it('spells message small in emulations [QR 3.9 §5.2]', () => {
    const answer = world.post('test/payment/scan', { qrPaymentId: world.createQr(token) });
    expect(answer.text).toBe('{"StatusCode":0,"message":"OK"}');
  });

  it('tells in v02 what was charged [pos-v2, QR API facts]', () => {
    const id = paid();
    expect(world.get(`payment/status/${id}`, {}, 'v02').Data).toEqual({
      Status: 'Processed',
      TransactionId: '1000000001',
      ProductType: 'Gold',
      IsOffer: false,
      LoanTerm: -1,
      Amount: 200,
      StoreName: 'Магазин 1 (Ауэзова, 65)',
      Address: 'Ауэзова, 65',
      City: 'Алматы',
    });
    world.bank.state.settings.v02 = false;
    expect(world.get(`payment/status/${id}`, {}, 'v02')).toEqual({ isMissing: true });
  });

  it('writes dates in three spellings by turns', () => {
    const forms = [1, 2, 3].map(() =>
      String(world.post('qr/create', { OrganizationBin: BIN, DeviceToken: token, Amount: 1 }).Data?.ExpireDate),
    );
    expect(forms).toEqual(['2026-01-15T11:03:00.000+05:00', '2026-01-15T11:03:00.0006667', '2026-01-15T11:03:00+05']);
  });

  it('gives ids above 2^53 where it is told to, and understands them', () => {
    world.bank.state.settings.hugeIds = true;
    const texts = [1, 2, 3].map(
      () => world.post('qr/create', { OrganizationBin: BIN, DeviceToken: token, Amount: 1 }).text,
    );
    expect(texts[2]).toContain('"QrPaymentId":9007199254740999,');
    expect(status('9007199254740999')).toBe('QrTokenCreated');
    expect(status('9007199254740998')).toBeUndefined();
  });

  it('gives a number as a device token where it is told to, and wants it back as a number', () => {
    world.bank.state.settings.deviceTokens = 'number';
    const number = Number(world.register('till-2'));
    expect(number).toBe(321);
    const create = (DeviceToken: unknown) =>
      world.post('qr/create', { OrganizationBin: BIN, DeviceToken, Amount: 1 }).StatusCode;
    expect([create(321), create('321')]).toEqual([0, -1501]);
  });

  it.each([
    ['device/register', { OrganizationBin: BIN, DeviceId: 'касса', TradePointId: 1 }, 'DeviceId'],
    ['device/register', { OrganizationBin: BIN, DeviceId: 'a' }, 'TradePointId'],
    ['device/register', { DeviceId: 'a', TradePointId: 1 }, 'OrganizationBin'],
    ['qr/create', { OrganizationBin: BIN, Amount: '200.00' }, 'Amount'],
    ['payment/return', { OrganizationBin: BIN, QrPaymentId: 'x', Amount: 1 }, 'QrPaymentId'],
    ['remote/create', { OrganizationBin: BIN, Amount: 1, PhoneNumber: '+7 707' }, 'PhoneNumber'],
    ['qr/create', 'no JSON', '$'],
  ])('refuses a malformed %s without an envelope', (path, body, member) => {
    expect(world.post(path, body)).toEqual({ malformed: member });
  });

  it('has no other methods', () => {
    expect(world.get('qr/create')).toEqual({ isMissing: true });
    expect(world.post('return/create', {})).toEqual({ isMissing: true });
    expect(world.get('health/ping', {}, 'v02')).toEqual({ isMissing: true });
    expect(world.get('health/ping')).toMatchObject({ StatusCode: 0, Message: 'OK' });
  });
});

describe('a device', () => {
  it('keeps its token under the same arguments, also after its deletion, when it is dead', () => {
    expect(world.register()).toBe(token);
    world.post('device/delete', { OrganizationBin: BIN, DeviceToken: token });
    expect(world.register()).toBe(token);
    expect(world.post('qr/create', { OrganizationBin: BIN, DeviceToken: token, Amount: 1 }).StatusCode).toBe(-1502);
  });

  it('gets a new token after its deletion where the bank is kinder, or at another trade point', () => {
    world.post('device/delete', { OrganizationBin: BIN, DeviceToken: token });
    const moved = world.register('GFC-456397', 2);
    expect(moved).not.toBe(token);
    world.bank.state.settings.keepsDeadTokens = false;
    world.post('device/delete', { OrganizationBin: BIN, DeviceToken: moved });
    expect(world.register('GFC-456397', 2)).not.toBe(moved);
  });
});

describe('the life of a purchase', () => {
  it('runs from the code over the scan to the money', () => {
    const id = world.createQr(token, { ExternalId: '15' });
    expect(status(id)).toBe('QrTokenCreated');
    act(id, 'scan');
    expect(status(id)).toBe('Wait');
    act(id, 'confirm');
    expect(status(id)).toBe('Processed');
    expect(world.truth.charges).toEqual([
      {
        bankPaymentId: id,
        externalId: '15',
        organizationBin: BIN,
        tradePointId: '1',
        amount: '200.00',
        at: '2026-01-15T06:00:00.000Z',
        method: 'Gold',
        source: 'qr',
      },
    ]);
  });

  it('ends unscanned after the scan window, with the word that the settings say', async () => {
    const id = world.createQr(token);
    await world.clock.advance(179_999);
    expect(world.bank.state.purchase(id)?.phase).toBe('created');
    await world.clock.advance(1);
    expect([world.bank.state.purchase(id)?.phase, status(id)]).toEqual(['expired', 'QrTokenCreated']);
    world.bank.state.settings.expiredWord = 'QrTokenDiscarded';
    expect(status(id)).toBe('QrTokenDiscarded');
    expect(act(id, 'scan')).toBe(-1601);
  });

  it('ends unconfirmed after the confirmation window, which starts at the scan', async () => {
    const id = world.createQr(token);
    await world.clock.advance(170_000);
    act(id, 'scan');
    await world.clock.advance(64_999);
    expect(status(id)).toBe('Wait');
    await world.clock.advance(1);
    expect(status(id)).toBe('Error');
    expect(world.truth.charges).toEqual([]);
  });

  it('may fail at the scan, or at the confirmation after a scan only [QR 3.9 §5.4, §5.5]', () => {
    const first = world.createQr(token);
    expect([act(first, 'confirmerror'), act(first, 'scanerror'), status(first)]).toEqual([-1601, 0, 'Error']);
    const second = world.createQr(token);
    act(second, 'scan');
    expect([act(second, 'confirmerror'), status(second)]).toEqual([0, 'Error']);
  });

  it('makes a purchase of each call: there is no idempotency', () => {
    expect(world.createQr(token, { ExternalId: '15' })).not.toBe(world.createQr(token, { ExternalId: '15' }));
  });
});

describe('a refund', () => {
  it('lowers what may be returned, part by part, to nothing', () => {
    const id = paid();
    const first = giveBack(id, 50.5);
    expect(first.Data).toEqual({ ReturnOperationId: 7_000_000_001 });
    expect(available(id)).toBe(149.5);
    expect(giveBack(id, 149.5).StatusCode).toBe(0);
    expect([available(id), giveBack(id, 0.01).StatusCode]).toEqual([0, -990000005]);
    expect(world.truth.refunds.map((refund) => refund.amount)).toEqual(['50.50', '149.50']);
  });

  it('happens twice where it is sent twice', () => {
    const id = paid();
    giveBack(id, 80);
    giveBack(id, 80);
    expect(available(id)).toBe(40);
  });
});

describe('an invoice', () => {
  const create = (phone = '87077777777') =>
    world.post('remote/create', {
      OrganizationBin: BIN,
      DeviceToken: token,
      Amount: 10,
      PhoneNumber: phone,
      Comment: 'Test',
    });

  it('waits 24 hours for its customer', async () => {
    const id = String(create('8707777777').Data?.QrPaymentId);
    expect(world.bank.state.purchase(id)).toMatchObject({ phone: '88707777777', comment: 'Test' });
    expect(status(id)).toBe('RemotePaymentCreated');
    await world.clock.advance(86_400_000);
    expect(status(id)).toBe('Expired');
  });

  it('is cancelled, and tells its status where it is too late for that [QR 3.9 §4.6.3]', () => {
    const cancel = (id: string) =>
      world.post('remote/cancel', { OrganizationBin: BIN, DeviceToken: token, QrPaymentId: Number(id) }).Data;
    const first = String(create().Data?.QrPaymentId);
    expect(cancel(first)).toEqual({ Status: 'RemotePaymentCanceled' });
    const second = String(create().Data?.QrPaymentId);
    const purchase = world.bank.state.purchase(second);
    if (purchase) world.bank.state.apply(purchase, 'confirm');
    expect(cancel(second)).toEqual({ Status: 'Processed' });
  });

  it('whose status is polled is shut away for five minutes, and the polling is counted', async () => {
    const id = String(create().Data?.QrPaymentId);
    const read = () => world.get(`payment/status/${id}`).StatusCode;
    expect([read(), read(), read(), read()]).toEqual([0, 0, 0, -999]);
    expect(world.bank.polledReads).toBe(1);
    await world.clock.advance(120_000);
    expect(read()).toBe(-999);
    await world.clock.advance(300_000);
    expect(read()).toBe(0);
  });

  it('may be read by a person every half minute', async () => {
    const id = String(create().Data?.QrPaymentId);
    for (let read = 0; read < 20; read++) {
      expect(world.get(`payment/status/${id}`).StatusCode).toBe(0);
      await world.clock.advance(30_000);
    }
  });

  it('has its payer found at most 50 times a minute by one device [QR 3.9 §4.6.1]', async () => {
    const find = () => world.get('remote/client-info', { phoneNumber: '87077777777', deviceToken: token });
    expect(find().Data).toEqual({ ClientName: 'Дана М.' });
    for (let call = 1; call < 50; call++) expect(find().StatusCode).toBe(0);
    expect(find().StatusCode).toBe(-999);
    await world.clock.advance(60_000);
    expect(find().StatusCode).toBe(0);
  });
});
