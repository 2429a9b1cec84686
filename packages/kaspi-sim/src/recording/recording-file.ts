import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { SimError } from '../sim-error.ts';

/** Who stood on the other side: `bank` or `terminal:<id>`, and by which TLS a replay must answer. */
const peerSchema = z.object({
  name: z.string().regex(/^(bank|terminal:[A-Za-z0-9_-]{1,40})$/),
  tls: z.enum(['bank', 'terminal', 'none']),
  /** The path of the bank's base address, such as `/r3/v01`. */
  basePath: z.string().optional(),
});
export type RecordedPeer = z.output<typeof peerSchema>;

/** The first line of a file. */
const headSchema = z.object({
  kaspiSimRecording: z.literal(1),
  startedAt: z.string(),
  peers: z.array(peerSchema).min(1),
});
export type RecordingHead = z.output<typeof headSchema>;

const answerSchema = z.union([
  z.object({ status: z.int(), contentType: z.string(), body: z.string(), afterMs: z.number() }),
  z.object({ cut: z.literal(true), afterMs: z.number() }),
]);
export type RecordedAnswer = z.output<typeof answerSchema>;

const requestSchema = z.object({
  method: z.string(),
  path: z.string(),
  query: z.record(z.string(), z.string()),
  /** Only those that authorise, masked. */
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
export type RecordedRequest = z.output<typeof requestSchema>;

/** One further line: a call and what came back. `at` is milliseconds since the start. */
const exchangeSchema = z.object({
  peer: z.string(),
  at: z.number(),
  request: requestSchema,
  answer: answerSchema,
});
export type RecordedExchange = z.output<typeof exchangeSchema>;

export interface Recording {
  head: RecordingHead;
  exchanges: RecordedExchange[];
}

/** A session of an afternoon is some thousands of calls; a file beyond this is no fixture. */
const MAX_EXCHANGES = 100_000;

export interface RecordingWriter {
  write(exchange: RecordedExchange): void;
  readonly written: number;
}

/** Begins a file, never over one that exists. Each exchange is on disk when `write` returns. Throws `data_unusable`. */
export function openRecording(file: string, head: RecordingHead): RecordingWriter {
  if (existsSync(file)) throw new SimError('data_unusable', `${file} exists: name another file, or remove it`);
  append(file, () => writeFileSync(file, `${JSON.stringify(head)}\n`, { mode: 0o600, flag: 'wx' }));
  let written = 0;
  return {
    get written() {
      return written;
    },
    write(exchange) {
      if (written >= MAX_EXCHANGES) return;
      written += 1;
      append(file, () => appendFileSync(file, `${JSON.stringify(exchange)}\n`));
    },
  };
}

/** Reads a file; a last line that a crash has cut is dropped. Throws `data_unusable` with the line that is wrong. */
export function readRecording(file: string): Recording {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SimError('data_unusable', `the recording ${file} can't be read: ${String(cause)}`, { cause });
  }
  const [first = '', ...rest] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  const parse = <Schema extends z.ZodType>(schema: Schema, line: string, number: number): z.output<Schema> => {
    const result = schema.safeParse(readJson(line));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const why = `${issue?.path.join('.') || 'the line'}: ${issue?.message ?? ''}`;
    throw new SimError('data_unusable', `the recording ${file} is not one, line ${number}: ${why}`);
  };
  const head = parse(headSchema, first, 1);
  const lines = rest.slice(0, MAX_EXCHANGES).filter((line) => line !== '');
  return { head, exchanges: lines.map((line, index) => parse(exchangeSchema, line, index + 2)) };
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function append(file: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    throw new SimError('data_unusable', `the recording ${file} can't be written: ${String(cause)}`, { cause });
  }
}
