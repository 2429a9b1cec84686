import type { Dice } from './dice.ts';
import { AMOUNTS, hostileJson, hostileText, nested } from './hostile-values.ts';

type Members = Readonly<Record<string, string>>;

/** A body that the route takes; its optional members come and go. */
export function bodyOf(dice: Dice, members: Members | undefined): Buffer | undefined {
  if (members === undefined) return undefined;
  const kept = Object.entries(members).filter(([name]) => !name.endsWith('?') || dice.oneIn(3));
  return text(kept.map(([name, value]) => [name.replace('?', ''), value]));
}

/** The same with something wrong, or nothing of the kind at all. */
export function hostileBody(dice: Dice, members: Members = {}): Buffer {
  const entries = Object.entries(members).map(([name, value]): [string, string] => [name.replace('?', ''), value]);
  const at = dice.below(Math.max(1, entries.length));
  const name = entries[at]?.[0] ?? 'amount';
  switch (dice.below(12)) {
    case 0:
    case 1:
    case 2:
      return text(entries.map(([one, value]) => [one, one === name ? hostileJson(dice) : value]));
    case 3:
      return text(entries.map(([one, value]) => [one, one === 'amount' ? JSON.stringify(dice.pick(AMOUNTS)) : value]));
    case 4:
      return text([...entries, [name, hostileJson(dice)]]);
    case 5:
      return text(entries.filter(([one]) => one !== name));
    case 6:
      return text([
        ...entries,
        [dice.pick(['__proto__', 'constructor', 'prototype', 'AMOUNT', ' amount', 'а']), hostileJson(dice)],
      ]);
    case 7:
      return Buffer.from(hostileJson(dice));
    case 8:
      return Buffer.from(nested(dice, dice.pick([7, 100, 1_000, 7_000, 10_000])));
    case 9:
      return huge(dice, name);
    case 10:
      return broken(dice, text(entries));
    default:
      return text(entries.map(([one, value]) => [one, dice.oneIn(2) ? JSON.stringify(hostileText(dice)) : value]));
  }
}

function text(entries: ReadonlyArray<readonly [string, string]>): Buffer {
  return Buffer.from(`{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`);
}

/** Around the doors' limits (16 KB, 64 KB) and far beyond; few are very large, for the sake of the time they take. */
function huge(dice: Dice, name: string): Buffer {
  const length = dice.oneIn(20) ? 1_000_000 : dice.pick([15_000, 16_384, 17_000, 65_536, 66_000]);
  return dice.oneIn(2) ? Buffer.from(`{"${name}":"${'x'.repeat(length)}"}`) : Buffer.alloc(length, 0x20);
}

/** Bytes that are no UTF-8, cut short, with NUL, with a byte order mark, or in another encoding. */
function broken(dice: Dice, good: Buffer): Buffer {
  switch (dice.below(7)) {
    case 0:
      return good.subarray(0, dice.below(good.length + 1));
    case 1: {
      const bytes = Buffer.from(good);
      if (bytes.length > 0) bytes[dice.below(bytes.length)] = dice.below(256);
      return bytes;
    }
    case 2:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), good]);
    case 3:
      return Buffer.from(good.toString('utf8'), 'utf16le');
    case 4:
      return Buffer.concat([good, dice.bytes(dice.below(40))]);
    case 5:
      return Buffer.concat([good.subarray(0, -1), Buffer.from(',"a":"\xff\xfe\x00"}', 'latin1')]);
    default:
      return dice.bytes(dice.below(200));
  }
}
