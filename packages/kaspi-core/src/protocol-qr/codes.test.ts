import { describe, expect, it } from 'vitest';
import { QR_CODES, qrCode } from './codes.ts';
import { effectOfCode, QR_METHOD_RULES, type QrMethod } from './effect-table.ts';

/** Every number of annex 3 and of every method's list [QR 3.9 §2–§5], as printed, spaces left out. */
const METHOD_LISTS: Record<string, number[]> = {
  '§2.2.2 trade points': [-999, -10000, -14000002],
  '§2.2.3 register': [-999, -10000, -1503, -99000002, 990000026],
  '§2.2.4 delete': [-999, -10000, -1501],
  '§2.3.1 QR': [-999, -10000, -1501, -1502, -990000002, 9900000018, 9900000026, 9900000028, 9900000033],
  '§2.3.2 link': [-999, -10000, -1501, -1502, -99000002, 990000018, 990000026, 990000028, 990000033],
  '§2.3.3 status': [-999, -10000, -1601],
  '§3.4.1 return QR': [-999, -10000, -1501, -1502, -990000002, 9900000018],
  '§3.4.5 return': [
    -999, -10000, -1501, -1502, -1601, -990000005, -990000006, -990000001, -990000002, -990000003, -990000011,
    -990000020, 990000018,
  ],
  '§4.6.1 find payer': [-999, -1401, -1404, -1501, -990000002, 9900000018, 9900000029, 9900000031, 9900000032],
  '§4.6.2 invoice': [-999, -1401, -1404, -1501, -99000002, 99000010, 990000018, 990000028, 990000032],
  '§4.6.3 cancel': [-999, -1401, -1404, -1501, -99000001, -99000002, 990000018],
};
const ANNEX_3 = [
  -10000, -1501, -1502, -1503, -1601, -14000002, -99000002, -99000005, -99000006, 990000018, 990000026, 990000028,
  990000033, -990000001, -990000002, -990000003, -990000011, -990000020, -999,
];
const KNOWN = new Set(QR_CODES.flatMap((code) => code.spellings));

describe('the catalogue of codes', () => {
  it.each(Object.entries(METHOD_LISTS))('holds every code of %s', (_section, numbers) => {
    for (const number of numbers) expect(KNOWN.has(number), String(number)).toBe(true);
  });

  it('gives every code of annex 3 a name of its own meaning', () => {
    for (const number of ANNEX_3) expect(qrCode(number).name, String(number)).not.toBe('unlisted_code');
  });

  it('has no number twice, and no number that the document does not hold', () => {
    const printed = new Set([...ANNEX_3, ...Object.values(METHOD_LISTS).flat()]);
    expect(KNOWN.size).toBe(QR_CODES.flatMap((code) => code.spellings).length);
    expect([...KNOWN].filter((number) => !printed.has(number))).toEqual([]);
  });

  it.each([
    [-99000002, -990000002, 'trade_point_not_found'],
    [-99000005, -990000005, 'refund_exceeds_payment'],
    [-99000006, -990000006, 'refund_failed_try_again'],
    [990000018, 9900000018, 'trade_point_disabled'],
    [990000026, 9900000026, 'trade_point_without_qr'],
    [990000028, 9900000028, 'amount_invalid'],
    [990000033, 9900000033, 'no_payment_methods'],
  ])('%i and %i are one error, %s', (one, other, name) => {
    expect([qrCode(one).name, qrCode(other).name]).toEqual([name, name]);
  });

  it('never reads -99000001 as "not paid"', () => {
    expect(qrCode(-99000001)).toMatchObject({ name: 'unlisted_code', refusal: false });
  });
});

describe('what a code says about a refund', () => {
  const REFUSED = [
    -1501, -1502, -1503, -1601, -14000002, -99000002, -990000002, -99000005, -990000005, 990000018, 9900000018,
    990000026, 9900000026, 990000028, 9900000028, 990000033, 9900000033, -990000001, -990000003, -990000011, -990000020,
  ];

  it.each(REFUSED)('%i is an explicit refusal: nothing moved', (number) => {
    expect(effectOfCode('refund', qrCode(number), 200)).toBe('none');
  });

  it.each([
    -999, -10000, -99000006, -990000006, -1401, -1404, 99000010, -99000001, 9900000029, 9900000031, 9900000032,
    990000032, 1, -1, 17, -99000011, 123456789,
  ])('%i leaves the outcome open', (number) => {
    expect(effectOfCode('refund', qrCode(number), 200)).toBe('possible');
  });

  it('is refused only where the HTTP status agrees; asking for another token is no risk', () => {
    expect(effectOfCode('refund', qrCode(-990000020), 200)).toBe('none');
    expect(effectOfCode('refund', qrCode(-990000020), 400)).toBe('possible');
    expect(effectOfCode('createQr', qrCode(-990000020), 400)).toBe('none');
    expect(effectOfCode('refund', qrCode(-990000020), 502)).toBe('possible');
  });

  it('holds for every code: refused or open, nothing between', () => {
    const open = [...KNOWN].filter((number) => effectOfCode('refund', qrCode(number), 200) === 'possible');
    expect([...open, ...REFUSED].sort()).toEqual([...KNOWN].sort());
  });
});

describe('the table of methods', () => {
  it('says of reads that they do nothing, whatever goes wrong', () => {
    for (const [method, rule] of Object.entries(QR_METHOD_RULES) as Array<[QrMethod, { changes: boolean }]>) {
      expect(effectOfCode(method, qrCode(-999), 200)).toBe(rule.changes ? 'possible' : 'none');
    }
  });

  it('lets nobody repeat what moves money or shows on a phone', () => {
    const never = Object.entries(QR_METHOD_RULES).filter(([, rule]) => rule.repeat === 'never');
    expect(never.map(([method]) => method)).toEqual(['refund', 'createInvoice']);
  });
});
