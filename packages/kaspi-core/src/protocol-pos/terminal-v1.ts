import { KaspiError } from '../kaspi-error.ts';
import { effectOf, type PosCall, withEffectOf } from './codes.ts';
import { ANSWER_LIMIT_MS, type PosAnswer, type PosHttp, type PosQuery, READ_LIMIT_MS } from './pos-http.ts';
import { invalid, paymentQuery, processQuery, refundQuery } from './requests.ts';
import { createStartGuard } from './start-guard.ts';
import { readTerminalStatus } from './status.ts';
import type { StartedProcess, TerminalApi, TerminalStatus } from './terminal-api.ts';
import { readWireObject } from './wire-object.ts';

/**
 * A terminal that speaks API v1 over plain HTTP [POS 1]. It has neither tokens nor device information: `pair`, `actualize`
 * and `readDeviceInfo` reject with `request_invalid`.
 */
export function createTerminalV1(options: { http: PosHttp }): TerminalApi {
  const { http } = options;
  const guard = createStartGuard();
  const call = async (kind: PosCall, path: string, query: PosQuery): Promise<PosAnswer> => {
    const isStart = kind === 'start';
    try {
      return await http.get(path, query, { fresh: isStart, timeoutMs: isStart ? ANSWER_LIMIT_MS : READ_LIMIT_MS });
    } catch (error) {
      throw withEffectOf(kind, error);
    }
  };
  return {
    version: 'v1',
    startPayment: (request) => guard(async () => readStarted(await call('start', '/payment', paymentQuery(request)))),
    startRefund: (request) =>
      guard(async () => readStarted(await call('start', '/refund', refundQuery('v1', request)))),
    readStatus: async (terminalProcessId) =>
      readStatusAnswer(await call('read', '/status', processQuery(terminalProcessId)), terminalProcessId),
    actualize: async () => Promise.reject(invalid('API v1 of the terminal has no actualize')),
    readDeviceInfo: async () => Promise.reject(invalid('API v1 of the terminal has no device information')),
    pair: async () => Promise.reject(invalid('API v1 of the terminal needs no pairing')),
    close: () => http.close(),
  };
}

/**
 * HTTP 200 tells nothing: `{processId}` means started, `{message}` alone means refused [POS 1 "Вызов оплаты", "Ответ с ошибкой"].
 * Everything else may have started a payment.
 */
function readStarted(answer: PosAnswer): StartedProcess {
  const body = readWireObject(answer.body);
  const terminalProcessId = body?.text('processId')?.trim();
  const message = body?.text('message');
  if (answer.status !== 200) throw httpError('start', answer, message);
  if (terminalProcessId !== undefined) return { terminalProcessId };
  if (message !== undefined && body?.has('status') === false) throw refused('start', answer, message);
  throw unreadable('start', answer);
}

/** An unreadable answer is not a failure of the payment: the caller keeps asking (the printed example isn't JSON either). */
function readStatusAnswer(answer: PosAnswer, terminalProcessId: string): TerminalStatus {
  const body = readWireObject(answer.body);
  const message = body?.text('message');
  if (answer.status !== 200) {
    if (message !== undefined && /process\s+not\s+found/i.test(message)) throw notFound(answer, message);
    if (answer.status === 400 && message !== undefined) throw refused('read', answer, message);
    throw httpError('read', answer, message);
  }
  const status = body && readTerminalStatus(body);
  const answeredId = body?.text('processId')?.trim();
  if (!status || (answeredId !== undefined && answeredId !== terminalProcessId)) throw unreadable('read', answer);
  return status;
}

function refused(kind: PosCall, answer: PosAnswer, peerMessage: string): KaspiError {
  return new KaspiError('terminal_refused', 'the terminal refused the call', {
    effect: effectOf(kind, true),
    httpStatus: answer.status,
    peerMessage: peerMessage.slice(0, 300),
  });
}

function notFound(answer: PosAnswer, peerMessage: string): KaspiError {
  // Also after a restart of the terminal's app: the payment's outcome is unknown, not failed.
  return new KaspiError('process_not_found', 'the terminal does not know this operation', {
    effect: 'none',
    httpStatus: answer.status,
    peerMessage: peerMessage.slice(0, 300),
  });
}

function httpError(kind: PosCall, answer: PosAnswer, peerMessage: string | undefined): KaspiError {
  return new KaspiError('http_error', `the terminal answered HTTP ${answer.status}`, {
    effect: effectOf(kind, false),
    httpStatus: answer.status,
    ...(peerMessage === undefined ? {} : { peerMessage: peerMessage.slice(0, 300) }),
  });
}

function unreadable(kind: PosCall, answer: PosAnswer): KaspiError {
  return new KaspiError('answer_unreadable', 'the answer of the terminal cannot be read', {
    effect: effectOf(kind, false),
    httpStatus: answer.status,
  });
}
