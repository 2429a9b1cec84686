import type { ServerResponse } from 'node:http';
import type { Clock } from '@tolem/base';
import type { Fault } from './fault-plan.ts';

/** An answer before it is written; `body` is the text of the whole body. */
export interface Answer {
  httpStatus: number;
  body: string;
  contentType?: string;
}

export interface Exchange {
  response: ServerResponse;
  clock: Clock;
  /** Does the work of the call. Runs at most once, also where the answer is never seen. */
  process(): Answer | Promise<Answer>;
  /** How this peer refuses with a code. */
  refuse(statusCode: number): Answer;
}

/** What became of the call, for the log of calls. */
export type Outcome = { httpStatus: number; body: string } | { cut: true } | { hanging: true };

/** The parts into which `slow_body` cuts an answer. */
const SLOW_PARTS = 10;

/**
 * Answers one call as its fault wants; without a fault, plainly. This is the only place where a listener misbehaves,
 * but for `word`, which the caller puts into the answer itself.
 */
export async function answerWithFault(fault: Fault | undefined, exchange: Exchange): Promise<Outcome> {
  const { response } = exchange;
  if (!fault) return write(response, await exchange.process());
  if (fault.kind === 'delay' && !fault.processes) await exchange.clock.sleep(fault.ms);
  const answer =
    fault.processes || fault.kind === 'delay' ? await exchange.process() : exchange.refuse(fault.statusCode);
  switch (fault.kind) {
    case 'word':
      return write(response, answer);
    case 'delay':
      if (fault.processes) await exchange.clock.sleep(fault.ms);
      return write(response, answer);
    case 'answer_lost':
    case 'request_lost':
      response.socket?.destroy();
      return { cut: true };
    case 'reset':
    case 'tls_reset':
      response.socket?.resetAndDestroy();
      return { cut: true };
    case 'hang':
      return { hanging: true };
    case 'http': {
      const page = `<html><body><h1>${fault.httpStatus}</h1></body></html>`;
      return write(response, { httpStatus: fault.httpStatus, body: page, contentType: 'text/html' });
    }
    case 'code':
    case 'code_after':
      return write(response, exchange.refuse(fault.statusCode));
    case 'garbage':
      return write(response, { httpStatus: 200, body: spoil(answer.body) });
    case 'slow_body':
      return writeSlowly(response, answer, fault.ms, exchange.clock);
  }
}

/** The first half of an answer: well begun, unreadable as a whole. */
function spoil(body: string): string {
  return body.slice(0, Math.ceil(body.length / 2));
}

function write(response: ServerResponse, answer: Answer): Outcome {
  if (response.destroyed) return { cut: true };
  response.writeHead(answer.httpStatus, headersOf(answer));
  response.end(answer.body);
  return { httpStatus: answer.httpStatus, body: answer.body };
}

async function writeSlowly(response: ServerResponse, answer: Answer, ms: number, clock: Clock): Promise<Outcome> {
  const bytes = Buffer.from(answer.body);
  response.writeHead(answer.httpStatus, headersOf(answer));
  for (let part = 0; part < SLOW_PARTS && !response.destroyed; part++) {
    const from = Math.floor((bytes.length * part) / SLOW_PARTS);
    response.write(bytes.subarray(from, Math.floor((bytes.length * (part + 1)) / SLOW_PARTS)));
    await clock.sleep(ms / SLOW_PARTS);
  }
  if (response.destroyed) return { cut: true };
  response.end();
  return { httpStatus: answer.httpStatus, body: answer.body };
}

function headersOf(answer: Answer): Record<string, string | number> {
  return {
    'content-type': answer.contentType ?? 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(answer.body),
  };
}
