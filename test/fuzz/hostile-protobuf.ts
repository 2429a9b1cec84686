import type { Dice } from './dice.ts';
import { hostileId, hostileText } from './hostile-values.ts';

const NUMBERS: readonly bigint[] = [
  0n,
  1n,
  2n,
  100n,
  150_000n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n + 1n,
  8_640_000_000_000_001n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  100_000_000_000_000n,
];

/** A varint; a negative number in ten bytes, as protobuf writes it. */
export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  do {
    const more = left > 127n;
    bytes.push(Number(left & 127n) | (more ? 128 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Buffer.from(bytes);
}

export function field(number: number, wireType: number, content: Buffer): Buffer {
  const length = wireType === 2 ? varint(BigInt(content.length)) : Buffer.alloc(0);
  return Buffer.concat([varint(BigInt((number << 3) | wireType)), length, content]);
}

/** A message that no schema of ours had in mind, built of whole fields: ids that exist, numbers at the edges, wrong wire types. */
export function hostileFields(dice: Dice, ids: readonly string[], depth = 0): Buffer {
  const parts = Array.from({ length: dice.below(8) }, () => {
    const number = dice.oneIn(30) ? dice.pick([0, 536_870_911, 1_000]) : 1 + dice.below(12);
    switch (dice.below(9)) {
      case 0:
      case 1:
        return field(number, 0, varint(dice.pick(NUMBERS)));
      case 2:
        return field(number, 2, Buffer.from(dice.pick(ids)));
      case 3:
        return field(number, 2, Buffer.from(hostileId(dice)));
      case 4:
        return field(number, 2, Buffer.from(hostileText(dice)));
      case 5:
        return field(number, 2, dice.bytes(dice.below(40)));
      case 6:
        return field(number, 1, dice.bytes(8));
      case 7:
        return depth > 3 ? Buffer.alloc(0) : field(number, 2, hostileFields(dice, ids, depth + 1));
      default:
        return field(number, dice.pick([3, 4, 5, 6, 7]), dice.bytes(dice.below(6)));
    }
  });
  return Buffer.concat(parts);
}

/** A good message with a wound: bytes flipped, cut, doubled, or unknown fields behind it. */
export function wound(dice: Dice, good: Buffer, ids: readonly string[]): Buffer {
  switch (dice.below(6)) {
    case 0:
      return good.subarray(0, dice.below(good.length + 1));
    case 1:
      return Buffer.concat([good, hostileFields(dice, ids)]);
    case 2:
      return Buffer.concat([good, good]);
    case 3:
      return Buffer.concat([good, dice.bytes(1 + dice.below(20))]);
    default: {
      const bytes = Buffer.from(good);
      for (let count = 1 + dice.below(4); count > 0 && bytes.length > 0; count--)
        bytes[dice.below(bytes.length)] = dice.below(256);
      return bytes;
    }
  }
}

/** A group that opens thousands of groups: a reader that follows it by recursion ends its stack. */
export function deepGroups(levels: number): Buffer {
  return Buffer.alloc(levels, 0x0b);
}
