import { createIds, createSeededRandom, createSilentLog, createVirtualClock, Money } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { KaspiError } from '../kaspi-error.ts';
import {
  createScriptedPosHttp,
  fixture,
  lose,
  refuseConnection,
  type ScriptedAnswer,
  type ScriptedCall,
} from './scripted-pos-http.ts';
import type { TerminalTokens } from './terminal-api.ts';
import { createTerminalV2 } from './terminal-v2.ts';
import { EARLY_REFRESH_RETRY_MS, REFRESH_AFTER_MS } from './tokens.ts';

const amount = Money.fromTenge(1500);
const started: ScriptedAnswer = { body: fixture('v2/payment-started.json') };
const waiting: ScriptedAnswer = { body: { statusCode: 0, data: { status: 'wait' } } };
const refreshed: ScriptedAnswer = { body: fixture('v2/revoke-accepted.json') };
const tokenOf = (call: ScriptedCall) => call.headers.accesstoken;

/** A terminal that knows one access token and refreshes `refresh-1` once; `isExpired` makes the old one a 403. */
function setUp(options: {
  isPaired?: boolean;
  refresh?: () => ScriptedAnswer;
  save?: (tokens: TerminalTokens) => Promise<void>;
  answer?: (call: ScriptedCall) => ScriptedAnswer | undefined;
}) {
  const clock = createVirtualClock();
  const random = createSeededRandom(1);
  const context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
  const events: string[] = [];
  let kept: TerminalTokens | undefined =
    options.isPaired === false
      ? undefined
      : { name: 'till-1', accessToken: 'access-1', refreshToken: 'refresh-1', receivedAtMs: clock.nowMs() };
  const http = createScriptedPosHttp((call) => {
    events.push(`${call.path} ${tokenOf(call) ?? '-'}`);
    const own = options.answer?.(call);
    if (own) return own;
    if (call.path === '/v2/revoke') return options.refresh?.() ?? refreshed;
    return call.path === '/v2/payment' ? started : waiting;
  });
  const store = {
    load: async () => kept,
    save: async (tokens: TerminalTokens) => {
      await options.save?.(tokens);
      events.push(`saved ${tokens.accessToken}`);
      kept = tokens;
    },
  };
  const terminal = createTerminalV2({ http, tokens: store, context });
  return { clock, http, terminal, events, kept: () => kept };
}

const expiredFirst = (call: ScriptedCall): ScriptedAnswer | undefined =>
  call.path !== '/v2/revoke' && tokenOf(call) === 'access-1' ? { status: 403, body: '' } : undefined;

