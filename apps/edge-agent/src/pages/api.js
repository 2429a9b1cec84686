/** Longer than the agent waits for the hub or a terminal before it answers. */
const PATIENCE_MS = 30_000;
/** Pauses between attempts of a request whose answer was lost. */
const PAUSES_MS = [700, 1500, 3000, 5000];

/** The agent refused, and says why (`problem` of the local API). */
export class Refused extends Error {
  constructor(problem) {
    super(problem.code);
    this.problem = problem;
  }
}

/** No answer, or none of the agent's: nothing is known about what happened. */
export class NoAnswer extends Error {}

export async function get(path) {
  return call(path, {});
}

export async function post(path, body = {}, key = undefined) {
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) };
  return call(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Pairing waits for a person at the terminal. */
export async function postPatiently(path, patienceMs) {
  return call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }, patienceMs);
}

/**
 * Sends a request that can move money until it is answered: always with the same key, so that a lost answer never
 * becomes a second payment. `onTrouble` is called at each attempt that stayed without an answer.
 */
export async function postUntilAnswered(intent, onTrouble) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await post(intent.path, intent.body, intent.key);
    } catch (error) {
      if (error instanceof Refused && !mustAskAgain(error.problem)) throw error;
      onTrouble();
      await pause(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)]);
    }
  }
}

/** A new key: 128 random bits. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** Refused before the agent has looked for the key: that says nothing of an attempt before. */
const BEFORE_THE_KEY = new Set(['too_many_requests', 'stopping']);

function mustAskAgain({ money, retry, code }) {
  return money === 'maybe' || retry === 'same_key' || BEFORE_THE_KEY.has(code);
}

async function call(path, options, patienceMs = PATIENCE_MS) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), patienceMs);
  let response;
  let body;
  try {
    response = await fetch(path, { ...options, signal: patience.signal, credentials: 'same-origin' });
    body = await response.json();
  } catch {
    throw new NoAnswer();
  } finally {
    clearTimeout(timer);
  }
  if (response.ok) return body;
  if (response.status === 401) globalThis.dispatchEvent(new Event('tolem-session-over'));
  if (typeof body.code === 'string' && body.hint) throw new Refused(body);
  throw new NoAnswer();
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
