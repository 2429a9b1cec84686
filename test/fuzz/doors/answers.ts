import { readdirSync, readFileSync } from 'node:fs';
import { createVirtualClock, Money } from '@tolem/base';
import {
  createQrApi,
  createTerminalV1,
  type HttpTransport,
  KaspiError,
  type PosHttp,
  QR_METHOD_RULES,
  type QrApi,
  type TerminalApi,
} from '@tolem/kaspi-core';
import type { Dice } from '../dice.ts';
import { damaged, spoiledJson } from '../hostile-files.ts';
import { hostileJson, hostileText } from '../hostile-values.ts';
import type { Door, OpenDoor, Verdict } from '../storm.ts';

interface Message {
  method: string;
  status: number;
  body: Buffer;
}

const FOLDER = new URL('../../../packages/kaspi-core/fixtures/', import.meta.url);
const organizationBin = '180340021791';
const deviceToken = '"t"';
const amount = Money.fromTenge(200);
const phone = '87077777777';

/** Every call of the bank that a hub makes; a new one is missed after the storm. */
const BANK_CALLS: Readonly<Record<string, (api: QrApi) => Promise<unknown>>> = {
  listTradePoints: (api) => api.listTradePoints(organizationBin),
  registerDevice: (api) => api.registerDevice({ organizationBin, deviceId: 'a', tradePointId: '1' }),
  deleteDevice: (api) => api.deleteDevice({ organizationBin, deviceToken }),
  createQr: (api) => api.createQr({ organizationBin, deviceToken, amount, externalId: 'p' }),
  createLink: (api) => api.createLink({ organizationBin, deviceToken, amount, externalId: 'p' }),
  readStatus: (api) => api.readStatus('15'),
  readDetails: (api) => api.readDetails({ bankPaymentId: '15', deviceToken }),
  refund: (api) => api.refund({ organizationBin, deviceToken, bankPaymentId: '15', amount }),
  findPayer: (api) => api.findPayer({ phone, deviceToken }),
  createInvoice: (api) => api.createInvoice({ organizationBin, deviceToken, amount, phone }),
  cancelInvoice: (api) => api.cancelInvoice({ organizationBin, deviceToken, bankPaymentId: '15' }),
  createRefundCode: (api) => api.createRefundCode({ organizationBin, deviceToken, externalId: 'p' }),
  readRefundCode: (api) => api.readRefundCode('15'),
  listCustomerPurchases: (api) => api.listCustomerPurchases({ deviceToken, refundCodeId: '15', limit: 10 }),
  ping: (api) => api.ping(),
};

const TERMINAL_CALLS: Readonly<Record<string, (api: TerminalApi) => Promise<unknown>>> = {
  startPayment: (api) => api.startPayment({ amount }),
  startRefund: (api) => api.startRefund({ amount, method: 'card', transactionId: '15' }),
  readTerminalStatus: (api) => api.readStatus('1'),
};

/** What the bank and the terminals answer: documents of their own, damaged, and every other kind of nonsense. */
export const answers: Door = {
  name: 'answers',
  title: 'Answers of the bank and of terminals',
  async open() {
    const good = ['qr', 'pos/v1', 'pos/v2'].flatMap((folder) =>
      readdirSync(new URL(`${folder}/`, FOLDER))
        .filter((name) => name.endsWith('.json'))
        .map((name) => readFileSync(new URL(`${folder}/${name}`, FOLDER))),
    );
    let answer: Message = { method: '', status: 200, body: Buffer.alloc(0) };
    const http: HttpTransport = {
      send: async () => ({ status: answer.status, body: answer.body, requestId: 'r', connection: 'c' }),
    } as never;
    const pos: PosHttp = {
      get: async () => ({ status: answer.status, body: answer.body, connection: 'c' }),
      close: async () => {},
    };
    const clock = createVirtualClock();
    const bank = createQrApi({ clock, http, basePath: '/r3/v01', scheme: 3 });
    // Refunds with the customer are scheme 2's alone.
    const withCustomers = createQrApi({ clock, http, basePath: '/r2/v01', scheme: 2 });
    const bankOf = (method: string) => (/RefundCode|CustomerPurchases/.test(method) ? withCustomers : bank);
    const terminal = createTerminalV1({ http: pos });
    const methods = [...Object.keys(BANK_CALLS), ...Object.keys(TERMINAL_CALLS)];
    return {
      lanes: 1,
      make: (dice) => ({
        method: dice.pick(methods),
        status: dice.pick([200, 200, 200, 204, 400, 401, 500, 503]),
        body: bodyOf(dice, good),
      }),
      async send(message: Message) {
        answer = message;
        const call = TERMINAL_CALLS[message.method];
        return judge(message, async () =>
          call ? call(terminal) : BANK_CALLS[message.method]?.(bankOf(message.method)),
        );
      },
      show: ({ method, status, body }) => `${method} ${status} ${JSON.stringify(body.toString('latin1'))}`,
      aftermath: async () =>
        Object.keys(bank)
          .filter((name) => !(name in BANK_CALLS) && name !== 'offer')
          .map((name) => `no answer to ${name} was tried`),
      async close() {},
    } satisfies OpenDoor<Message> as OpenDoor<unknown>;
  },
};

const NAMES: readonly string[] = [
  'StatusCode',
  'Message',
  'Data',
  'Status',
  'QrPaymentId',
  'Amount',
  'statusCode',
  'data',
  'processId',
  'status',
  'chequeInfo',
];

function bodyOf(dice: Dice, good: readonly Buffer[]): Buffer {
  switch (dice.below(5)) {
    case 0:
    case 1:
      return damaged(dice, dice.pick(good));
    case 2:
      return Buffer.from(
        `{${Array.from({ length: dice.below(6) }, () => `"${dice.pick(NAMES)}":${hostileJson(dice)}`).join(',')}}`,
      );
    case 3:
      return Buffer.from(
        spoiledJson(dice, {
          StatusCode: 0,
          Message: hostileText(dice),
          Data: { Status: 'Processed', QrPaymentId: 15 },
          status: 'wait',
        }),
      );
    default:
      return Buffer.from(hostileJson(dice));
  }
}

/** An answer is understood or is a KaspiError that says what may have happened; only reads may say `none` after an answer. */
async function judge({ method, status, body }: Message, call: () => Promise<unknown>): Promise<Verdict> {
  try {
    const value = await call();
    if (method === 'readTerminalStatus' && isFailed(value) && !/fail/i.test(body.toString('latin1'))) {
      return { outcome: 'understood', fault: 'a payment failed out of nonsense' };
    }
    return { outcome: 'understood' };
  } catch (error) {
    if (!(error instanceof KaspiError))
      return { outcome: 'broke', fault: error instanceof Error ? (error.stack ?? '') : String(error) };
    const rules = QR_METHOD_RULES[method as keyof typeof QR_METHOD_RULES];
    const isExplicit = error.code !== 'answer_unreadable' && error.code !== 'http_error';
    const isMoney = rules?.changes === true || method.startsWith('start');
    const outcome = `${error.code} ${error.effect}`;
    const isWrong = isMoney && !isExplicit && error.effect === 'none' && status !== 401 && status !== 400;
    return isWrong ? { outcome, fault: `${method}: nonsense is taken for a refusal` } : { outcome };
  }
}

function isFailed(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'failed';
}
