import { expect, it } from 'vitest';
import { signatureOf } from './signature.ts';
import { parseSecrets } from './webhook-secrets.ts';

const FIRST = 'tolem-example-secret-0123456789abcdef';
const SECOND = 'tolem-example-secret-fedcba9876543210';
const BODY =
  '{"id":"018f0000-0000-7000-8000-000000000001","type":"webhook.test","at":"2026-01-15T06:00:00.000Z","note":"чек"}';
/** As `printf '%s' "1768456800.$BODY" | openssl dgst -sha256 -hmac "$SECRET"` gives them; docs/webhooks.md shows the first. */
const OF_FIRST = '21496ba2be7c41fcb92948bddfe088e95a0a950f5ba9849a7124547649799e48';
const OF_SECOND = '955b9935a68207421e396ce331430e98d164e6862e5956c1318d6775465972a8';

it('signs the moment and the body, with every valid secret', () => {
  expect(signatureOf(BODY, 1_768_456_800, [FIRST])).toBe(`t=1768456800,v1=${OF_FIRST}`);
  expect(signatureOf(BODY, 1_768_456_800, [SECOND, FIRST])).toBe(`t=1768456800,v1=${OF_SECOND},v1=${OF_FIRST}`);
});

it('signs another moment, body or secret otherwise', () => {
  const others = [
    signatureOf(BODY, 1_768_456_801, [FIRST]),
    signatureOf(`${BODY} `, 1_768_456_800, [FIRST]),
    signatureOf(BODY, 1_768_456_800, [SECOND]),
  ];
  for (const other of others) expect(other).not.toContain(OF_FIRST);
});

it('takes one secret or two from a file, the newest first, and refuses what can be guessed', () => {
  expect(parseSecrets(`# since March\n${SECOND}\r\n\n${FIRST}\n`)).toEqual([SECOND, FIRST]);
  for (const text of ['', '# nothing', 'short', `${FIRST}\n${SECOND}\n${FIRST}x`, 'x'.repeat(31)]) {
    expect(() => parseSecrets(text)).toThrow(/webhook is not usable/);
  }
});
