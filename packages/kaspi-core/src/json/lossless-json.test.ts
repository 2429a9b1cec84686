import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KaspiError } from '../kaspi-error.ts';
import { JSON_DEPTH_LIMIT, JsonNumber, parseJson, rawNumber, writeJson } from './lossless-json.ts';
import { member, readId, readInteger } from './read-json.ts';

describe('lossless JSON', () => {
  it('keeps every digit of a number in both directions', () => {
    expect(parseJson('{"Id":9223372036854775807,"Amount":200.00}')).toEqual({
      Id: new JsonNumber('9223372036854775807'),
      Amount: new JsonNumber('200.00'),
    });
    expect(writeJson({ Id: rawNumber('9223372036854775807'), Amount: rawNumber('200.00') })).toBe(
      '{"Id":9223372036854775807,"Amount":200.00}',
    );
  });

  it('refuses to write what is no number', () => {
    for (const text of ['1,2', '01', '1e5', '', '1}', 'NaN', '--1']) {
      expect(() => rawNumber(text)).toThrowError(expect.objectContaining({ code: 'request_invalid' }));
    }
  });

  it('reads any JSON as JSON.parse does, numbers aside', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        const plain: unknown = JSON.parse(
          JSON.stringify(parseJson(text), (_key, one: unknown) =>
            one instanceof JsonNumber ? Number(one.source) : one,
          ),
        );
        expect(plain).toEqual(JSON.parse(text));
      }),
    );
  });

  it('takes any bytes without another error than answer_unreadable', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          parseJson(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(KaspiError);
          expect(error).toMatchObject({ code: 'answer_unreadable', effect: 'possible' });
        }
      }),
    );
  });

  it('limits depth, counting brackets outside strings only', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(() => parseJson(nested(JSON_DEPTH_LIMIT))).not.toThrow();
    expect(() => parseJson(nested(JSON_DEPTH_LIMIT + 1))).toThrowError(/nested/);
    expect(() => parseJson(nested(200_000))).toThrowError(/nested/);
    expect(parseJson(JSON.stringify(`\\"${'['.repeat(100)}`))).toBe(`\\"${'['.repeat(100)}`);
  });

  it('refuses bytes that are no UTF-8, skips a byte order mark, and does not quote the answer in its error', () => {
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrowError(/not JSON/);
    expect(parseJson(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31))).toEqual(new JsonNumber('1'));
    expect(() => parseJson('{"token":"canary"')).not.toThrowError(/canary/);
  });
});

describe('reading members', () => {
  it('finds keys without regard to case, the exact spelling first, and never what an object inherits', () => {
    const value = parseJson('{"message":"a","Message":"b","__proto__":"c"}');
    expect([member(value, 'Message'), member(value, 'MESSAGE'), member(value, 'toString')]).toEqual([
      'b',
      'a',
      undefined,
    ]);
    expect(member(parseJson('[]'), 'length')).toBeUndefined();
  });

  it('takes ids from numbers and strings within int64, and nothing else', () => {
    const id = (text: string) => readId(parseJson(text));
    expect([id('9223372036854775807'), id('"15"'), id('"007"')]).toEqual(['9223372036854775807', '15', '7']);
    expect(['9223372036854775808', '0', '-1', '1.5', '1e3', 'null', '"x"', '[]'].map(id)).toEqual(
      Array(8).fill(undefined),
    );
  });

  it('takes status codes as the document misprints them', () => {
    const code = (text: string) => readInteger(parseJson(text));
    expect([code('-999'), code('"- 1601"'), code('9900000018'), code('0'), code('-0'), code('0.0')]).toEqual([
      -999, -1601, 9900000018, 0, 0, 0,
    ]);
    expect(['1.5', '"a"', '1e3', 'null', 'true', '""'].map(code)).toEqual(Array(6).fill(undefined));
  });
});
