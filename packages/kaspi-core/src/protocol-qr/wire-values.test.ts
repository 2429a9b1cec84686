import { Money } from '@tolem/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonNumber, parseJson } from '../json/lossless-json.ts';
import { readAmount, writeAmount } from './amounts.ts';
import { readDate } from './dates.ts';
import { readDeviceToken, tokenInJson, tokenInQuery } from './device-token.ts';
import { normalisePhone } from './phone.ts';
import { LISTED_PURCHASE_WORDS, purchaseMeaning, refundCodeMeaning } from './status-words.ts';

const number = (source: string) => readAmount(new JsonNumber(source))?.toString();

describe('an amount', () => {
  it.each([
    ['200.00', '200.00'],
    ['200', '200.00'],
    ['200.5', '200.50'],
    ['0.01', '0.01'],
    ['200.1000', '200.10'],
    ['999999999999999.99', '999999999999999.99'],
    ['0.09999999999999964', '0.10'],
    ['10.290000000000001', '10.29'],
    ['1.9999999999999998', '2.00'],
  ])('%s is %s ₸', (source, text) => {
    expect(number(source)).toBe(text);
  });

  it.each(['-1.00', '1e3', '200.005', '0.123456', '1.23456789012', '1234567890123456', 'NaN', '', '1,5', ' '])(
    '%s is none',
    (source) => {
      expect(number(source)).toBeUndefined();
    },
  );

  it('goes out as a JSON number with exactly two decimals, and comes back the same', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 500_000_000_00n }), (tiyn) => {
        const text = JSON.stringify({ Amount: writeAmount(Money.fromTiyn(tiyn)) });
        expect(text).toMatch(/^\{"Amount":\d+\.\d\d\}$/);
        const parsed = parseJson(text);
        expect(parsed).toEqual({ Amount: new JsonNumber(text.slice(10, -1)) });
        expect(readAmount(new JsonNumber(text.slice(10, -1)))?.tiyn).toBe(tiyn);
      }),
    );
  });

  it('survives every double of two decimals that a bank may compute', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500_000_000 }), fc.integer({ min: 0, max: 500_000_000 }), (a, b) => {
        const [more, less] = a > b ? [a, b] : [b, a];
        const difference = String(more / 100 - less / 100);
        if (!/^\d+(\.\d+)?$/.test(difference)) return;
        expect(number(difference)).toBe(Money.fromTiyn(BigInt(more - less)).toString());
      }),
    );
  });
});

describe('a date', () => {
  it.each([
    ['2020-01-16T10:30:00+06', Date.UTC(2020, 0, 16, 4, 30)],
    ['2021-11-3T11:55:14.166+06:00', Date.UTC(2021, 10, 3, 5, 55, 14, 166)],
    ['2021-12-08T11:35:48.1566667', Date.UTC(2021, 11, 8, 5, 35, 48, 156)],
    ['2020-08-09T18:31:42+06', Date.UTC(2020, 7, 9, 12, 31, 42)],
    ['2020-08-09T18:31:42Z', Date.UTC(2020, 7, 9, 18, 31, 42)],
    ['2024-02-29T22:59:59', Date.UTC(2024, 1, 29, 16, 59, 59)],
    ['2024-02-29T23:30:00', Date.UTC(2024, 1, 29, 17, 30)],
    ['2024-03-01T00:00:00', Date.UTC(2024, 1, 29, 19)],
    ['2025-06-01T12:00:00', Date.UTC(2025, 5, 1, 7)],
    ['2025-06-01 12:00', Date.UTC(2025, 5, 1, 7)],
    ['2025-06-01T12:00:00-03:30', Date.UTC(2025, 5, 1, 15, 30)],
  ])('%s', (text, moment) => {
    expect(readDate(text)).toBe(moment);
  });

  it.each([
    '',
    'tomorrow',
    '2025-02-30T00:00:00',
    '2025-13-01T00:00:00',
    '2025-01-01T24:00:00',
    '1999-01-01T00:00:00',
    '16.01.2020',
  ])('"%s" is none, and never an error', (text) => {
    expect(readDate(text)).toBeUndefined();
  });

  it('without an offset is UTC+6 before March 2024 and UTC+5 from then on, at every moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2040, 0, 1) }), (localMs) => {
        const text = new Date(localMs).toISOString().slice(0, -1);
        const hours = localMs < Date.UTC(2024, 2, 1) ? 6 : 5;
        expect(readDate(text)).toBe(localMs - hours * 3_600_000);
      }),
    );
  });

  it('of any text is a moment or nothing', () => {
    const dateLike = fc.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?([+-]\d\d(:\d\d)?|Z)?$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), dateLike), (text) => {
        const moment = readDate(text);
        expect(moment === undefined || Number.isSafeInteger(moment)).toBe(true);
      }),
    );
  });
});

describe('a phone number', () => {
  it.each(['87077777777', '+77077777777', '7077777777', '77077777777', '8 (707) 777-77-77'])('%s', (text) => {
    expect(normalisePhone(text)).toBe('87077777777');
  });

  it.each(['8707777777', '87277777777x', '', '+87077777777', '12345678901', '870777777777', '+7 (727) 250'])(
    '"%s" is refused before anything is sent',
    (text) => {
      expect(() => normalisePhone(text)).toThrowError(
        expect.objectContaining({ code: 'request_invalid', effect: 'none' }),
      );
    },
  );
});

describe('a device token', () => {
  it.each(['{"DeviceToken":"2be4cc91"}', '{"DeviceToken":9223372036854775807}', '{"devicetoken":"a\\"b"}'])(
    'goes back in the JSON type in which it came: %s',
    (answer) => {
      const token = readDeviceToken(parseJson(answer));
      expect(`{${answer.slice(1, answer.indexOf(':'))}:${JSON.stringify(tokenInJson(token))}}`).toBe(answer);
    },
  );

  it('is a bare value in a query', () => {
    expect([tokenInQuery('"2be4"'), tokenInQuery('321')]).toEqual(['2be4', '321']);
  });

  it.each(['2be4', '', '""', '{}', '"a","x":"b"', '1e5', '-1', 'null'])('%s is none', (token) => {
    expect(() => tokenInJson(token)).toThrowError(expect.objectContaining({ code: 'request_invalid', effect: 'none' }));
  });
});

describe('a status word', () => {
  it.each([
    ['QrTokenCreated', 'awaiting_scan'],
    ['Wait', 'awaiting_confirmation'],
    ['Processed', 'succeeded'],
    ['Error', 'failed'],
  ])('%s of annex 4 means %s', (word, meaning) => {
    expect(purchaseMeaning(word)).toBe(meaning);
  });

  it('that no list holds is unlisted: never failed, never succeeded', () => {
    fc.assert(
      fc.property(fc.string(), (word) => {
        if (!LISTED_PURCHASE_WORDS.includes(word)) expect(purchaseMeaning(word)).toBe('unlisted');
      }),
    );
    for (const word of ['processed', 'ERROR', 'Error ', 'constructor', '__proto__', 'Refunded']) {
      expect(purchaseMeaning(word)).toBe('unlisted');
    }
  });

  it('of a return knows annex 5 only, and "the customer is known" is not "money went back"', () => {
    expect(['QrTokenCreated', 'CustomerIdentityObtained', 'Error', 'Processed'].map(refundCodeMeaning)).toEqual([
      'awaiting_scan',
      'customer_known',
      'failed',
      'unlisted',
    ]);
  });
});
