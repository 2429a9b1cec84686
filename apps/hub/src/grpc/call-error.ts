import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type Problem, ProblemError } from '@tolem/base';
import { wire } from '@tolem/proto';

const ERROR_KEY = 'tolem-error-bin';
/** Sentences longer than this help nobody and fill the header block (8 KB in all). */
const DETAIL_MAX = 500;

/** A refusal as it goes over the wire: a status, and a CallError in the trailing metadata. */
export type CallFailure = Pick<ServiceError, 'code' | 'details' | 'metadata'>;

/** What an unexpected failure means for the caller: of a call that moves money nobody knows what it did. */
export type MoneyOfCall = 'moves_money' | 'reads';

export function toCallFailure(error: unknown, money: MoneyOfCall): CallFailure {
  if (error instanceof ProblemError) return fromProblem(error.problem);
  return failure(status.INTERNAL, {
    code: 'internal',
    detail: 'the hub failed in a way that it did not foresee',
    money: money === 'moves_money' ? 'maybe' : 'none',
    retry: 'same_key',
    retryAfterMs: 0n,
  });
}

/** A refusal of the door itself, before anything was done. */
export function refusal(
  code: 'unauthenticated' | 'forbidden' | 'invalid' | 'busy' | 'superseded' | 'stopping',
  word: string,
  detail: string,
): CallFailure {
  const retry = code === 'busy' || code === 'stopping' ? 'same_key' : 'never';
  return failure(DOOR_STATUS[code], { code: word, detail, money: 'none', retry, retryAfterMs: 0n });
}

const DOOR_STATUS = {
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  invalid: status.INVALID_ARGUMENT,
  busy: status.RESOURCE_EXHAUSTED,
  superseded: status.FAILED_PRECONDITION,
  stopping: status.UNAVAILABLE,
} as const;

function fromProblem(problem: Problem): CallFailure {
  return failure(statusOf(problem), {
    code: problem.code,
    detail: problem.detail,
    money: problem.money,
    retry: problem.retry,
    retryAfterMs: BigInt(Math.round((problem.retryAfterS ?? 0) * 1000)),
  });
}

function statusOf(problem: Problem): status {
  if (problem.code === 'superseded') return status.FAILED_PRECONDITION;
  if (problem.code.endsWith('_conflict') || problem.code === 'key_used') return status.ALREADY_EXISTS;
  switch (problem.status) {
    case 400:
    case 413:
    case 422:
      return status.INVALID_ARGUMENT;
    case 401:
      return status.UNAUTHENTICATED;
    case 403:
      return status.PERMISSION_DENIED;
    case 404:
      return status.NOT_FOUND;
    case 409:
    case 412:
      return status.FAILED_PRECONDITION;
    case 429:
      return status.RESOURCE_EXHAUSTED;
    case 502:
    case 503:
    case 504:
      return status.UNAVAILABLE;
    default:
      return status.UNKNOWN;
  }
}

function failure(code: status, error: wire.CallError): CallFailure {
  const metadata = new Metadata();
  const cut = { ...error, detail: error.detail.slice(0, DETAIL_MAX) };
  metadata.set(ERROR_KEY, Buffer.from(wire.CallError.encode(cut).finish()));
  return { code, details: `${cut.code}: ${cut.detail}`, metadata };
}
