import { createIds, createSeededRandom, createSilentLog, createVirtualClock, Money } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import type { KaspiError } from '../kaspi-error.ts';
import { createScriptedPosHttp, fixture, lose, type ScriptedAnswer, type ScriptedCall } from './scripted-pos-http.ts';
import type { TerminalTokens } from './terminal-api.ts';
import { createTerminalV2 } from './terminal-v2.ts';

const amount = Money.fromTenge(1500);
const PROCESS = '1768453200000';
const pair: TerminalTokens = { name: 'till-1', accessToken: 'access-1', refreshToken: 'refresh-1', receivedAtMs: 0 };

function setUp(answer: (call: ScriptedCall, index: number) => ScriptedAnswer, serialNumber?: string) {
  const clock = createVirtualClock();
  const random = createSeededRandom(1);
  const context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
  const http = createScriptedPosHttp(answer);
  const tokens = { load: async () => ({ ...pair, receivedAtMs: clock.nowMs() }), save: async () => {} };
  const terminal = createTerminalV2({ http, tokens, context, ...(serialNumber ? { serialNumber } : {}) });
  return { clock, http, terminal };
}

const answering = (name: string) => setUp(() => ({ body: fixture(`v2/${name}.json`) })).terminal;

async function errorOf(call: Promise<unknown>): Promise<KaspiError> {
  return call.then(
    () => expect.fail('it went well'),
    (error: KaspiError) => error,
  );
}

describe('payment, v2 [pos-v2 Operations]', () => {
  it('asks with the token over a fresh connection, in whole tenge', async () => {
    const { http, terminal } = setUp(() => ({ body: fixture('v2/payment-started.json') }));
    expect(await terminal.startPayment({ amount, ownReceipt: true })).toEqual({ terminalProcessId: PROCESS });
    expect(http.calls).toMatchObject([
      { path: '/v2/payment', query: { amount: '1500', owncheque: 'true' }, headers: { accesstoken: 'access-1' } },
    ]);
    expect(http.calls[0]).toMatchObject({ fresh: true, timeoutMs: 60_000 });
    await expect(terminal.startPayment({ amount: Money.parse('0.50') })).rejects.toMatchObject({ effect: 'none' });
    expect(http.calls.length).toBe(1);
  });
  it.each([
    [101, 'process_not_found', 'possible'],
    [103, 'cannot_actualize', 'possible'],
    [105, 'pairing_needed', 'none'],
    [107, 'previous_operation_open', 'none'],
    [999, 'parameter_invalid', 'none'],
    [100, 'unlisted_code', 'possible'],
    [106, 'unlisted_code', 'possible'],
    [108, 'unlisted_code', 'possible'],
    [-1, 'unlisted_code', 'possible'],
  ])('on a start, code %i is %s and may have done: %s', async (statusCode, code, effect) => {
    const { terminal } = setUp(() => ({ body: { statusCode, errorText: 'x' } }));
    expect(await errorOf(terminal.startPayment({ amount }))).toMatchObject({ code, effect, peerCode: statusCode });
    const read = setUp(() => ({ body: { StatusCode: String(statusCode) } })).terminal.readStatus('1');
    expect(await errorOf(read)).toMatchObject({ code, effect: 'none' });
  });
  it('prefers the sentence in data.message', async () => {
    const error = await errorOf(answering('payment-busy').startPayment({ amount }));
    expect(error).toMatchObject({ code: 'previous_operation_open', peerMessage: 'Предыдущая операция не завершена' });
  });
  it('says "possible" of an answer without a processId, an unreadable one and any HTTP error', async () => {
    const answers: ScriptedAnswer[] = [
      { body: { statusCode: 0 } },
      { body: { statusCode: 0, data: { status: 'wait' } } },
      { body: { data: { processId: '1' } } },
      { body: 'ok' },
      { status: 502, body: '<html>' },
      { status: 500, body: { statusCode: 0, data: { processId: '1' } } },
      lose(),
    ];
    for (const answer of answers) {
      const error = await errorOf(setUp(() => answer).terminal.startPayment({ amount }));
      expect(error.effect).toBe('possible');
    }
  });
});

describe('refund, v2 [pos-v2 Operations]', () => {
  it('passes the method and its own id on', async () => {
    const { http, terminal } = setUp(() => ({ body: fixture('v2/payment-started.json') }));
    await terminal.startRefund({ amount, method: 'alaqan', transactionId: '508347' });
    expect(http.calls).toMatchObject([
      { path: '/v2/refund', query: { amount: '1500', method: 'alaqan', transactionId: '508347' }, fresh: true },
    ]);
  });
});

