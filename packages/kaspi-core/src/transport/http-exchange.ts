import type { Clock, Timer } from '@tolem/base';
import { type Dispatcher, errors } from 'undici';
import { KaspiError } from '../kaspi-error.ts';
import type { HttpCall } from './http-transport.ts';

export interface ExchangeOptions {
  clock: Clock;
  call: HttpCall;
  requestId: string;
  /** How long the call may wait for a connection, and then for the whole answer. */
  connectionWaitMs: number;
  answerLimitMs: number;
  bodyLimitBytes: number;
  onEnd: () => void;
}

export interface Exchange {
  readonly answer: Promise<{ status: number; body: Uint8Array }>;
  readonly handler: Dispatcher.DispatchHandler;
  /** Ends the exchange from our side: `effect` follows from whether the request had begun to be written. */
  giveUp(message: string): void;
}

/**
 * One request and its answer, as undici's handler. The moment that matters is `onRequestStart`: undici calls it on an open
 * connection right before the first byte. Until then a failure has certainly done nothing; from then on it may have.
 * Should undici ever try to write the same request again (it puts a running request back in its queue when a connection ends
 * in certain ways), the second `onRequestStart` is refused: one call is written at most once.
 */
export function createExchange(options: ExchangeOptions): Exchange {
  const { clock, call, requestId } = options;
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Uint8Array }>();
  const chunks: Buffer[] = [];
  let received = 0;
  let status = 0;
  let controller: Dispatcher.DispatchController | undefined;
  let isOver = false;
  let timer: Timer = clock.after(options.connectionWaitMs, () => {
    finish(failure('connect_failed', `no connection became free within ${options.connectionWaitMs} ms`));
  });

  const failure = (code: KaspiError['code'], message: string, cause?: unknown): KaspiError =>
    new KaspiError(code, message, {
      effect: controller === undefined ? 'none' : 'possible',
      requestId,
      ...(status === 0 ? {} : { httpStatus: status }),
      ...(cause === undefined ? {} : { cause }),
    });
  const finish = (error?: KaspiError): void => {
    if (isOver) return;
    isOver = true;
    timer.cancel();
    call.signal?.removeEventListener('abort', onAbort);
    if (error) reject(error);
    else resolve({ status, body: Buffer.concat(chunks) });
    options.onEnd();
  };
  /** Settles first, then cuts the connection: what undici reports about the cut is no longer heard. */
  const cut = (error: KaspiError): void => {
    finish(error);
    controller?.abort(error);
  };
  const giveUp = (message: string): void =>
    cut(failure(controller === undefined ? 'closed' : 'connection_lost', message));
  const onAbort = (): void => giveUp('the caller gave up');

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      // Thrown errors keep undici from writing; the connection stays usable for the next call.
      if (isOver) throw failure('closed', 'given up before it was sent');
      if (controller !== undefined) {
        finish(failure('connection_lost', 'the connection ended after the request had been written'));
        throw failure('closed', 'never written twice');
      }
      if (call.sendByMs !== undefined && clock.nowMs() > call.sendByMs) {
        const tooLate = failure('send_deadline_passed', 'it was too late to send the request');
        finish(tooLate);
        throw tooLate;
      }
      controller = started;
      timer.cancel();
      timer = clock.after(options.answerLimitMs, () => {
        cut(failure('timeout', `no whole answer within ${options.answerLimitMs} ms`));
      });
    },
    onResponseStart(_controller, statusCode, headers) {
      status = statusCode;
      if (Number(headers['content-length'] ?? 0) > options.bodyLimitBytes) cut(tooLarge());
    },
    onResponseData(_controller, chunk) {
      received += chunk.length;
      if (received > options.bodyLimitBytes) cut(tooLarge());
      else chunks.push(chunk);
    },
    onResponseEnd: () => finish(),
    onResponseError(_controller, error) {
      if (controller !== undefined) {
        finish(failure('connection_lost', 'the connection was lost before the whole answer came', error));
      } else if (error instanceof KaspiError) finish(withRequestId(error, requestId));
      else if (error instanceof errors.InvalidArgumentError) {
        finish(failure('request_invalid', 'the request is malformed', error));
      } else finish(failure('closed', 'the client was closed before the request was sent', error));
    },
  };
  const tooLarge = (): KaspiError => failure('answer_too_large', `the answer exceeds ${options.bodyLimitBytes} bytes`);

  call.signal?.addEventListener('abort', onAbort, { once: true });
  return { answer: promise, handler, giveUp };
}

function withRequestId(error: KaspiError, requestId: string): KaspiError {
  return new KaspiError(error.code, error.message, {
    effect: error.effect,
    ids: error.ids,
    cause: error.cause ?? error,
    requestId,
  });
}
