import { type JsonValue, parseJson } from '../json/lossless-json.ts';
import { KaspiError } from '../kaspi-error.ts';
import type { HttpAnswer, HttpTransport } from '../transport/http-transport.ts';
import { qrCode } from './codes.ts';
import { effectOfCode, type QrMethod, withEffectOf } from './effect-table.ts';
import { readEnvelope, type WireRequest } from './messages.ts';

/** Longer sentences of the bank are cut: they go into logs and onto screens. */
const PEER_MESSAGE_LIMIT = 300;

export interface QrClientOptions {
  http: Pick<HttpTransport, 'send'>;
  /** The path of the base address, such as `/r3/v01`; the transport holds the origin. */
  basePath: string;
  /** Scheme 1 only: goes out as the header `Api-Key` [QR 3.9 §1.3.1]. A function is asked at every call. */
  apiKey?: string | (() => string);
  /** How long to wait for the bank's whole answer; the transport's own limit where absent. */
  answerLimitMs?: number;
}

interface QrCallOptions {
  /** Instead of the client's base path: `/r3/v02`. */
  basePath?: string;
  fresh?: boolean;
  sendByMs?: number;
}

/** Sends one request of any scheme and reads its answer: the step that every method shares. */
export interface QrClient {
  readonly basePath: string;
  call<Result>(
    method: QrMethod,
    request: () => WireRequest,
    read: (data: JsonValue | undefined) => Result,
    options?: QrCallOptions,
  ): Promise<Result>;
}

export function createQrClient(options: QrClientOptions): QrClient {
  const basePath = options.basePath.replace(/\/+$/, '');
  return {
    basePath,
    async call(method, request, read, callOptions = {}) {
      try {
        const wire = request();
        const answer = await options.http.send({
          verb: wire.verb,
          path: `${callOptions.basePath ?? basePath}/${wire.path}`,
          ...(wire.query === undefined ? {} : { query: wire.query }),
          ...(wire.body === undefined ? {} : { body: wire.body }),
          ...headersOf(options.apiKey),
          ...(options.answerLimitMs === undefined ? {} : { answerLimitMs: options.answerLimitMs }),
          ...(callOptions.fresh === undefined ? {} : { fresh: callOptions.fresh }),
          ...(callOptions.sendByMs === undefined ? {} : { sendByMs: callOptions.sendByMs }),
        });
        return read(openEnvelope(method, answer));
      } catch (error) {
        throw withEffectOf(method, error);
      }
    },
  };
}

function headersOf(apiKey: QrClientOptions['apiKey']): { headers?: Record<string, string> } {
  if (apiKey === undefined) return {};
  return { headers: { 'Api-Key': typeof apiKey === 'string' ? apiKey : apiKey() } };
}

/**
 * The answer's `Data`, or the error it holds. `StatusCode` is read whatever the HTTP status is, which the document leaves open
 * (notes 8); but a zero under an HTTP error contradicts itself, and is taken for neither.
 */
function openEnvelope(method: QrMethod, answer: HttpAnswer): JsonValue | undefined {
  const isHttpError = answer.status < 200 || answer.status > 299;
  const about = { effect: 'possible', httpStatus: answer.status, requestId: answer.requestId } as const;
  const envelope = readAnswer(answer, isHttpError);
  if (envelope.statusCode === 0 && !isHttpError) return envelope.data;
  if (envelope.statusCode === 0) throw new KaspiError('http_error', `HTTP ${answer.status} with StatusCode 0`, about);
  const code = qrCode(envelope.statusCode);
  const peerMessage = envelope.message?.slice(0, PEER_MESSAGE_LIMIT);
  throw new KaspiError(code.name, `the bank answered ${envelope.statusCode}: ${code.text}`, {
    ...about,
    effect: effectOfCode(method, code, answer.status),
    peerCode: envelope.statusCode,
    ...(peerMessage ? { peerMessage } : {}),
  });
}

function readAnswer(answer: HttpAnswer, isHttpError: boolean): ReturnType<typeof readEnvelope> {
  try {
    return readEnvelope(parseJson(answer.body));
  } catch (cause) {
    const about = { effect: 'possible', httpStatus: answer.status, requestId: answer.requestId, cause } as const;
    if (isHttpError) throw new KaspiError('http_error', `HTTP ${answer.status} without a readable envelope`, about);
    throw new KaspiError('answer_unreadable', 'the answer is no envelope of the QR API', about);
  }
}
