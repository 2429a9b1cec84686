import type { Clock, Timer } from '@tolem/base';
import { type Dispatcher, errors } from 'undici';
import { KaspiError, type KaspiErrorCode } from '../kaspi-error.ts';
import type { HttpCall } from './http-transport.ts';

export interface ExchangeOptions {
  clock: Clock;
  call: HttpCall;
  requestId: string;
  /** How long the call may wait for a connection. */
  connectionWaitMs: number;
  /** How long from the write to the last byte of the answer. */
  answerLimitMs: number;
  bodyLimitBytes: number;
  onEnd: () => void;
}

export interface RawAnswer {
  status: number;
  body: Uint8Array;
}

/**
 * One request and its answer, as undici's handler. The moment that matters is `onRequestStart`: undici calls it on an open
 * connection right before the first byte. Until then a failure has certainly done nothing; from then on it may have.
 * Should undici ever try to write the same request again (it puts a running request back in its queue when a connection ends
 * in certain ways), the second `onRequestStart` is refused: one call is written at most once.
 */
export class HttpExchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<RawAnswer>;
  readonly #options: ExchangeOptions;
  readonly #settle = Promise.withResolvers<RawAnswer>();
  readonly #chunks: Buffer[] = [];
  #received = 0;
  #status = 0;
  /** Present from the moment of writing on. */
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;
  #timer: Timer;

  constructor(options: ExchangeOptions) {
    const { clock, connectionWaitMs, call } = options;
    this.#options = options;
    this.answer = this.#settle.promise;
    this.#timer = clock.after(connectionWaitMs, () => {
      this.#finish(this.#failure('connect_failed', `no connection became free within ${connectionWaitMs} ms`));
    });
    call.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Ends the exchange from our side: `effect` follows from whether the request had begun to be written. */
  giveUp(message: string): void {
    this.#cut(this.#failure(this.#controller === undefined ? 'closed' : 'connection_lost', message));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown errors keep undici from writing; the connection stays usable for the next call.
    if (this.#isOver) throw this.#failure('closed', 'given up before it was sent');
    if (this.#controller !== undefined) {
      this.#finish(this.#failure('connection_lost', 'the connection ended after the request had been written'));
      throw this.#failure('closed', 'never written twice');
    }
    const { clock, call, answerLimitMs } = this.#options;
    if (call.sendByMs !== undefined && clock.nowMs() > call.sendByMs) {
      const tooLate = this.#failure('send_deadline_passed', 'it was too late to send the request');
      this.#finish(tooLate);
      throw tooLate;
    }
    this.#controller = controller;
    this.#timer.cancel();
    this.#timer = clock.after(answerLimitMs, () => {
      this.#cut(this.#failure('timeout', `no whole answer within ${answerLimitMs} ms`));
    });
  }

  onResponseStart(_controller: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
    this.#status = status;
    if (Number(headers['content-length'] ?? 0) > this.#options.bodyLimitBytes) this.#cutTooLarge();
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#received > this.#options.bodyLimitBytes) this.#cutTooLarge();
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#finish();
  }

  onResponseError(_controller: unknown, error: Error): void {
    const { requestId } = this.#options;
    if (this.#controller !== undefined) {
      this.#finish(this.#failure('connection_lost', 'the connection was lost before the whole answer came', error));
    } else if (error instanceof KaspiError) this.#finish(withRequestId(error, requestId));
    else if (error instanceof errors.InvalidArgumentError) {
      this.#finish(this.#failure('request_invalid', 'the request is malformed', error));
    } else this.#finish(this.#failure('closed', 'the client was closed before the request was sent', error));
  }

  readonly #onAbort = (): void => this.giveUp('the caller gave up');

  #failure(code: KaspiErrorCode, message: string, cause?: unknown): KaspiError {
    return new KaspiError(code, message, {
      effect: this.#controller === undefined ? 'none' : 'possible',
      requestId: this.#options.requestId,
      ...(this.#status === 0 ? {} : { httpStatus: this.#status }),
      ...(cause === undefined ? {} : { cause }),
    });
  }

  #cutTooLarge(): void {
    this.#cut(this.#failure('answer_too_large', `the answer exceeds ${this.#options.bodyLimitBytes} bytes`));
  }

  /** Settles first, then cuts the connection: what undici reports about the cut is no longer heard. */
  #cut(error: KaspiError): void {
    this.#finish(error);
    this.#controller?.abort(error);
  }

  #finish(error?: KaspiError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer.cancel();
    this.#options.call.signal?.removeEventListener('abort', this.#onAbort);
    if (error) this.#settle.reject(error);
    else this.#settle.resolve({ status: this.#status, body: Buffer.concat(this.#chunks) });
    this.#options.onEnd();
  }
}

function withRequestId(error: KaspiError, requestId: string): KaspiError {
  return new KaspiError(error.code, error.message, {
    effect: error.effect,
    ids: error.ids,
    cause: error.cause ?? error,
    requestId,
  });
}
