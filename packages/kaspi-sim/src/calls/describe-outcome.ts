import type { Outcome } from '../faults/answer-with-fault.ts';

const CODE = /"[Ss]tatusCode"\s*:\s*(-?\d+)/;

/** One word for the log of calls: the code of an envelope, else the HTTP status, else how it ended. */
export function describeOutcome(outcome: Outcome): string {
  if ('cut' in outcome) return 'cut';
  if ('hanging' in outcome) return 'hanging';
  const [, code] = CODE.exec(outcome.body) ?? [];
  return outcome.httpStatus === 200 && code !== undefined ? code : `HTTP ${outcome.httpStatus}`;
}
