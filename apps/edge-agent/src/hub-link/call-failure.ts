import { Metadata, status } from '@grpc/grpc-js';
import { type MoneyMoved, type Problem, ProblemError, type Retry } from '@tolem/base';
import { wire } from '@tolem/proto';
import { EdgeError } from '../edge-error.ts';
import { hubHint } from './hub-hints.ts';

const ERROR_KEY = 'tolem-error-bin';
/** What the hub calls a thing that it does not hold; other refusals with NOT_FOUND are about something else. */
const NOT_FOUND_WORDS: readonly string[] = ['payment_not_found', 'refund_not_found', 'refund_session_not_found'];
/** The hub's words for "I do not know what became of it" and "ask again in a moment": no refusals. */
const NO_ANSWER_WORDS: readonly string[] = ['internal', 'hub_stopping'];

/**
 * A failed call in the agent's words. A refusal by the hub itself carries a CallError: it becomes `superseded`, `hub_not_found`
 * or a `ProblemError`. Everything else (the hub's own failure, UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, UNKNOWN, a proxy's or library's word) proves
 * nothing about what the hub did: `hub_unreachable` with `effect: possible`.
 */
export function fromCallFailure(error: unknown, method: string): EdgeError | ProblemError {
  if (error instanceof EdgeError || error instanceof ProblemError) return error;
  const { code, details, metadata } = readFailure(error);
  const refusal = metadata && readCallError(metadata);
  const ids = { method, grpcStatus: code === undefined ? undefined : status[code] };
  if (refusal === undefined || NO_ANSWER_WORDS.includes(refusal.code)) {
    return new EdgeError('hub_unreachable', `no answer from the hub: ${details}`, {
      cause: error,
      ids,
      effect: 'possible',
    });
  }
  if (refusal.code === 'superseded') {
    return new EdgeError('superseded', refusal.detail, { cause: error, ids });
  }
  if (code === status.NOT_FOUND && NOT_FOUND_WORDS.includes(refusal.code)) {
    return new EdgeError('hub_not_found', refusal.detail, { cause: error, ids });
  }
  return new ProblemError(toProblem(refusal, code), error);
}

/** `hub_unreachable` by our own finding, without an error of gRPC. */
export function unreachable(message: string, effect: 'none' | 'possible'): EdgeError {
  return new EdgeError('hub_unreachable', message, { effect });
}

interface Failure {
  code: status | undefined;
  details: string;
  metadata: Metadata | undefined;
}

function readFailure(error: unknown): Failure {
  const members: { code?: unknown; details?: unknown; metadata?: unknown } =
    typeof error === 'object' && error !== null ? error : {};
  const { code, details, metadata } = members;
  return {
    code: typeof code === 'number' && code in status ? code : undefined,
    details: typeof details === 'string' ? details : String(error),
    metadata: metadata instanceof Metadata ? metadata : undefined,
  };
}

function readCallError(metadata: Metadata): wire.CallError | undefined {
  const [bytes] = metadata.get(ERROR_KEY);
  if (!(bytes instanceof Uint8Array)) return undefined;
  try {
    const error = wire.CallError.decode(bytes);
    return error.code === '' ? undefined : error;
  } catch {
    return undefined;
  }
}

const MONEY: readonly string[] = ['none', 'maybe', 'moved'] satisfies MoneyMoved[];
const RETRY: readonly string[] = ['never', 'same_key', 'after'] satisfies Retry[];

function toProblem(error: wire.CallError, code: status | undefined): Problem {
  // A word that this version does not know: the careful reading.
  const money = MONEY.includes(error.money) ? (error.money as MoneyMoved) : 'maybe';
  const retry = RETRY.includes(error.retry) ? (error.retry as Retry) : 'never';
  const problem: Problem = {
    status: error.code in TOO_OFTEN ? 429 : httpStatus(code),
    code: error.code,
    detail: error.detail,
    money,
    retry,
    hint: hubHint(error.code, money),
  };
  if (error.retryAfterMs <= 0n) return problem;
  return { ...problem, retryAfterS: Math.ceil(Number(error.retryAfterMs) / 1000) };
}

/** What a person did too often, as opposed to a hub that is too busy. */
const TOO_OFTEN = { refresh_too_soon: true, payer_lookups_exhausted: true };

/** As the local API answers it; the hub's quarrel with the agent (UNAUTHENTICATED) is not the till's: 502. */
function httpStatus(code: status | undefined): number {
  switch (code) {
    case status.INVALID_ARGUMENT:
      return 422;
    case status.PERMISSION_DENIED:
      return 403;
    case status.NOT_FOUND:
      return 404;
    case status.ALREADY_EXISTS:
    case status.FAILED_PRECONDITION:
    case status.ABORTED:
      return 409;
    case status.RESOURCE_EXHAUSTED:
    case status.UNAVAILABLE:
      return 503;
    default:
      return 502;
  }
}
