import { createVirtualClock, Money } from '@tolem/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KaspiError } from '../kaspi-error.ts';
import type { HttpAnswer, HttpCall } from '../transport/http-transport.ts';
import { createQrApi, createQrEmulation } from './create-qr-api.ts';
import { QR_METHOD_RULES } from './effect-table.ts';
import { qrFixture } from './fixture.ts';
import type { QrApi } from './qr-api.ts';

const BIN = '180340021791';
const deviceToken = '"t"';
const amount = Money.fromTenge(200);
const answerOf = (status: number, body: string | Uint8Array): HttpAnswer => ({
  status,
  body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
  requestId: 'r1',
  connection: 'c1',
});

/** A bank whose every answer the test writes. */
function apiWith(answer: (call: HttpCall) => HttpAnswer | Error) {
  const clock = createVirtualClock();
  const calls: HttpCall[] = [];
  const http = {
    async send(call: HttpCall) {
      calls.push(call);
      const result = answer(call);
      if (result instanceof Error) throw result;
      return result;
    },
  };
  return { clock, calls, http, api: createQrApi({ clock, http, basePath: '/r3/v01' }) };
}

const CALLS: Array<[keyof typeof QR_METHOD_RULES, (api: QrApi) => Promise<unknown>]> = [
  ['listTradePoints', (api) => api.listTradePoints(BIN)],
  ['registerDevice', (api) => api.registerDevice({ organizationBin: BIN, deviceId: 'a', tradePointId: '1' })],
  ['deleteDevice', (api) => api.deleteDevice({ organizationBin: BIN, deviceToken })],
  ['createQr', (api) => api.createQr({ organizationBin: BIN, deviceToken, amount, externalId: 'p' })],
  ['createLink', (api) => api.createLink({ organizationBin: BIN, deviceToken, amount, externalId: 'p' })],
  ['readStatus', (api) => api.readStatus('15')],
  ['readDetails', (api) => api.readDetails({ bankPaymentId: '15', deviceToken })],
  ['refund', (api) => api.refund({ organizationBin: BIN, deviceToken, bankPaymentId: '15', amount })],
  ['findPayer', (api) => api.findPayer({ phone: '87077777777', deviceToken })],
  ['createInvoice', (api) => api.createInvoice({ organizationBin: BIN, deviceToken, amount, phone: '87077777777' })],
  ['cancelInvoice', (api) => api.cancelInvoice({ organizationBin: BIN, deviceToken, bankPaymentId: '15' })],
  ['ping', (api) => api.ping()],
];
const SILENT = new Set(['deleteDevice', 'ping']);

