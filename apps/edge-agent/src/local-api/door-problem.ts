import { type Problem, ProblemError } from '@tolem/base';
import { DOOR_HINTS, type DoorCode } from '../text/door-hints.ts';

const STATUS: Readonly<Record<DoorCode, number>> = {
  http_invalid: 400,
  headers_too_large: 431,
  request_too_slow: 408,
  host_refused: 403,
  origin_refused: 403,
  content_type_refused: 415,
  body_too_large: 413,
  json_invalid: 400,
  request_invalid: 400,
  amount_out_of_range: 422,
  amount_not_whole_tenge: 422,
  key_missing: 400,
  key_invalid: 400,
  token_missing: 401,
  token_invalid: 401,
  session_missing: 401,
  scope_missing: 403,
  pin_needed: 403,
  pin_wrong: 403,
  pin_locked: 429,
  route_unknown: 404,
  code_not_shown: 409,
  refund_code_not_shown: 409,
  refresh_unavailable: 409,
  too_many_requests: 429,
  stopping: 503,
  internal_error: 500,
};

/** A refusal of the doors themselves. Nothing was started: `money: none`, `retry: never` unless said otherwise. */
export function doorProblem(code: DoorCode, detail: string, more: Partial<Problem> = {}): ProblemError {
  return new ProblemError({
    status: STATUS[code],
    code,
    detail,
    money: 'none',
    retry: 'never',
    hint: DOOR_HINTS[code],
    ...more,
  });
}
