/**
 * How a simulated peer misbehaves at one call, by order of `POST /control/faults` or by chaos. The one table from which the
 * control API's enum, the catalogue and its documentation are made.
 */
export interface FaultKindEntry {
  /** What a caller sees on the wire. */
  wire: string;
  /** Whether the call does its work where the rule does not say `afterProcessing`. */
  processes: boolean;
  /** Members of a rule that this kind reads, besides `where`, `path`, `times`, `afterProcessing`. */
  reads: ReadonlyArray<'ms' | 'statusCode' | 'httpStatus' | 'word'>;
}

const TABLE = {
  delay: {
    wire: 'The whole answer comes `ms` later (1000). With `afterProcessing: false` the wait comes first, then the work.',
    processes: true,
    reads: ['ms'],
  },
  slow_body: {
    wire: 'The head comes at once, the body in ten pieces with `ms` (500) over all of them.',
    processes: true,
    reads: ['ms'],
  },
  hang: {
    wire: 'The connection stays open and nothing is ever answered.',
    processes: false,
    reads: [],
  },
  answer_lost: {
    wire: 'The work is done, then the connection ends without an answer.',
    processes: true,
    reads: [],
  },
  request_lost: {
    wire: 'The connection ends without an answer; nothing was done.',
    processes: false,
    reads: [],
  },
  reset: {
    wire: 'The connection ends by a TCP reset.',
    processes: false,
    reads: [],
  },
  tls_reset: {
    wire: 'The next new connection is reset before its TLS handshake (v1 terminals: before the request). `path` does not count.',
    processes: false,
    reads: [],
  },
  http: {
    wire: 'HTTP `httpStatus` (502) with a page of HTML, as from a proxy in between.',
    processes: false,
    reads: ['httpStatus'],
  },
  code: {
    wire: 'HTTP 200 with `statusCode` (−999) and its sentence; nothing was done. A v1 terminal says `{message}`.',
    processes: false,
    reads: ['statusCode'],
  },
  code_after: {
    wire: 'The work is done, the answer is HTTP 200 with `statusCode` (−999) all the same.',
    processes: true,
    reads: ['statusCode'],
  },
  garbage: {
    wire: 'HTTP 200 with the first half of the answer: JSON that ends in the middle.',
    processes: true,
    reads: [],
  },
  word: {
    wire: 'A status answers `word` (SomethingNew) in place of the true one.',
    processes: true,
    reads: ['word'],
  },
} as const satisfies Record<string, FaultKindEntry>;

export type FaultKind = keyof typeof TABLE;
export const FAULT_KIND_TABLE: Readonly<Record<FaultKind, FaultKindEntry>> = TABLE;
export const FAULT_KINDS = Object.keys(TABLE) as [FaultKind, ...FaultKind[]];
