import type { Dice } from './dice.ts';
import { hostileText } from './hostile-values.ts';
import type { HttpRequest, HttpWorld } from './http-request.ts';

/** One rule of the door broken, or headers that no honest program sends. */
export function hostileHeaders(dice: Dice, request: HttpRequest, world: HttpWorld): void {
  const { guards, host } = world;
  const set = (name: string, value: string) => {
    request.headers = request.headers.filter(([one]) => one.toLowerCase() !== name.toLowerCase());
    request.headers.push([name, value]);
  };
  switch (dice.below(9)) {
    case 0:
    case 1:
      set('Host', foreignHost(dice, host));
      request.must = guards.foreignHost;
      return;
    case 2:
    case 3: {
      const [name, value] = foreignSite(dice, host);
      set(name, value);
      request.must = guards.foreignSite;
      return;
    }
    case 4:
      wrongType(dice, request, guards.wrongType, set);
      return;
    case 5:
      set(...oddHeader(dice));
      return;
    case 6:
      request.method = dice.pick([
        'HEAD',
        'PUT',
        'DELETE',
        'PATCH',
        'OPTIONS',
        'TRACE',
        'PROPFIND',
        'get',
        'G\u0000T',
        'X'.repeat(300),
      ]);
      return;
    case 7:
      preflight(dice, request, set);
      return;
    default:
      set(
        'Idempotency-Key',
        dice.pick(['', 'short', 'x'.repeat(129), 'with a space in the key', '\xd0\xba'.repeat(20), 'a'.repeat(16)]),
      );
  }
}

/** Names and ports under which a page of another site could reach this address (DNS rebinding), and broken ones. */
function foreignHost(dice: Dice, host: string): string {
  const port = host.split(':').at(-1) ?? '80';
  return dice.pick([
    'evil.example',
    `evil.example:${port}`,
    `127.0.0.1.evil.example:${port}`,
    `localhost.evil.example:${port}`,
    `localhost.:${port}`,
    `127.0.0.1.:${port}`,
    `127.1:${port}`,
    `0.0.0.0:${port}`,
    `2130706433:${port}`,
    `0x7f.1:${port}`,
    `[::ffff:127.0.0.1]:${port}`,
    `[::]:${port}`,
    `[::1%25lo]:${port}`,
    `[0:0:0:0:0:0:0:2]:${port}`,
    '127.0.0.1:1',
    '127.0.0.1',
    '[::1]',
    `127.0.0.1:${port}@evil.example`,
    `evil.example#127.0.0.1:${port}`,
    `127.0.0.1:${port}, evil.example`,
    `127.0.0.1:${port}.evil.example`,
    `http://127.0.0.1:${port}`,
    `1ocalhost:${port}`,
    '',
    ' ',
    ':',
    'x'.repeat(3_000),
  ]);
}

function foreignSite(dice: Dice, host: string): [string, string] {
  return dice.pick<[string, string]>([
    ['Origin', 'https://evil.example'],
    ['Origin', 'null'],
    ['Origin', ''],
    ['Origin', 'file://'],
    ['Origin', `http://${host}.evil.example`],
    ['Origin', `http://${host}@evil.example`],
    ['Origin', `http://evil.example/http://${host}`],
    ['Origin', 'chrome-extension://abcdef'],
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-site'],
    ['Sec-Fetch-Site', 'nonsense'],
    ['Sec-Fetch-Site', 'none, cross-site'],
  ]);
}

function wrongType(
  dice: Dice,
  request: HttpRequest,
  must: readonly number[] | undefined,
  set: (name: string, value: string) => void,
): void {
  set(
    'Content-Type',
    dice.pick([
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      'application/json, text/plain',
      'text/plain; application/json',
      'application/xml',
      'json',
      ';',
      '\xff',
    ]),
  );
  if (request.method === 'POST' && (request.body?.length ?? 0) > 0) request.must = must;
}

function oddHeader(dice: Dice): [string, string] {
  return dice.pick<[string, string]>([
    ['X-Long', 'x'.repeat(dice.pick([8_000, 15_000, 17_000, 40_000]))],
    ['Cookie', `tolem_page=${'x'.repeat(dice.pick([200, 201, 8_000]))}`],
    ['Cookie', Array.from({ length: 500 }, (_, at) => `c${at}=${at}`).join('; ')],
    ['Cookie', '__proto__=1; constructor=2; tolem_page="'],
    ['X-Forwarded-For', '127.0.0.1, evil'],
    ['X-Forwarded-Host', 'evil.example'],
    ['X-HTTP-Method-Override', 'DELETE'],
    [
      'Last-Event-ID',
      hostileText(dice)
        .replace(/[\r\n\0]/g, ' ')
        .slice(0, 3_000)
        .replace(/[^\x20-\xff]/g, '?'),
    ],
    ['If-None-Match', '*'],
    ['Range', 'bytes=0-0,1-1,2-2,-1,99999999999999999999-'],
    ['Expect', '100-continue'],
    ['Expect', 'nonsense'],
    ['Accept-Encoding', 'gzip;q=nan'],
    ['Connection', 'Upgrade, keep-alive'],
    ['__proto__', 'x'],
    ['constructor', 'x'],
  ]);
}

/** What browsers send before or instead of a request: CORS preflights, websockets, forms. */
function preflight(dice: Dice, request: HttpRequest, set: (name: string, value: string) => void): void {
  if (dice.oneIn(2)) {
    request.method = 'OPTIONS';
    set('Origin', 'https://evil.example');
    set('Access-Control-Request-Method', 'POST');
    set('Access-Control-Request-Headers', 'authorization, content-type');
    set('Access-Control-Request-Private-Network', 'true');
    return;
  }
  request.method = 'GET';
  request.body = undefined;
  set('Connection', 'Upgrade');
  set('Upgrade', dice.pick(['websocket', 'h2c', 'TLS/1.3', '\u0001']));
  set('Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==');
  set('Sec-WebSocket-Version', '13');
}