describe('status, v2 [pos-v2 Operations]', () => {
  it('shows the sub-status while it waits', async () => {
    const status = await answering('status-wait').readStatus(PROCESS);
    expect(status).toEqual({ kind: 'waiting', subStatus: 'WaitForQrConfirmation' });
  });
  it('reads a QR payment on an offer, with ids beyond 2^53', async () => {
    const status = await answering('status-success-qr').readStatus(PROCESS);
    expect(status).toMatchObject({
      kind: 'succeeded',
      subStatus: 'QrTransactionSuccess',
      operation: {
        transactionId: '5083476209',
        method: 'qr',
        orderNumber: '9223372036854775807',
        product: { type: 'Loan', isOffer: true, loanTermMonths: 12, loanOfferName: '0-0-12' },
      },
    });
    expect(status.kind === 'succeeded' && status.operation.amount?.toString()).toBe('1500.00');
  });
  it('reads a refund without its sign, and the method where only the cheque tells it', async () => {
    const refund = await answering('status-success-refund-card').readStatus('1768453200001');
    expect(refund.kind === 'succeeded' && refund.operation.amount?.toString()).toBe('200.00');
    expect(refund).toMatchObject({ operation: { method: 'card', rrn: '002412884692' } });
    expect(await answering('status-success-alaqan').readStatus('5')).toMatchObject({ operation: { method: 'alaqan' } });
  });
  it('tells failed, unknown and not found apart', async () => {
    const message = 'Операция отменена';
    const failed = await answering('status-fail').readStatus(PROCESS);
    expect(failed).toEqual({ kind: 'failed', subStatus: 'ProcessCancelled', message });
    expect(await answering('status-unknown').readStatus(PROCESS)).toMatchObject({ kind: 'unknown' });
    const error = await errorOf(answering('status-not-found').readStatus(PROCESS));
    expect(error).toMatchObject({ code: 'process_not_found', effect: 'none' });
  });
  it('is no money at statusCode 0 alone', async () => {
    const { terminal } = setUp(() => ({ body: { statusCode: 0, data: { processId: '1' } } }));
    expect(await errorOf(terminal.readStatus('1'))).toMatchObject({ code: 'answer_unreadable', effect: 'none' });
  });
});

describe('actualize [pos-v2 Operations]', () => {
  it('asks for one operation at least 10 s apart, and passes 103 on', async () => {
    const { clock, http, terminal } = setUp(() => ({ body: fixture('v2/actualize-early.json') }));
    expect(await errorOf(terminal.actualize('1'))).toMatchObject({ code: 'cannot_actualize', peerCode: 103 });
    expect(await errorOf(terminal.actualize('1'))).toMatchObject({ code: 'cannot_actualize', effect: 'none' });
    expect(http.calls.length).toBe(1);
    await errorOf(terminal.actualize('2'));
    await clock.advance(10_000);
    await errorOf(terminal.actualize('1'));
    expect(http.calls.map((call) => call.query.processId)).toEqual(['1', '2', '1']);
  });
});

describe('the serial number [pos-v2 Operations, decisions "Terminals"]', () => {
  const SERIAL = 'PP35271808000001';
  const deviceInfo = (serialNum: string) => ({
    body: { statusCode: 0, data: { posNum: '1', serialNum, terminalId: '9' } },
  });
  const status = { body: fixture('v2/status-wait.json') };

  it('is read once for a kept connection, and its terminalId is sent from then on', async () => {
    const { http, terminal } = setUp((call) => (call.path === '/v2/deviceinfo' ? deviceInfo(SERIAL) : status), SERIAL);
    for (let read = 0; read < 3; read++) await terminal.readStatus(PROCESS);
    expect(http.calls.map((call) => call.path)).toEqual(['/v2/deviceinfo', '/v2/status', '/v2/status', '/v2/status']);
    expect(http.calls[0]?.headers).toEqual({ accesstoken: 'access-1' });
    expect(http.calls[3]?.headers).toEqual({ accesstoken: 'access-1', terminalId: '9' });
  });
  it('is read again over a new connection before its status is believed', async () => {
    let connection = 'a';
    let serial = SERIAL;
    const { terminal } = setUp(
      (call) => ({ ...(call.path === '/v2/deviceinfo' ? deviceInfo(serial) : status), connection }),
      SERIAL,
    );
    await terminal.readStatus(PROCESS);
    connection = 'b';
    await terminal.readStatus(PROCESS);
    connection = 'c';
    serial = 'NEIGHBOUR';
    expect(await errorOf(terminal.readStatus(PROCESS))).toMatchObject({ code: 'wrong_terminal', effect: 'none' });
    serial = SERIAL;
    expect(await terminal.readStatus(PROCESS)).toMatchObject({ kind: 'waiting' });
  });
  it('is enough before and after where every answer closes its connection', async () => {
    const { terminal } = setUp(
      (call, index) => ({ ...(call.path === '/v2/deviceinfo' ? deviceInfo(SERIAL) : status), connection: `${index}` }),
      SERIAL,
    );
    expect(await terminal.readStatus(PROCESS)).toMatchObject({ kind: 'waiting' });
  });
  it('stops a payment at the neighbour before any money is asked for', async () => {
    const { http, terminal } = setUp(() => deviceInfo('NEIGHBOUR'), SERIAL);
    expect(await errorOf(terminal.startPayment({ amount }))).toMatchObject({ code: 'wrong_terminal', effect: 'none' });
    expect(http.calls.map((call) => [call.path, call.fresh])).toEqual([['/v2/deviceinfo', true]]);
  });
  it('stops a payment with "none" when it cannot be read', async () => {
    for (const answer of [
      lose(),
      { body: 'x' },
      { body: { statusCode: 0, data: {} } },
      { body: { statusCode: 100 } },
    ]) {
      const { http, terminal } = setUp(() => answer, SERIAL);
      expect((await errorOf(terminal.startPayment({ amount }))).effect).toBe('none');
      expect(http.calls.some((call) => call.path === '/v2/payment')).toBe(false);
    }
  });
  it('is told with the rest of the device information', async () => {
    const info = await answering('deviceinfo').readDeviceInfo();
    expect(info).toEqual({ posNumber: '1', serialNumber: SERIAL, terminalId: '31013787' });
  });
});