async function errorOf(call: Promise<unknown>): Promise<KaspiError> {
  const error = await call.then(
    () => expect.fail('it went well'),
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(KaspiError);
  return error as KaspiError;
}

describe('an expired token [pos-v2 Pairing]', () => {
  it('is refreshed, stored, and only then used for the one repetition of a payment', async () => {
    const { terminal, events, kept } = setUp({ answer: expiredFirst });
    await terminal.startPayment({ amount });
    expect(events).toEqual(['/v2/payment access-1', '/v2/revoke -', 'saved access-2', '/v2/payment access-2']);
    expect(kept()).toMatchObject({ name: 'till-1', accessToken: 'access-2', refreshToken: 'refresh-2' });
  });
  it('is refreshed once for several calls', async () => {
    const { terminal, http } = setUp({ answer: expiredFirst });
    await Promise.all([terminal.readStatus('1'), terminal.readStatus('2'), terminal.readStatus('3')]);
    expect(http.calls.filter((call) => call.path === '/v2/revoke').length).toBe(1);
  });
  it('needs a person when the new one is refused as well; nothing was started', async () => {
    const { terminal, http } = setUp({
      answer: (call) => (call.path === '/v2/payment' ? { status: 403, body: '' } : undefined),
    });
    expect(await errorOf(terminal.startPayment({ amount }))).toMatchObject({ code: 'pairing_needed', effect: 'none' });
    expect(http.calls.length).toBe(3);
  });
  it('is asked for with the access token too, where the terminal refuses without', async () => {
    const answer = (call: ScriptedCall) =>
      call.path === '/v2/revoke' && tokenOf(call) === undefined ? { status: 401, body: '' } : expiredFirst(call);
    const { terminal, events } = setUp({ answer });
    await terminal.readStatus('1');
    expect(events.slice(1, 4)).toEqual(['/v2/revoke -', '/v2/revoke access-1', 'saved access-2']);
  });
  it('that nobody can store is not used, and is stored before the next call', async () => {
    let isFull = true;
    const { terminal, events } = setUp({
      answer: expiredFirst,
      save: async () => {
        if (isFull) throw new Error('disk full');
      },
    });
    const error = await errorOf(terminal.startPayment({ amount }));
    expect(error).toMatchObject({ code: 'tokens_not_stored', effect: 'none' });
    expect(events).not.toContain('/v2/payment access-2');
    isFull = false;
    await terminal.startPayment({ amount });
    expect(events.slice(-2)).toEqual(['saved access-2', '/v2/payment access-2']);
    expect(events.filter((event) => event.startsWith('/v2/revoke')).length).toBe(1);
  });
});

describe('a refresh whose answer is lost', () => {
  it('says that the pairing may be lost, and that the payment was not started', async () => {
    const { terminal } = setUp({ answer: expiredFirst, refresh: lose });
    const error = await errorOf(terminal.startPayment({ amount }));
    expect(error).toMatchObject({ code: 'connection_lost', effect: 'none' });
    expect(error.message).toContain('the pairing may be lost');
    expect(error.message).toContain('«Запретить»');
  });
  it('needs a person once the terminal refuses the dead pair, with the reason and the cure', async () => {
    const answers: ScriptedAnswer[] = [lose(), { body: fixture('v2/register-refused.json') }];
    const { terminal } = setUp({ answer: expiredFirst, refresh: () => answers.shift() ?? lose() });
    await errorOf(terminal.readStatus('1'));
    const error = await errorOf(terminal.readStatus('1'));
    expect(error).toMatchObject({ code: 'pairing_needed', effect: 'none', peerCode: 105 });
    expect(error.message).toContain('answer to an earlier refresh was lost');
  });
  it('is forgotten when the next refresh goes well', async () => {
    const answers: ScriptedAnswer[] = [{ body: '{"statusCode":0,"data":{}}' }, refreshed];
    const { terminal } = setUp({ answer: expiredFirst, refresh: () => answers.shift() ?? lose() });
    expect(await errorOf(terminal.readStatus('1'))).toMatchObject({ code: 'answer_unreadable' });
    expect(await terminal.readStatus('1')).toMatchObject({ kind: 'waiting' });
  });
});

describe('an old token', () => {
  it('is refreshed early by our own clock from receipt', async () => {
    const { clock, terminal, events } = setUp({});
    await clock.advance(REFRESH_AFTER_MS - 1);
    await terminal.readStatus('1');
    await clock.advance(1);
    await terminal.readStatus('1');
    expect(events).toEqual(['/v2/status access-1', '/v2/revoke -', 'saved access-2', '/v2/status access-2']);
  });
  it('is used on when its early refresh fails, which is tried again after a while only', async () => {
    const { clock, terminal, events } = setUp({ refresh: refuseConnection });
    await clock.advance(REFRESH_AFTER_MS);
    await terminal.readStatus('1');
    await terminal.readStatus('1');
    expect(events).toEqual(['/v2/revoke -', '/v2/status access-1', '/v2/status access-1']);
    await clock.advance(EARLY_REFRESH_RETRY_MS);
    await terminal.readStatus('1');
    expect(events.slice(3)).toEqual(['/v2/revoke -', '/v2/status access-1']);
  });
});

describe('pairing [pos-v2 Pairing]', () => {
  it('blocks for a person up to 180 s and more, then stores the pair with our own time', async () => {
    const answer = (call: ScriptedCall) =>
      call.path === '/v2/register' ? { body: fixture('v2/register-accepted.json') } : undefined;
    const { clock, http, terminal, kept } = setUp({ isPaired: false, answer });
    await terminal.pair('till-1');
    expect(http.calls).toMatchObject([{ path: '/v2/register', query: { name: 'till-1' }, fresh: true }]);
    expect(http.calls[0]?.timeoutMs).toBeGreaterThanOrEqual(180_000);
    expect(kept()).toEqual({
      name: 'till-1',
      accessToken: 'access-1',
      refreshToken: 'refresh-1',
      receivedAtMs: clock.nowMs(),
    });
    await terminal.readStatus('1');
    expect(http.calls[1] && tokenOf(http.calls[1])).toBe('access-1');
  });
  it('tells the cure of a name that the terminal knows already (105)', async () => {
    const answer = () => ({ body: fixture('v2/register-refused.json') });
    const error = await errorOf(setUp({ isPaired: false, answer }).terminal.pair('till-1'));
    expect(error).toMatchObject({ code: 'pairing_needed', peerCode: 105, effect: 'none' });
    expect(error.message).toContain('«Настроить доступ» → «Запретить»');
  });
  it('keeps its name for ever, and takes none that the terminal could not show', async () => {
    const { http, terminal } = setUp({});
    for (const name of ['till-2', '', 'касса', 'x'.repeat(51)])
      expect(await errorOf(terminal.pair(name))).toMatchObject({ code: 'request_invalid' });
    expect(http.calls).toEqual([]);
  });
  it('says what a lost answer may have cost', async () => {
    const error = await errorOf(setUp({ isPaired: false, answer: lose }).terminal.pair('till-1'));
    expect(error).toMatchObject({ code: 'connection_lost', effect: 'possible' });
    expect(error.message).toContain('if «Разрешить» was tapped');
  });
  it('is not needed where the terminal is unprotected: no token, no header', async () => {
    const { http, terminal } = setUp({ isPaired: false });
    await terminal.startPayment({ amount });
    expect(http.calls[0]?.headers).toEqual({});
  });
  it('is needed on 401, which starts nothing and is not repeated', async () => {
    const { http, terminal } = setUp({ answer: () => ({ status: 401, body: '' }) });
    expect(await errorOf(terminal.startPayment({ amount }))).toMatchObject({ code: 'pairing_needed', httpStatus: 401 });
    expect(http.calls.length).toBe(1);
  });
  it('is not needed when a 401 only met a refresh that was under way', async () => {
    let isFirst = true;
    const { terminal, events } = setUp({
      answer: (call) => {
        if (call.path === '/v2/revoke' || tokenOf(call) !== 'access-1') return undefined;
        const status = isFirst ? 403 : 401;
        isFirst = false;
        return { status, body: '' };
      },
    });
    await Promise.all([terminal.readStatus('1'), terminal.startPayment({ amount })]);
    expect(events.filter((event) => event.startsWith('/v2/revoke')).length).toBe(1);
    expect(events).toContain('/v2/payment access-2');
  });
});
