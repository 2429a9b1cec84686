import type { Dice } from './dice.ts';

/** Amounts that a till's program, a bug or an attacker might send where a decimal string in tenge is wanted. */
export const AMOUNTS: readonly string[] = [
  '0',
  '0.00',
  '-0',
  '-1',
  '-1500.00',
  '0.01',
  '0.99',
  '1.005',
  '1500.001',
  '5000000.00',
  '5000000.01',
  '1000000000000',
  '999999999999.99',
  '99999999999999999999999999',
  '1e3',
  '1e400',
  'NaN',
  'Infinity',
  '0x10',
  '1_000',
  '1 500',
  '1\u00a0500',
  '1,5',
  '١٥٠٠',
  '１５００',
  '+5',
  ' 5',
  '5 ',
  '5\n',
  '5\u0000',
  '00005',
  '.5',
  '5.',
  '',
  '100.50',
  '1500.00',
];

const TEXTS: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udfff',
  '\ufeff',
  '\u202e',
  '\u2028',
  '\r\nSet-Cookie: a=b',
  '<script>alert(1)</script>',
  "'; drop table payment; --",
  '$(id)',
  '{{7*7}}',
  '%00',
  '%n%s%x',
  '../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'true',
  '[object Object]',
  'Қазақ ₸ текст',
  '👨‍👩‍👧‍👦',
  'é́́́́',
];

/** Text that is hard to swallow: empty, too long, no characters at all, words of other languages' syntax. */
export function hostileText(dice: Dice): string {
  switch (dice.below(6)) {
    case 0:
      return dice.pick(AMOUNTS);
    case 1:
      return 'x'.repeat(dice.pick([63, 64, 65, 100, 127, 128, 200, 201, 500, 501, 2_000]));
    case 2:
      return dice.bytes(dice.below(24)).toString('latin1');
    case 3:
      return String.fromCharCode(...dice.bytes(dice.below(16)).map((byte) => byte)) + dice.pick(TEXTS);
    default:
      return dice.pick(TEXTS);
  }
}

/** Numbers as JSON text, also those that JSON does not have. */
const NUMBERS: readonly string[] = [
  '0',
  '-0',
  '-1',
  '1.005',
  '1500',
  '1e12',
  '1000000000000',
  '1e400',
  '-1e400',
  '9007199254740993',
  '9223372036854775808',
  '1e-400',
  '0.1e1',
  'NaN',
  'Infinity',
  '-Infinity',
  '01',
  '+1',
  '0x1F',
  '.5',
  '5.',
];

/** A piece of JSON text in the place of a value: another type, too deep, too large, or no JSON at all. */
export function hostileJson(dice: Dice): string {
  switch (dice.below(10)) {
    case 0:
    case 1:
      return dice.pick(NUMBERS);
    case 2:
    case 3:
    case 4:
      return JSON.stringify(hostileText(dice));
    case 5:
      return dice.pick([
        'null',
        'true',
        'false',
        '[]',
        '{}',
        '[[]]',
        '[null]',
        '{"a":1}',
        '""',
        'undefined',
        "'a'",
        '',
      ]);
    case 6:
      return dice.pick([
        '{"__proto__":{"isAdmin":true}}',
        '{"constructor":{"prototype":{"amount":"1.00"}}}',
        '{"toJSON":1}',
        '{"then":1}',
        '{"length":1e9}',
      ]);
    case 7:
      return nested(dice, dice.pick([5, 7, 33, 65, 500]));
    case 8:
      return `"${dice.pick(['\\ud800', '\\u0000', '\\x41', '\\', '\n', '\\u12', '\\ud83d\\ud83d'])}"`;
    default:
      return `[${Array.from({ length: dice.below(5) }, () => dice.pick(NUMBERS)).join(',')}]`;
  }
}

export function nested(dice: Dice, levels: number): string {
  const open = dice.pick(['[', '{"a":']);
  const close = open === '[' ? ']' : '}';
  return open.repeat(levels) + (open === '[' ? '' : '1') + (dice.oneIn(4) ? '' : close.repeat(levels));
}

/** Ids that look like ours and are not, or are no ids at all. */
export function hostileId(dice: Dice): string {
  switch (dice.below(5)) {
    case 0:
      return dice.pick([
        '0',
        '-1',
        '1e9',
        'null',
        'undefined',
        '*',
        '.',
        '..',
        '%2e%2e',
        '%00',
        '%',
        "'",
        '"',
        '(',
        'a b',
      ]);
    case 1: {
      const hex = dice.bytes(16).toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
    }
    case 2:
      return '00000000-0000-0000-0000-000000000000';
    case 3:
      return '9'.repeat(dice.pick([13, 19, 20, 99, 119, 121, 300]));
    default:
      return hostileText(dice);
  }
}
