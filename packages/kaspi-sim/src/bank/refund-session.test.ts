import { beforeEach, describe, expect, it } from 'vitest';
import { type BankWorldForTests, BIN, openBankForTests } from './bank-world.ts';

/** Scheme 2: the bodies carry no organisation, the certificate's is meant [QR 3.9 §3]. */
const caller = { scheme: 2, organizationBin: BIN } as const;
let world: BankWorldForTests;
let token: string;
beforeEach(() => {
  world = openBankForTests({}, [], caller);
  token = world.register();
});

const open = (deviceToken = token) =>
  String(world.post('return/create', { DeviceToken: deviceToken }).Data?.QrReturnId);
const status = (id: string) => world.get(`return/status/${id}`);
const identify = (id: string, customer = 'customer-1') => {
  const code = world.bank.state.refundCode(id);
  if (!code) throw new Error(`no refund code ${id}`);
  return world.bank.state.refundCodes.apply(code, 'scan', customer);
};
const pay = (customer = 'customer-1', deviceToken = token) => {
  const id = world.createQr(deviceToken);
  const purchase = world.bank.state.purchase(id);
  if (!purchase) throw new Error(`no purchase ${id}`);
  world.bank.state.apply(purchase, 'confirm', { customer });
  return id;
};
const operations = (id: string, more = {}) =>
  world.post('return/operations', { DeviceToken: token, QrReturnId: Number(id), ...more });
const giveBack = (payment: string, session: string, more = {}) =>
  world.post('payment/return', {
    DeviceToken: token,
    QrPaymentId: Number(payment),
    QrReturnId: Number(session),
    Amount: 200,
    ...more,
  });

