/** Repeatable chance for one hostile message: the same seed and number always make the same message. */
export interface Dice {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** True once in `sides` throws on average. */
  oneIn(sides: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
  bytes(count: number): Buffer;
}

/** The dice of message `index` of a storm. */
export function createDice(seed: number, index: number): Dice {
  // Consecutive numbers are spread over all 32 bits before they begin a sequence (splitmix32, mulberry32).
  let state = spread((seed | 0) ^ spread(Math.imul(index + 1, 0x9e3779b9)));
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    oneIn: (sides) => below(sides) === 0,
    pick<Value>(values: readonly Value[]): Value {
      return values[below(values.length)] as Value;
    },
    bytes: (count) => Buffer.from(Uint8Array.from({ length: count }, () => next() & 0xff)),
  };
}

function spread(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
