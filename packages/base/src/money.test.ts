import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Money } from './money.ts';

const tiyn = fc.bigInt({ min: 0n, max: 10n ** 17n - 1n });

describe('money', () => {
  it.each([
    ['1500', 150_000n],
    ['1500.5', 150_050n],
    ['1500.50', 150_050n],
    ['0.01', 1n],
    ['007', 700n],
  ])('"%s" is %i tiyn', (text, expected) => {
    expect(Money.parse(text).tiyn).toBe(expected);
  });

  it.each(['', '1,5', '1.555', '-1', '+1', '1e3', ' 1', '1 ', '1\n', '.5', '1.', '٣', '1234567890123456', 'NaN'])(
    '"%s" is refused',
    (text) => {
      expect(() => Money.parse(text)).toThrowError(expect.objectContaining({ code: 'money_invalid' }));
    },
  );

  it('is read back from what it writes', () => {
    fc.assert(
      fc.property(tiyn, (amount) => {
        const text = Money.fromTiyn(amount).toString();
        expect(text).toMatch(/^\d+\.\d\d$/);
        expect(Money.parse(text).tiyn).toBe(amount);
      }),
    );
  });

  it('adds and subtracts exactly, and compares as integers do', () => {
    fc.assert(
      fc.property(tiyn, tiyn, (a, b) => {
        const [first, second] = [Money.fromTiyn(a), Money.fromTiyn(b)];
        expect(first.plus(second).minus(second).equals(first)).toBe(true);
        expect(first.compare(second)).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(Money.sum([first, second]).tiyn).toBe(a + b);
      }),
    );
  });

  it('writes what is below zero with its sign, for differences', () => {
    expect([Money.fromTiyn(-5n).toString(), Money.fromTiyn(-150_000n).toString()]).toEqual(['-0.05', '-1500.00']);
  });

  it('takes whole tenge only as whole numbers', () => {
    expect(Money.fromTenge(1500).toString()).toBe('1500.00');
    expect(Money.fromTenge(10n ** 20n).tiyn).toBe(10n ** 22n);
    for (const tenge of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => Money.fromTenge(tenge)).toThrowError(/whole number/);
    }
  });

  it('tells zero, positive and whole apart', () => {
    const facts = [Money.zero, Money.fromTiyn(50n), Money.fromTiyn(-100n)].map((one) => [
      one.isZero,
      one.isPositive,
      one.isWholeTenge,
    ]);
    expect(facts).toEqual([
      [true, false, true],
      [false, true, false],
      [false, false, true],
    ]);
  });

  it('goes into JSON as a decimal string', () => {
    expect(JSON.stringify({ amount: Money.parse('1500.5') })).toBe('{"amount":"1500.50"}');
  });
});
