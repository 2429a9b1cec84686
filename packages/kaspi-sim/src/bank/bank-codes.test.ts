import { beforeEach, describe, expect, it } from 'vitest';
import { textOfCode } from './bank-codes.ts';
import { type BankWorldForTests, BIN, openBankForTests } from './bank-world.ts';

let world: BankWorldForTests;
let token: string;
beforeEach(() => {
  world = openBankForTests();
  token = world.register();
});

const point = () => {
  const found = world.bank.state.tradePoint(BIN, '1');
  if (!found) throw new Error('no trade point');
  return found;
};
const device = (more = {}) => ({ OrganizationBin: BIN, DeviceToken: token, ...more });
const create = (more = {}) => world.post('qr/create', device({ Amount: 200, ...more })).StatusCode;
const link = (more = {}) => world.post('qr/create-link', device({ Amount: 200, ...more })).StatusCode;
const giveBack = (id: string, amount: number, more = {}) =>
  world.post('payment/return', device({ QrPaymentId: Number(id), Amount: amount, ...more })).StatusCode;
const invoice = (phone: string, more = {}) =>
  world.post('remote/create', device({ Amount: 1, PhoneNumber: phone, ...more })).StatusCode;
const info = (phone: string) => world.get('remote/client-info', { phoneNumber: phone, deviceToken: token }).StatusCode;
const paid = () => {
  const id = world.createQr(token);
  for (const step of ['scan', 'confirm']) world.post(`test/payment/${step}`, { qrPaymentId: id });
  return id;
};

describe('every documented refusal can be met, in each of its spellings', () => {
  it('−1501: no such device, of another organisation, deleted already', () => {
    expect(create({ DeviceToken: 'no-such' })).toBe(-1501);
    expect(create({ OrganizationBin: '000000000000' })).toBe(-1501);
    world.post('device/delete', device());
    expect(world.post('device/delete', device()).StatusCode).toBe(-1501);
    expect(info('87077777777')).toBe(-1501);
    expect(invoice('87077777777')).toBe(-1501);
  });

  it('−1502: the device was deleted', () => {
    const id = paid();
    world.post('device/delete', device());
    expect([create(), link(), giveBack(id, 1)]).toEqual([-1502, -1502, -1502]);
  });

  it('−1503: the device is at another trade point', () => {
    const again = { OrganizationBin: BIN, DeviceId: 'GFC-456397', TradePointId: 2 };
    expect(world.post('device/register', again).StatusCode).toBe(-1503);
  });

  it('−1601: no such purchase', () => {
    expect(world.get('payment/status/1').StatusCode).toBe(-1601);
    expect(world.get('payment/details', { QrPaymentId: '1', DeviceToken: token }).StatusCode).toBe(-1601);
    expect([giveBack('1', 1), giveBack('1', 1)]).toEqual([-1601, -990000001]);
  });

  it('−14000002: no trade points', () => {
    expect(world.get('partner/tradepoints/000000000000').StatusCode).toBe(-14000002);
  });

  it('−99000002 and −990000002: no such trade point', () => {
    const register = { OrganizationBin: BIN, DeviceId: 'a', TradePointId: 77 };
    expect(world.post('device/register', register).StatusCode).toBe(-99000002);
    const [organization] = world.bank.state.settings.organizations;
    organization?.tradePoints.splice(0, 1);
    expect([create(), create()]).toEqual([-99000002, -990000002]);
    expect(giveBack('1', 1)).toBe(-990000002);
    expect(info('87077777777')).toBe(-990000002);
  });

  it('990000018 and 9900000018: the trade point is switched off', () => {
    point().enabled = false;
    expect([create(), create(), link(), link()]).toEqual([9900000018, 990000018, 9900000018, 990000018]);
    expect([giveBack('1', 1), invoice('87077777777'), info('87077777777')]).toEqual([990000018, 990000018, 9900000018]);
  });

  it('990000026 and 9900000026: the trade point takes no QR', () => {
    point().acceptsQr = false;
    expect([create(), create()]).toEqual([9900000026, 990000026]);
    const register = { OrganizationBin: BIN, DeviceId: 'new', TradePointId: 1 };
    expect(world.post('device/register', register).StatusCode).toBe(990000026);
  });

  it.each([0, -1, 0.001, 1e12])('990000028 and 9900000028: the amount %d', (Amount) => {
    expect([create({ Amount }), create({ Amount }), invoice('87077777777', { Amount })]).toEqual([
      9900000028, 990000028, 990000028,
    ]);
  });

  it('990000033 and 9900000033: no payment methods', () => {
    point().paymentMethods = [];
    expect([create(), create()]).toEqual([9900000033, 990000033]);
  });

  it('−99000005 and −990000005: more than was paid', () => {
    const id = paid();
    expect([giveBack(id, 201), giveBack(id, 200.01), giveBack(id, 0)]).toEqual([-990000005, -99000005, -990000005]);
  });

  it('−990000003: the purchase is of another trade point', () => {
    const other = world.register('till-2', 2);
    expect(giveBack(paid(), 1, { DeviceToken: other })).toBe(-990000003);
  });

  it('−990000011: the purchase is not paid', () => {
    expect(giveBack(world.createQr(token), 1)).toBe(-990000011);
  });

  it('−990000020: a part is refused where parts are switched off, the whole is not', () => {
    world.bank.state.settings.partialRefunds = false;
    const id = paid();
    expect([giveBack(id, 1), giveBack(id, 200)]).toEqual([-990000020, 0]);
  });

  it('the codes without a text, by the last digits of the telephone', () => {
    const numbers = ['0401', '0404', '0029', '0031', '0032'].map((ending) => `8707777${ending}`);
    expect(numbers.map(info)).toEqual([-1401, -1404, 9900000029, 9900000031, 9900000032]);
    expect(['0401', '0404', '0032', '0010'].map((ending) => invoice(`8707777${ending}`))).toEqual([
      -1401, -1404, 990000032, 99000010,
    ]);
  });

  it('−99000001: an invoice to cancel that is none', () => {
    const cancel = (id: string) => world.post('remote/cancel', device({ QrPaymentId: Number(id) })).StatusCode;
    expect([cancel('1'), cancel(paid())]).toEqual([-99000001, -99000001]);
  });

  it('and a fault’s code comes with the sentence of annex 3', () => {
    expect(textOfCode(-999)).toBe('Сервис временно недоступен');
    expect(textOfCode(990000018)).toBe('Торговая точка отключена');
    expect(textOfCode(12345)).toBe('Ошибка');
  });
});