describe('every method, whatever comes back', () => {
  it.each(CALLS)(
    '%s: a failure of transport keeps its effect where something may have changed',
    async (method, call) => {
      const { api } = apiWith(() => new KaspiError('timeout', 'no answer', { effect: 'possible', requestId: 'r1' }));
      const effect = QR_METHOD_RULES[method].changes ? 'possible' : 'none';
      await expect(call(api)).rejects.toMatchObject({ code: 'timeout', effect, requestId: 'r1' });
      const refusedEarly = apiWith(() => new KaspiError('connect_failed', 'refused', { effect: 'none' }));
      await expect(call(refusedEarly.api)).rejects.toMatchObject({ code: 'connect_failed', effect: 'none' });
    },
  );

  it.each(CALLS)('%s: any bytes give an error or nothing worse, and are never repeated', async (method, call) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom(200, 204, 400, 500, 503),
        async (body, status) => {
          const { api, calls } = apiWith(() => answerOf(status, body));
          const effect = QR_METHOD_RULES[method].changes ? 'possible' : 'none';
          const code = status < 300 ? 'answer_unreadable' : 'http_error';
          await expect(call(api)).rejects.toMatchObject({ code, effect, httpStatus: status });
          expect(calls).toHaveLength(1);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each(CALLS)('%s: any JSON gives a KaspiError or an answer that holds what it must', async (method, call) => {
    const anything = fc.oneof(
      fc.json(),
      fc.json().map((data) => `{"StatusCode":0,"Data":${data}}`),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (body) => {
        const { api } = apiWith(() => answerOf(200, body));
        const outcome = await call(api).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
        if ('error' in outcome) {
          expect(outcome.error).toBeInstanceOf(KaspiError);
          const { effect } = outcome.error as KaspiError;
          if (QR_METHOD_RULES[method].changes && !isRefusal(outcome.error)) expect(effect).toBe('possible');
        } else if (!SILENT.has(method)) expect(outcome.value).toBeDefined();
      }),
      { numRuns: 100 },
    );
  });

  it.each(CALLS)(
    '%s: an answer nested too deep, an empty one, and HTTP 500 with StatusCode 0 are errors',
    async (_m, call) => {
      const deep = apiWith(() => answerOf(200, `{"StatusCode":0,"Data":${'['.repeat(100_000)}`));
      await expect(call(deep.api)).rejects.toMatchObject({ code: 'answer_unreadable' });
      const empty = apiWith(() => answerOf(200, ''));
      await expect(call(empty.api)).rejects.toMatchObject({ code: 'answer_unreadable' });
      const odd = apiWith(() => answerOf(500, '{"StatusCode":0,"Data":{"Status":"Error"}}'));
      await expect(call(odd.api)).rejects.toMatchObject({ code: 'http_error', httpStatus: 500 });
    },
  );
});

function isRefusal(error: unknown): boolean {
  return error instanceof KaspiError && error.peerCode !== undefined;
}

describe('a status', () => {
  it('that is no word of the lists is never read as failed or paid', async () => {
    const status = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.boolean(), fc.array(fc.string()));
    await fc.assert(
      fc.asyncProperty(status, async (word) => {
        const body = JSON.stringify({ StatusCode: 0, Data: { Status: word } });
        const { api } = apiWith(() => answerOf(200, body));
        const outcome = await api.readStatus('15').catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'answer_unreadable' });
        else expect(outcome).toMatchObject({ meaning: 'unlisted', word });
      }),
    );
  });

  it('is read from v02 with the amount charged, the long id intact', async () => {
    const fixture = qrFixture('r3-v02-payment-status');
    const { api, calls } = apiWith(() => answerOf(200, fixture.answer));
    expect(await api.readStatus('9223372036854775807')).toMatchObject({ meaning: 'succeeded', amount });
    expect(calls[0]?.path).toBe('/r3/v02/payment/status/9223372036854775807');
  });

  it('falls back to v01 for an hour where v02 is not there', async () => {
    const v01 = qrFixture('r3-payment-status').answer;
    const { api, calls, clock } = apiWith((call) =>
      call.path.includes('/v02/') ? answerOf(404, '<html>') : answerOf(200, v01),
    );
    expect((await api.readStatus('15')).word).toBe('Wait');
    await api.readStatus('15');
    expect(calls.map((call) => call.path.slice(4, 7))).toEqual(['v02', 'v01', 'v01']);
    await clock.advance(3_600_000);
    await api.readStatus('15');
    expect(calls.map((call) => call.path.slice(4, 7))).toEqual(['v02', 'v01', 'v01', 'v02', 'v01']);
  });

  it('does not fall back on a refusal, a timeout or a server error: v01 would not know better', async () => {
    for (const body of ['{"StatusCode":-1601}', '{"StatusCode":-999}']) {
      const { api, calls } = apiWith(() => answerOf(200, body));
      await expect(api.readStatus('15')).rejects.toBeInstanceOf(KaspiError);
      expect(calls).toHaveLength(1);
    }
    const { api, calls } = apiWith(() => answerOf(502, 'Bad gateway'));
    await expect(api.readStatus('15')).rejects.toMatchObject({ code: 'http_error' });
    expect(calls).toHaveLength(1);
  });

  it('keeps the word where the rest of v02 is nonsense', async () => {
    const body = '{"StatusCode":0,"Data":{"status":"Processed","Amount":"plenty","TransactionId":[],"ProductType":7}}';
    const { api } = apiWith(() => answerOf(200, body));
    expect(await api.readStatus('15')).toEqual({ word: 'Processed', meaning: 'succeeded' });
  });
});

