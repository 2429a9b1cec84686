import type { Dice } from './dice.ts';
import { hostileJson, hostileText, nested } from './hostile-values.ts';

/** A file that was good once: cut, with bytes flipped, doubled, in another encoding, or replaced by nonsense. */
export function damaged(dice: Dice, good: Buffer): Buffer {
  switch (dice.below(9)) {
    case 0:
      return good.subarray(0, dice.below(good.length + 1));
    case 1:
    case 2:
    case 3: {
      const bytes = Buffer.from(good);
      for (let count = 1 + dice.below(4); count > 0 && bytes.length > 0; count--)
        bytes[dice.below(bytes.length)] = dice.below(256);
      return bytes;
    }
    case 4:
      return Buffer.concat([good, dice.oneIn(2) ? good : dice.bytes(dice.below(50))]);
    case 5: {
      const [from, to] = [dice.below(good.length + 1), dice.below(good.length + 1)].sort((a, b) => a - b);
      return Buffer.concat([good.subarray(0, from), good.subarray(to)]);
    }
    case 6:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), good]);
    case 7:
      return Buffer.from(good.toString('utf8').slice(0, 400), 'utf16le');
    default:
      return dice.bytes(dice.below(200));
  }
}

/** One JSON document with one value replaced, a key added or taken away. */
export function spoiledJson(dice: Dice, document: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(document).map(([name, value]): [string, string] => [name, JSON.stringify(value)]);
  const at = dice.below(entries.length);
  const [name = ''] = entries[at] ?? [];
  switch (dice.below(6)) {
    case 0:
      return `{${entries
        .filter(([one]) => one !== name)
        .map(pair)
        .join(',')}}`;
    case 1:
      return `{${[...entries, [dice.pick(['__proto__', 'constructor', 'extra', name]), hostileJson(dice)] as [string, string]].map(pair).join(',')}}`;
    case 2:
      return nested(dice, dice.pick([10, 100, dice.oneIn(100) ? 10_000 : 300]));
    case 3:
      return hostileJson(dice);
    default:
      return `{${entries.map(([one, value]) => pair([one, one === name ? hostileJson(dice) : value])).join(',')}}`;
  }
}

function pair([name, value]: readonly [string, string]): string {
  return `${JSON.stringify(name)}:${value}`;
}

/** Lines of YAML that are hard to swallow: bombs of aliases, tags, wrong types, endless nesting, doubled keys. */
export function hostileYaml(dice: Dice, keys: readonly string[]): string {
  const key = dice.pick(keys);
  const [head = '', ...rest] = key.split('.');
  const set = (value: string) =>
    rest.length === 0 ? `${head}: ${value}` : `${head}: { ${rest.join(': { ')}: ${value} ${'}'.repeat(rest.length)}`;
  switch (dice.below(12)) {
    case 0:
      return BOMB;
    case 1:
      return `a: &a [*a]\n${set('*a')}`;
    case 2:
      return set(
        dice.pick([
          '!!js/function "x"',
          '!!python/object/apply:os.system ["id"]',
          '!!binary "////"',
          '!!map x',
          '!!int x',
          '*unknown',
          '&a',
        ]),
      );
    case 3:
      return `${'['.repeat(dice.pick([20, 60, dice.oneIn(200) ? 5_000 : 100]))}`;
    case 4:
      return `${set('1')}\n${set('2')}`;
    case 5:
      return set(JSON.stringify(hostileText(dice)));
    case 6:
      return `${dice.pick(['__proto__', 'constructor', 'surprise', '? complex', '"\\u0000"', '<<'])}: ${hostileJson(dice)}`;
    case 7:
      return dice.pick([
        '- a\n- b',
        '42',
        'null',
        '"text"',
        '---\na: 1\n---\nb: 2',
        '%YAML 9.9\n---\n',
        '\t- x',
        '',
        '#',
        '\u0000',
        '...',
      ]);
    case 8:
      return set(
        dice.pick([
          '.inf',
          '-.inf',
          '.nan',
          '0x7fffffffffffffff',
          '1e999',
          '0o17',
          'yes',
          '~',
          '2001-01-01',
          '1_000',
          '99999999999999999999',
        ]),
      );
    case 9:
      return set(
        dice.pick([
          '"0.0.0.0:99999"',
          '"[::1]"',
          '":0"',
          '"host:"',
          '"127.0.0.1:8088/x"',
          '"http://x"',
          '"127.0.0.1:-1"',
          '"localhost:1e3"',
        ]),
      );
    case 10:
      return dice.bytes(dice.below(60)).toString('latin1');
    default:
      return set(hostileJson(dice));
  }
}

const BOMB = [
  'a: &a ["x","x","x","x","x","x","x","x","x"]',
  ...['b', 'c', 'd', 'e', 'f', 'g', 'h'].map(
    (name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[at]}`).join(',')}]`,
  ),
].join('\n');
