import type { HttpMessage } from './hostile-http.ts';
import type { HttpAnswer } from './http-lane.ts';

/** What every refusal must look like, by the door's own kind. */
export type ReadRefusal = (answer: HttpAnswer) => { code: string; fault?: string | undefined };

/** Traces of our insides: a stack, a library's message, a file of ours. */
const INSIDES =
  /node_modules|\bat [\w.<>]+ \(|\.ts:\d|TypeError|RangeError|ReferenceError|Cannot read|undefined is not|SQLITE|fastify\b/;
/** 501 and 505 are HTTP's own refusals; 503 is a coded one. */
const SERVER_REFUSALS: ReadonlySet<number> = new Set([501, 503, 505]);

/** Judges all answers to one message: what the door said must be clear, and it must have said something. */
export function judgeHttp(message: HttpMessage, answers: readonly HttpAnswer[], read: ReadRefusal) {
  if (answers.length === 0) {
    if (message.isBroken) return { outcome: 'hung up' };
    return { outcome: 'no answer', fault: `${message.route}: the connection was closed without an answer` };
  }
  let outcome = '';
  for (const answer of answers) {
    const judged = judgeOne(answer, read);
    outcome ||= judged.outcome;
    if (judged.fault !== undefined) return { outcome, fault: `${message.route}: ${judged.fault}: ${quote(answer)}` };
  }
  const [first] = answers;
  // What is no HTTP at all is refused by the reader of HTTP, before any rule of ours.
  if (
    first &&
    message.must &&
    !message.must.includes(first.status) &&
    ![400, 404, 405, 414, 417, 431].includes(first.status)
  ) {
    return { outcome, fault: `${message.route}: must be ${message.must.join(' or ')}: ${quote(first)}` };
  }
  return { outcome };
}

function judgeOne(answer: HttpAnswer, read: ReadRefusal): { outcome: string; fault?: string | undefined } {
  const { status, headers, body } = answer;
  const outcome = String(status);
  if (status >= 500 && !SERVER_REFUSALS.has(status)) return { outcome, fault: 'the door broke' };
  if (INSIDES.test(body) && !headers['content-type']?.startsWith('text/'))
    return { outcome, fault: 'it shows its insides' };
  if (Object.keys(headers).some((name) => name.startsWith('access-control-')))
    return { outcome, fault: 'CORS headers' };
  if (status < 400 || (body === '' && headers['content-length'] === undefined)) return { outcome };
  const { code, fault } = read(answer);
  return { outcome: `${outcome} ${code}`, fault };
}

function quote({ status, headers, body }: HttpAnswer): string {
  return `${status} ${headers['content-type'] ?? ''} ${body.slice(0, 400)}`;
}

/** A problem with everything that the till and its people need. */
export function readProblem({ status, headers, body }: HttpAnswer): { code: string; fault?: string | undefined } {
  if (body === '') return { code: '' };
  if (
    !headers['content-type']?.startsWith('application/problem+json') &&
    !headers['content-type']?.startsWith('text/html')
  ) {
    return { code: '', fault: 'not a problem' };
  }
  // The pages themselves are shown locked, to a person.
  if (headers['content-type'].startsWith('text/html')) return { code: 'page' };
  const problem = parse(body);
  const code = String(problem.code ?? '');
  if (!/^[a-z][a-z_]{2,40}$/.test(code)) return { code, fault: 'no code' };
  if (problem.status !== status) return { code, fault: 'another status in the body' };
  if (!['none', 'maybe', 'moved'].includes(String(problem.money)))
    return { code, fault: 'it does not say whether money moved' };
  if (!['never', 'same_key', 'after'].includes(String(problem.retry)))
    return { code, fault: 'it does not say whether to try again' };
  const hint = (problem.hint ?? {}) as Record<string, unknown>;
  const isTold = ['kk', 'ru', 'en'].every((language) => typeof hint[language] === 'string' && hint[language] !== '');
  return isTold ? { code } : { code, fault: 'no hint in three languages' };
}

export function parse(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
