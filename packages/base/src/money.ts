/**
 * An amount of Kazakhstan tenge, held as whole tiyn (1 ₸ = 100 tiyn) in a `bigint`.
 * Doubles and whole tenge exist only where bytes are read or written.
 */
import { BaseError } from './base-error.ts';

const DECIMAL = /^(\d{1,15})(?:\.(\d{1,2}))?$/;

export class Money {
  static readonly zero = new Money(0n);
  readonly tiyn: bigint;

  private constructor(tiyn: bigint) {
    this.tiyn = tiyn;
  }

  static fromTiyn(tiyn: bigint): Money {
    return new Money(tiyn);
  }

  static fromTenge(tenge: number | bigint): Money {
    if (typeof tenge === 'number' && !Number.isSafeInteger(tenge)) {
      throw new BaseError('money_invalid', `not a whole number of tenge: ${tenge}`);
    }
    return new Money(BigInt(tenge) * 100n);
  }

  /** Reads a decimal string in tenge with at most two decimals, such as `"1500.00"`. Throws `money_invalid`. */
  static parse(text: string): Money {
    const match = DECIMAL.exec(text);
    if (!match)
      throw new BaseError(
        'money_invalid',
        `not an amount in tenge such as "1500.00": ${JSON.stringify(text.slice(0, 40))}`,
      );
    const [, whole = '0', decimals = ''] = match;
    return new Money(BigInt(whole) * 100n + BigInt(decimals.padEnd(2, '0')));
  }

  /** Decimal string in tenge with exactly two decimals; `Money.parse` reads it back for amounts of zero and above. */
  toString(): string {
    const sign = this.tiyn < 0n ? '-' : '';
    const digits = (this.tiyn < 0n ? -this.tiyn : this.tiyn).toString().padStart(3, '0');
    return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
  }

  toJSON(): string {
    return this.toString();
  }

  get isWholeTenge(): boolean {
    return this.tiyn % 100n === 0n;
  }

  get isPositive(): boolean {
    return this.tiyn > 0n;
  }

  get isZero(): boolean {
    return this.tiyn === 0n;
  }

  plus(other: Money): Money {
    return Money.fromTiyn(this.tiyn + other.tiyn);
  }

  minus(other: Money): Money {
    return Money.fromTiyn(this.tiyn - other.tiyn);
  }

  /** Negative when smaller than `other`, zero when equal, positive when larger. */
  compare(other: Money): -1 | 0 | 1 {
    if (this.tiyn === other.tiyn) return 0;
    return this.tiyn < other.tiyn ? -1 : 1;
  }

  equals(other: Money): boolean {
    return this.tiyn === other.tiyn;
  }

  static sum(amounts: Iterable<Money>): Money {
    let total = 0n;
    for (const amount of amounts) total += amount.tiyn;
    return Money.fromTiyn(total);
  }
}
