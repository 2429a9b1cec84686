import type { Dice } from './dice.ts';
import { AMOUNTS, hostileId, hostileText } from './hostile-values.ts';
import type { HttpWorld } from './http-request.ts';

/** The route's address with ids that exist. */
export function targetOf(dice: Dice, path: string, { ids, query }: HttpWorld): string {
  const filled = fill(path, () => dice.pick(ids));
  if (query) return filled + query(dice);
  return filled + (dice.oneIn(8) ? goodQuery(dice) : '');
}

function fill(path: string, value: () => string): string {
  return path.replace(/\{[^}]+\}|:\w+|\*/g, () => encodeURIComponent(wellFormed(value())));
}

function wellFormed(text: string): string {
  return text.toWellFormed();
}

function goodQuery(dice: Dice): string {
  return dice.pick(['?limit=5', '?wait=0', '?status=paid', '?phone=%2B77011234567', '?orderId=1', '?open=true']);
}

const QUERY_NAMES: readonly string[] = [
  'limit',
  'wait',
  'after',
  'status',
  'cursor',
  'orderId',
  'agentId',
  'method',
  'text',
  'from',
  'until',
  'phone',
  'open',
  'paymentId',
  'amount',
  'processId',
  'transactionId',
  'owncheque',
  'key',
  '__proto__',
  'constructor',
  'toString',
  'a[b]',
];

/** A query of hostile values, doubled names and broken escapes. */
export function hostileQuery(dice: Dice): string {
  const one = (): string => {
    const value = dice.oneIn(3) ? dice.pick(AMOUNTS) : hostileText(dice);
    const raw = dice.oneIn(6) ? dice.pick(['%', '%zz', '%00', '%ff%fe', '%u0041', '&&&', '=', '[]=1']) : '';
    return `${dice.pick(QUERY_NAMES)}=${encodeURIComponent(wellFormed(value)).slice(0, 3_000)}${raw}`;
  };
  return `?${Array.from({ length: 1 + dice.below(4) }, one).join('&')}`;
}

/** An address that is not quite the route's, or tries to leave the door's own folder. */
export function hostileTarget(dice: Dice, path: string, world: HttpWorld): string {
  const plain = targetOf(dice, path, world).split('?')[0] ?? '/';
  switch (dice.below(10)) {
    case 0:
    case 1:
      return fill(path, () => hostileId(dice));
    case 2:
    case 3:
      return plain + hostileQuery(dice);
    case 4:
      return dice.pick(['/pages', '/v1', '', '/api/v1', '/status']) + dice.pick(TRAVERSALS);
    case 5:
      return (
        plain + dice.pick(['/', '//', '/.', '/..', ';a=b', '%2f', '%00', '.json', '/%2e%2e/', '\\', '#x', '?', '??'])
      );
    case 6:
      return (
        dice.pick(['//evil.example', 'http://evil.example', `http://${world.host}`, 'https://127.0.0.1:1']) + plain
      );
    case 7:
      return dice.pick([
        '*',
        '/',
        '//',
        '/%',
        '/%zz',
        '/%c0%ae%c0%ae',
        '/\xff',
        '?',
        '.',
        `/${'a'.repeat(3_000)}`,
        `/${'a/'.repeat(800)}`,
      ]);
    case 8:
      return plain.toUpperCase();
    default:
      return plain.replace(/[a-z]/g, (letter) => (dice.oneIn(5) ? `%${letter.charCodeAt(0).toString(16)}` : letter));
  }
}

const TRAVERSALS: readonly string[] = [
  '/../../../../etc/passwd',
  '/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
  '/..%2f..%2f..%2fetc%2fpasswd',
  '/..%5c..%5cwindows%5cwin.ini',
  '/%252e%252e%252fetc%252fpasswd',
  '/....//....//etc/passwd',
  '/.%00./etc/passwd',
  '/%c0%ae%c0%ae/etc/passwd',
  '/../local-token',
  '/..%2fhttp-token',
  '/.git/config',
  '/text/../../local-api/doors.ts',
  '/biome.json',
];