describe('a refusal', () => {
  it('carries the number, the sentence cut short, the HTTP status and the request id', async () => {
    const message = 'Частичный возврат невозможен'.padEnd(400, '.');
    const { api } = apiWith(() => answerOf(200, JSON.stringify({ statuscode: -990000020, message })));
    await expect(api.refund({ organizationBin: BIN, deviceToken, bankPaymentId: '15', amount })).rejects.toMatchObject({
      code: 'partial_refund_impossible',
      effect: 'none',
      peerCode: -990000020,
      peerMessage: message.slice(0, 300),
      httpStatus: 200,
      requestId: 'r1',
    });
  });

  it('is read in the spelling "- 1601" and under any HTTP status', async () => {
    const { api } = apiWith(() => answerOf(404, '{"StatusCode":"- 1601"}'));
    await expect(api.readStatus('15')).rejects.toMatchObject({ code: 'payment_not_found', peerCode: -1601 });
  });
});

describe('the intervals of a new QR', () => {
  it.each([
    ['5', 5_000],
    ['0.25', 250],
    ['"7"', 7_000],
    ['0', 180_000],
    ['-1', 180_000],
    ['1e9', 180_000],
    ['864000', 180_000],
    ['null', 180_000],
    ['"soon"', 180_000],
  ])('a scan timeout of %s is %i ms: nonsense is replaced by the example of the document', async (seconds, ms) => {
    const answer = qrFixture('r3-qr-create').answer.replace(
      '"QrCodeScanWaitTimeout": 180',
      `"QrCodeScanWaitTimeout": ${seconds}`,
    );
    const { api } = apiWith(() => answerOf(200, answer));
    const created = await api.createQr({ organizationBin: BIN, deviceToken, amount, externalId: 'p' });
    expect(created).toMatchObject({ scanWaitMs: ms, confirmWaitMs: 65_000 });
  });

  it('are not worth losing a created QR for, and neither is its date', async () => {
    const { api } = apiWith(() =>
      answerOf(200, '{"StatusCode":0,"Data":{"QrToken":"1","QrPaymentId":15,"ExpireDate":"?"}}'),
    );
    const created = await api.createQr({ organizationBin: BIN, deviceToken, amount, externalId: 'p' });
    expect(created).toEqual({
      qrToken: '1',
      bankPaymentId: '15',
      paymentMethods: [],
      pollIntervalMs: 5_000,
      scanWaitMs: 180_000,
      confirmWaitMs: 65_000,
    });
  });
});

describe('what is sent', () => {
  it('money back and invoices travel on a connection of their own, with their deadline', async () => {
    const { api, calls } = apiWith(() => answerOf(200, qrFixture('r3-payment-return').answer));
    await api.refund({ organizationBin: BIN, deviceToken, bankPaymentId: '15', amount, sendByMs: 7 });
    await api.readDetails({ bankPaymentId: '15', deviceToken }).catch(() => undefined);
    expect(calls.map(({ fresh, sendByMs }) => ({ fresh, sendByMs }))).toEqual([{ fresh: true, sendByMs: 7 }, {}]);
  });

  it.each<[string, (api: QrApi) => Promise<unknown>]>([
    ['a BIN that is none', (api) => api.listTradePoints('123')],
    ['an id beyond int64', (api) => api.readStatus('99999999999999999999')],
    ['an id with a path in it', (api) => api.readStatus('15/../16')],
    [
      'an amount of zero',
      (api) => api.createQr({ organizationBin: BIN, deviceToken, amount: Money.zero, externalId: 'p' }),
    ],
    [
      'a DeviceId with a space',
      (api) => api.registerDevice({ organizationBin: BIN, deviceId: 'a b', tradePointId: '1' }),
    ],
  ])('%s is refused before anything is sent', async (_name, call) => {
    const { api, calls } = apiWith(() => answerOf(200, '{"StatusCode":0}'));
    await expect(call(api)).rejects.toMatchObject({ code: 'request_invalid', effect: 'none' });
    expect(calls).toHaveLength(0);
  });

  it('scheme 1 shows its Api-Key, and the emulations work under every scheme', async () => {
    const { http, calls } = apiWith(() => answerOf(200, '{ "StatusCode": 0, "message": "string" }'));
    await createQrEmulation({ http, basePath: '/r1/v01/', apiKey: 'test_1' }).confirmError('15');
    expect(calls).toEqual([
      {
        verb: 'POST',
        path: '/r1/v01/test/payment/confirmerror',
        body: '{"qrPaymentId":"15"}',
        headers: { 'Api-Key': 'test_1' },
      },
    ]);
  });
});
