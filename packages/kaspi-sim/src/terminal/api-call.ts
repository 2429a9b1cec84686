import type { Answer } from '../faults/answer-with-fault.ts';

/** One request as the simulated terminal sees it. */
export interface TerminalCall {
  verb: string;
  /** Without a query; with or without a slash at the end. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** A status word that a fault puts in the place of the true one. */
  word?: string;
}

/** One version of the terminal's API. */
export interface TerminalWire {
  answer(call: TerminalCall): Promise<Answer>;
  /** How it refuses with a code of its own. */
  refuse(statusCode: number): Answer;
}

export function jsonAnswer(httpStatus: number, body: unknown): Answer {
  return { httpStatus, body: JSON.stringify(body) };
}

/** Whole tenge above zero, as tenge with two decimals; `undefined` otherwise. */
export function readAmount(query: URLSearchParams): string | undefined {
  const text = query.get('amount') ?? '';
  return /^[1-9]\d{0,9}$/.test(text) ? `${text}.00` : undefined;
}

export function readMethod(query: URLSearchParams): 'qr' | 'card' | 'alaqan' | undefined {
  const word = query.get('method');
  return word === 'qr' || word === 'card' || word === 'alaqan' ? word : undefined;
}
