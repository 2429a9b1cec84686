import { language } from './words.js';

/** A refusal with the hub's own hint, or that no answer came: without a message, for the page has its own words for it. */
export class Refusal extends Error {
  constructor(problem, status) {
    super(problem.hint?.[language()] ?? problem.detail ?? '');
    this.code = problem.code;
    this.status = status;
    this.money = problem.money;
    this.detail = problem.detail;
  }
}

/** Calls the hub's API. Throws `Refusal`; with `status` 0 no answer came. */
export async function call(path, { method, body, key } = {}) {
  let response;
  try {
    response = await fetch(`api/v1${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      cache: 'no-store',
    });
  } catch {
    throw new Refusal({ code: 'no_answer', money: body === undefined ? 'none' : 'maybe' }, 0);
  }
  if (response.status === 204) return undefined;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(answer, response.status);
  return answer;
}