describe('a refund with the customer', () => {
  it('opens a code with the members of the example [QR 3.9 §3.4.1]', () => {
    expect(world.post('return/create', { DeviceToken: token, ExternalId: '15' })).toMatchObject({
      StatusCode: 0,
      Data: {
        QrToken: expect.stringMatching(/^\d{41}$/),
        ExpireDate: expect.stringContaining('T'),
        QrReturnId: expect.any(Number),
        QrReturnBehaviorOptions: { QrCodeScanEventPollingInterval: 5, QrCodeScanWaitTimeout: 180 },
      },
    });
  });

  it('knows the customer from the scan on [QR 3.9 §3.4.2]', () => {
    const id = open();
    expect(status(id).Data).toEqual({ Status: 'QrTokenCreated' });
    identify(id);
    expect(status(id).Data).toEqual({ Status: 'CustomerIdentityObtained' });
    expect(status('1').StatusCode).toBe(-1601);
  });

  it('keeps an unscanned code as it was, takes no scan after its window, and ends a session in Error', async () => {
    const [unscanned, scanned] = [open(), open()];
    identify(scanned);
    await world.clock.advance(180_000);
    expect(status(unscanned).Data?.Status).toBe('QrTokenCreated');
    expect(identify(unscanned)).toBeUndefined();
    await world.clock.advance(720_000);
    expect(status(scanned).Data?.Status).toBe('Error');
    expect(operations(scanned).StatusCode).toBe(-1601);
  });

  it("lists the customer's own paid purchases at this trade point, newest first [QR 3.9 §3.4.3]", async () => {
    const other = world.register('other-point', 2);
    const mine: string[] = [];
    for (let turn = 0; turn < 12; turn += 1) {
      mine.unshift(pay());
      await world.clock.advance(1000);
    }
    pay('somebody-else');
    pay('customer-1', other);
    world.createQr(token);
    const session = open();
    identify(session);
    const ids = (answer: { Data?: unknown }) =>
      (answer.Data as { QrPaymentId: number }[]).map((one) => String(one.QrPaymentId));
    expect(ids(operations(session))).toEqual(mine.slice(0, 10));
    expect(ids(operations(session, { MaxResult: 2 }))).toEqual(mine.slice(0, 2));
    expect(operations(session).text).toMatch(/"QrPaymentId":\d+,"TransactionDate":"[^"]+","Amount":200\.00\}/);
  });

  it.each([0, 11, -1, 1.5, '10'])('lists no %j purchases', (MaxResult) => {
    const session = open();
    identify(session);
    expect(operations(session, { MaxResult })).toEqual({ malformed: 'MaxResult' });
  });

  it('gives money back once known, in parts too, and journals by whose session [QR 3.9 §3.4.5]', () => {
    const payment = pay();
    const session = open();
    identify(session);
    expect(giveBack(payment, session, { Amount: 50 })).toMatchObject({ Data: { ReturnOperationId: 7_000_000_001 } });
    expect(giveBack(payment, session, { Amount: 150 }).StatusCode).toBe(0);
    expect(giveBack(payment, session, { Amount: 1 }).StatusCode).toBe(-990000005);
    expect(world.truth.refunds).toMatchObject([
      { amount: '50.00', source: 'api', qrReturnId: session, customer: 'customer-1' },
      { amount: '150.00', qrReturnId: session },
    ]);
  });

  it('refuses as annex 3 has it, and nothing moves', async () => {
    const payment = pay();
    const other = world.register('other-point', 2);
    const [known, unscanned, elsewhere] = [open(), open(), open(other)];
    identify(known);
    identify(elsewhere);
    expect(giveBack(payment, unscanned).StatusCode).toBe(-990000011);
    expect([-1601, -990000001]).toContain(giveBack(payment, '1').StatusCode);
    expect([-1601, -990000001]).toContain(giveBack(pay('somebody-else'), known).StatusCode);
    expect(giveBack(payment, elsewhere).StatusCode).toBe(-990000003);
    expect(giveBack(payment, known, { DeviceToken: other }).StatusCode).toBe(-990000003);
    expect(giveBack(payment, known, { DeviceToken: 'x' }).StatusCode).toBe(-1501);
    expect(giveBack(world.createQr(token), known).StatusCode).toBe(-990000011);
    expect(giveBack(payment, known, { QrReturnId: undefined })).toEqual({ malformed: 'QrReturnId' });
    await world.clock.advance(900_000);
    expect(giveBack(payment, known).StatusCode).toBe(-990000011);
    expect(world.truth.refunds).toEqual([]);
  });

  it('remembers codes and customers after a restart', () => {
    const payment = pay('aigul');
    const session = open();
    identify(session, 'aigul');
    world = openBankForTests({}, world.log.entries, caller);
    expect(status(session).Data?.Status).toBe('CustomerIdentityObtained');
    expect(giveBack(payment, session).StatusCode).toBe(0);
    expect(open()).not.toBe(session);
  });
});

describe('which scheme has what', () => {
  const methods = {
    'payment/details': [2, 3],
    'payment/return': [2, 3],
    'return/create': [2],
    'return/operations': [2],
    'return/status/1': [2],
    'remote/client-info': [3],
    'remote/create': [3],
    'remote/cancel': [3],
    'qr/create': [1, 2, 3],
    'health/ping': [1, 2, 3],
  };
  const cases = Object.entries(methods).flatMap(([path, has]) =>
    ([1, 2, 3] as const).map((scheme) => ({ path, scheme, isThere: has.includes(scheme) })),
  );
  it.each(cases)('$path under scheme $scheme: $isThere', ({ path, scheme, isThere }) => {
    const here = openBankForTests({}, [], scheme === 3 ? { scheme } : { scheme, organizationBin: BIN });
    const isRead = /details|status|client-info|ping/.test(path);
    const answer = isRead ? here.get(path) : here.post(path, {});
    expect(!('isMissing' in answer)).toBe(isThere);
  });

  it.each([1, 2] as const)('scheme %d names no organisation, and ignores a body that does', (scheme) => {
    const here = openBankForTests({}, [], { scheme, organizationBin: BIN });
    expect(here.get('partner/tradepoints').Data).toHaveLength(2);
    expect(here.get(`partner/tradepoints/${BIN}`)).toEqual({ isMissing: true });
    const body = { DeviceId: 'till', TradePointId: 1 };
    const { Data } = here.post('device/register', body);
    expect(here.post('device/register', { ...body, OrganizationBin: '000000000000' }).Data).toEqual(Data);
  });
});
