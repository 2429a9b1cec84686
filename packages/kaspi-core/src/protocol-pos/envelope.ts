import { KaspiError } from '../kaspi-error.ts';
import { effectOf, errorOfCode, type PosCall } from './codes.ts';
import type { PosAnswer } from './pos-http.ts';
import { readWireObject, type WireObject } from './wire-object.ts';

/** `{ statusCode, data?, errorText? }` [pos-v2 Transport]. */
export interface Envelope {
  statusCode: number;
  data: WireObject | undefined;
  sentence: string | undefined;
}

/** Reads an envelope whatever the HTTP status; `undefined` where there is none. */
export function readEnvelope(body: Uint8Array): Envelope | undefined {
  const root = readWireObject(body);
  const code = root?.text('statusCode')?.trim();
  if (!root || code === undefined || !/^-?\d{1,9}$/.test(code)) return undefined;
  const data = root.object('data');
  return { statusCode: Number(code), data, sentence: data?.text('message') ?? root.text('errorText') };
}

/** The `data` of an answer that says 0; otherwise throws the error that the answer means for this kind of call. */
export function dataOf(call: PosCall, answer: PosAnswer): WireObject {
  const envelope = readEnvelope(answer.body);
  if (envelope && envelope.statusCode !== 0) throw errorOfCode(call, envelope.statusCode, envelope.sentence);
  if (answer.status !== 200) {
    throw new KaspiError('http_error', `the terminal answered HTTP ${answer.status}`, {
      effect: effectOf(call, false),
      httpStatus: answer.status,
    });
  }
  if (!envelope?.data) throw unreadable(call, answer);
  return envelope.data;
}

export function unreadable(call: PosCall, answer: PosAnswer): KaspiError {
  return new KaspiError('answer_unreadable', 'the answer of the terminal cannot be read', {
    effect: effectOf(call, false),
    httpStatus: answer.status,
  });
}
