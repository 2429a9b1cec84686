import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BaseError } from './base-error.ts';
import { createLog, createSilentLog, type LogLevel } from './log.ts';
import { Money } from './money.ts';
import { isSecretName, redact } from './redaction.ts';

const CANARY = 'canary-8d1f';

function recording(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const log = createLog({ name: 'test', level, destination: { write: (line) => void lines.push(line) } });
  return { log, lines, records: () => lines.map((line): unknown => JSON.parse(line)) };
}

const SECRETS = [
  'token',
  'deviceToken',
  'DeviceToken',
  'device_token',
  'accesstoken',
  'refreshToken',
  'qrToken',
  'QrToken',
  'localToken',
  'passphrase',
  'password',
  'clientSecret',
  'Authorization',
  'cookie',
  'Set-Cookie',
  'Api-Key',
  'X-Api-Key',
  'apiKey',
  'privateKeyPem',
  'key',
  'pfx',
  'pin',
  'phone',
  'PhoneNumber',
  'ClientName',
  'payerName',
  'payer_name',
];

describe('the log', () => {
  it.each(SECRETS)('never shows "%s", wherever it stands', (name) => {
    const { log, lines } = recording();
    const secret = { [name]: CANARY };
    log.info(secret, 'flat');
    log.info({ request: secret }, 'inside');
    log.info({ a: { b: { c: { d: [secret] } } } }, 'deep, in a list');
    log.info({ error: new BaseError('aborted', 'x', { ids: secret }) }, 'in the ids of an error');
    log.info({ error: new Error('x', { cause: new BaseError('aborted', 'y', { ids: secret }) }) }, 'in a cause');
    log.child(secret).info({}, 'bound');
    log.child({ peer: secret }).child({ a: 1 }).warn({}, 'bound inside');
    expect(lines).toHaveLength(7);
    expect(lines.join('')).not.toContain(CANARY);
  });

  it('shows what is no secret', () => {
    const names = ['paymentId', 'path', 'status', 'tokens_count', 'keyboard', 'spin', 'phoneModel', 'code'];
    expect(names.filter(isSecretName)).toEqual([]);
    const { log, records } = recording();
    const when = Money.fromTenge(5);
    log.info({ paymentId: 'p1', amount: when, rows: 12n, list: [1, { ok: true }], nothing: null }, 'done');
    expect(records()[0]).toMatchObject({
      level: 'info',
      name: 'test',
      msg: 'done',
      paymentId: 'p1',
      amount: '5.00',
      rows: '12',
      list: [1, { ok: true }],
      nothing: null,
    });
  });

  it('writes an operating error with its code, ids and causes but no stack, and a bug with its stack', () => {
    const { log, records } = recording();
    log.warn({ error: new BaseError('aborted', 'stopped', { ids: { a: 1 }, cause: new Error('why') }) }, 'operating');
    const [record] = records();
    expect(record).toMatchObject({
      error: { name: 'BaseError', code: 'aborted', ids: { a: 1 }, cause: { message: 'why' } },
    });
    expect(record).not.toHaveProperty('error.stack');
    expect(record).toHaveProperty('error.cause.stack');
  });

  it('takes cycles, bytes and errors that cause themselves without failing', () => {
    const { log, lines } = recording();
    const cycle: Record<string, unknown> = { bytes: new Uint8Array(3), map: new Map([['token', CANARY]]) };
    cycle.self = cycle;
    const error = new Error('round');
    error.cause = error;
    log.error({ cycle, error }, 'odd');
    expect(lines[0]).toContain('[3 bytes]');
    expect(lines[0]).toContain('[deeper]');
    expect(lines[0]).toContain('[Map]');
    expect(lines[0]).not.toContain(CANARY);
  });

  it('keeps silent below its level, and the silent log always', () => {
    const { log, lines } = recording('warn');
    log.debug({}, 'a');
    log.info({}, 'b');
    log.warn({}, 'c');
    log.error({}, 'd');
    expect(lines).toHaveLength(2);
    const silent = createSilentLog();
    expect(silent.child({})).toBe(silent);
  });

  it('of any record makes something without the secret members', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(...SECRETS), (value, name) => {
        const text = JSON.stringify(redact({ value, [name]: CANARY, list: [{ [name]: { inner: CANARY } }] }));
        expect(text).not.toContain(CANARY);
      }),
    );
  });
});
