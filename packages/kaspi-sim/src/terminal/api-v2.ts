import type { Context } from '@tolem/base';
import type { Answer } from '../faults/answer-with-fault.ts';
import { jsonAnswer, readAmount, readMethod, type TerminalCall, type TerminalWire } from './api-call.ts';
import { addInfo, chequeInfo, expirationDate } from './cheque.ts';
import type { Operations, StartRefusal } from './operations.ts';
import { type PairingDesk, TOKEN_LIFE_MS } from './pairing-desk.ts';
import type { ProcessBook } from './process-book.ts';
import type { PairedName, TerminalProcess } from './terminal-process.ts';
import type { TerminalSettings } from './terminal-settings.ts';

export interface ApiV2Parts {
  settings: TerminalSettings;
  context: Context;
  operations: Operations;
  book: ProcessBook;
  desk: PairingDesk;
}

/** At least this long between two `actualize` of one operation, otherwise 103 [pos-v2 Operations]. */
const ACTUALIZE_INTERVAL_MS = 10_000;

/** API v2 [pos-v2]: `{statusCode, data?, errorText?}`, 401 without a pairing, 403 with an expired token. */
export function createApiV2(parts: ApiV2Parts): TerminalWire {
  const open: Record<string, (call: TerminalCall) => Answer | Promise<Answer>> = {
    '/v2/register': (call) => register(parts, call),
    '/v2/revoke': (call) => refresh(parts, call),
  };
  const guarded: Record<string, (call: TerminalCall) => Answer> = {
    '/v2/payment': (call) => startPayment(parts, call),
    '/v2/refund': (call) => startRefund(parts, call),
    '/v2/status': (call) => status(parts, call),
    '/v2/actualize': (call) => actualize(parts, call),
    '/v2/deviceinfo': () => deviceInfo(parts),
  };
  return {
    async answer(call) {
      if (call.verb !== 'GET') return refusal(999, 'Method Not Allowed', 405);
      const path = call.path.replace(/\/$/, '');
      const free = open[path];
      if (free) return free(call);
      const method = guarded[path];
      if (!method) return refusal(999, 'Not Found', 404);
      const token = call.headers.accesstoken;
      const verdict = parts.desk.judge(typeof token === 'string' ? token : undefined);
      if (verdict === 'unknown') return refusal(401, 'Unauthorized', 401);
      if (verdict === 'expired') return refusal(403, 'Token expired', 403);
      return method(call);
    },
    refuse: (statusCode) => refusal(statusCode, 'Сервис временно недоступен'),
  };
}

async function register({ settings, desk }: ApiV2Parts, call: TerminalCall): Promise<Answer> {
  const name = call.query.get('name') ?? '';
  if (name === '') return refusal(999, 'name is missing');
  const pair = await desk.register(name);
  return pair ? tokens(pair, settings) : refusal(105, 'Отказано в обслуживании');
}

function refresh({ settings, desk }: ApiV2Parts, call: TerminalCall): Answer {
  const pair = desk.refresh(call.query.get('name') ?? '', call.query.get('refreshToken') ?? '');
  return pair ? tokens(pair, settings) : refusal(105, 'Отказано в обслуживании');
}

function tokens(pair: PairedName, settings: TerminalSettings): Answer {
  return accepted({
    accessToken: pair.accessToken,
    refreshToken: pair.refreshToken,
    expirationDate: expirationDate(pair.issuedAtMs + TOKEN_LIFE_MS, settings.expirationFormat),
  });
}

function startPayment({ operations }: ApiV2Parts, call: TerminalCall): Answer {
  const amount = readAmount(call.query);
  if (amount === undefined) return refusal(999, 'amount is missing or invalid');
  return started(operations.startPayment({ amount, ownCheque: call.query.get('owncheque') === 'true' }));
}

/** By `orderNumber` for QR and alaqan, by `rrn` for cards [pos-v2 Operations]. */
function startRefund({ operations }: ApiV2Parts, call: TerminalCall): Answer {
  const amount = readAmount(call.query);
  const method = readMethod(call.query);
  const id = call.query.get('transactionId');
  if (amount === undefined || method === undefined || id === null)
    return refusal(999, 'parameter is missing or invalid');
  const matches = (process: TerminalProcess) => (method === 'card' ? process.rrn : process.orderNumber) === id;
  const ownCheque = call.query.get('owncheque') === 'true';
  return started(operations.startRefund({ amount, ownCheque, method, matches }));
}

function started(process: TerminalProcess | StartRefusal): Answer {
  if (process === 'busy') return refusal(107, 'Предыдущая операция не завершена');
  if (process === 'no_such_transaction') return refusal(999, 'Invalid transactionId.');
  return accepted({ processId: process.processId, status: 'wait' });
}

function status({ book, settings }: ApiV2Parts, call: TerminalCall): Answer {
  const process = book.find(call.query.get('processId') ?? '');
  return process ? processAnswer(process, settings, call.word) : refusal(101, 'Процесс не найден');
}

function actualize({ book, operations, settings, context }: ApiV2Parts, call: TerminalCall): Answer {
  const processId = call.query.get('processId') ?? '';
  const process = book.find(processId);
  if (!process) return refusal(101, 'Процесс не найден');
  const sinceMs = context.clock.nowMs() - (process.lastActualizedAtMs ?? 0);
  if (process.status !== 'unknown' || sinceMs < ACTUALIZE_INTERVAL_MS)
    return refusal(103, 'Невозможно актуализировать');
  operations.actualize(processId);
  return processAnswer(book.find(processId) ?? process, settings, call.word);
}

function deviceInfo({ settings }: ApiV2Parts): Answer {
  return accepted({ posNum: settings.posNumber, serialNum: settings.serial, terminalId: settings.bankTerminalId });
}

function processAnswer(process: TerminalProcess, settings: TerminalSettings, word: string | undefined): Answer {
  const told = word ?? process.status;
  return accepted({
    processId: process.processId,
    status: told,
    subStatus: process.subStatus,
    ...(process.message === undefined ? {} : { message: process.message }),
    ...(told === 'success'
      ? {
          transactionId: process.transactionId,
          method: process.method,
          addInfo: addInfo(process),
          chequeInfo: chequeInfo(process, settings),
        }
      : {}),
  });
}

function accepted(data: unknown): Answer {
  return jsonAnswer(200, { statusCode: 0, data });
}

function refusal(statusCode: number, errorText: string, httpStatus = 200): Answer {
  return jsonAnswer(httpStatus, { statusCode, errorText, data: { message: errorText } });
}
