import type { Dice } from './dice.ts';
import { type HttpRequest, write } from './http-request.ts';

/** Requests that two readers could read differently (smuggling), that never end, or that are no HTTP. */
export function breakFraming(dice: Dice, request: HttpRequest, good: Buffer): { bytes: Buffer } {
  const [, host = ''] = request.headers.find(([name]) => name === 'Host') ?? [];
  const second = `GET /v1/smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const reframed = (headers: Array<[string, string]>, body: string) => ({
    bytes: write({
      ...request,
      method: 'POST',
      headers: [...request.headers, ...headers],
      body: Buffer.from(body, 'latin1'),
    }),
  });
  switch (dice.below(14)) {
    case 0:
      return reframed(
        [
          ['Content-Length', '5'],
          ['Transfer-Encoding', 'chunked'],
        ],
        `0\r\n\r\n${second}`,
      );
    case 1:
      return reframed(
        [
          ['Transfer-Encoding', 'chunked'],
          ['Content-Length', '4'],
        ],
        `5c\r\n${second}\r\n0\r\n\r\n`,
      );
    case 2:
      return reframed(
        [
          ['Content-Length', '2'],
          ['Content-Length', '40'],
        ],
        `{}${second}`,
      );
    case 3:
      return reframed(
        [['Content-Length', dice.pick(['-1', '+2', '0x2', '2,2', '2 2', '', '99999999999999999999', '1e1'])]],
        `{}${second}`,
      );
    case 4:
      return reframed(
        [
          [
            'Transfer-Encoding',
            dice.pick(['xchunked', 'chunked, identity', 'identity', ' chunked', 'chunked\u000b', 'gzip, chunked']),
          ],
        ],
        `2\r\n{}\r\n0\r\n\r\n${second}`,
      );
    case 5:
      return reframed(
        [['Transfer-Encoding', 'chunked']],
        dice.pick([
          'ffffffffffffffff\r\n{}',
          '2\n{}\n0\n\n',
          '2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n',
          'zz\r\n',
          '2\r\n{}',
          `2;${'x'.repeat(20_000)}\r\n{}`,
          '-2\r\n{}\r\n',
        ]),
      );
    case 6:
      return { bytes: good.subarray(0, dice.below(good.length)) };
    case 7:
      return { bytes: flip(dice, good) };
    case 8:
      return { bytes: Buffer.concat([good, Buffer.from(second, 'latin1')]) };
    case 9:
      return {
        bytes: Buffer.from(
          good.toString('latin1').replaceAll('\r\n', dice.pick(['\n', '\r', '\n\r', '\r\r\n'])),
          'latin1',
        ),
      };
    case 10:
      return {
        bytes: Buffer.from(
          good
            .toString('latin1')
            .replace('HTTP/1.1', dice.pick(['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.1\u0000', 'HTTQ/1.1', ''])),
          'latin1',
        ),
      };
    case 11:
      return {
        bytes: Buffer.from(
          good
            .toString('latin1')
            .replace(/^Host:/m, dice.pick(['Host :', ' Host:', 'Host\u0000:', `Host: evil.example\r\nHost:`])),
          'latin1',
        ),
      };
    case 12:
      return {
        bytes: Buffer.from(
          `GET / HTTP/1.1\r\n${Array.from({ length: dice.pick([50, 2_500]) }, (_, at) => `X-${at}: y\r\n`).join('')}Host: ${host}\r\n\r\n`,
        ),
      };
    default:
      return {
        bytes: dice.pick([
          dice.bytes(dice.below(300)),
          Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
          Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1'),
          Buffer.from('SSH-2.0-x\r\n'),
          Buffer.from('\r\n'.repeat(50)),
        ]),
      };
  }
}

function flip(dice: Dice, good: Buffer): Buffer {
  const bytes = Buffer.from(good);
  for (let count = 1 + dice.below(3); count > 0; count--) bytes[dice.below(bytes.length)] = dice.below(256);
  return bytes;
}
