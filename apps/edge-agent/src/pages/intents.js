import { newKey, postUntilAnswered } from './api.js';

/**
 * What the cashier asked for and the agent has not answered yet. It is written down with its key before it is sent and
 * forgotten only after its answer has been kept: a double click, a reload or a crash of the page repeats the same
 * request, and the agent gives back the same payment.
 */
const SLOT = 'tolem.intent';

export function pendingIntent() {
  try {
    return JSON.parse(sessionStorage.getItem(SLOT) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/** Writes the intent down; while one is pending, that one stays and is returned. */
export function makeIntent(kind, path, body) {
  const pending = pendingIntent();
  if (pending) return pending;
  const intent = { kind, path, body, key: newKey() };
  sessionStorage.setItem(SLOT, JSON.stringify(intent));
  return intent;
}

/** Sends the intent until it is answered. `keep` stores the answer before the intent is forgotten. */
export async function performIntent(intent, { onTrouble, keep, onRefusal }) {
  try {
    const answer = await postUntilAnswered(intent, onTrouble);
    keep(answer);
  } catch (error) {
    onRefusal(error.problem);
  }
  sessionStorage.removeItem(SLOT);
}
