import { request } from 'node:http';
import { HubError } from '../hub-error.ts';

/** Calls the running hub's admin socket. Throws `hub_unreachable`, or `hub_refused` with the hub's own sentence. */
export async function callAdmin(
  file: string,
  call: { method: 'GET' | 'POST'; path: string; body?: unknown },
): Promise<unknown> {
  const { status, text } = await send(file, call);
  const answer: unknown = parse(text);
  if (status < 300) return answer;
  const detail = sentenceOf(answer);
  throw new HubError('hub_refused', detail ?? `the hub answered ${status}`);
}

/** Answers hold a bundle at most. */
const ANSWER_MAX_BYTES = 4_000_000;
/** Adding an agent with a device waits for the bank. */
const TIMEOUT_MS = 60_000;

function send(
  socketPath: string,
  { method, path, body }: { method: string; path: string; body?: unknown },
): Promise<{ status: number; text: string }> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = payload === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) =>
      reject(new HubError('hub_unreachable', 'the running hub did not answer on its admin socket', { cause }));
    const outgoing = request({ socketPath, method, path, headers, timeout: TIMEOUT_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > ANSWER_MAX_BYTES) outgoing.destroy(new Error('the answer is too large'));
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', fail);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', fail);
    outgoing.end(payload);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sentenceOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('detail' in answer)) return undefined;
  const fields = 'fields' in answer ? ` ${JSON.stringify(answer.fields)}` : '';
  return `${String(answer.detail)}${fields}`;
}
