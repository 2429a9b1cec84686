import { z } from 'zod';

/** One call that the bank or a terminal received, whatever became of it. */
export const callSchema = z.object({
  at: z.string(),
  where: z.string().describe('"bank" or "terminal:<id>"'),
  scheme: z.literal([1, 2, 3]).optional().describe('Of the QR API, at the bank'),
  method: z.string(),
  path: z.string(),
  requestId: z.string().optional(),
  /** The same X-Request-ID has been seen before: a caller must make one for each call. */
  repeatedRequestId: z.boolean().optional(),
  outcome: z.string().describe('The code answered, or "pending" until then, "cut", "hanging", "refused"'),
  fault: z.string().optional(),
});
export type Call = z.output<typeof callSchema>;

export interface CallLog {
  /** Notes a call at its arrival; what is returned notes how it ended. */
  begin(call: Omit<Call, 'outcome'>): (outcome: string) => void;
  /** Oldest first. */
  list(): Call[];
  clear(): void;
}

/** The contract of the control API: the last so many calls. */
const MAX_CALLS = 5000;
/** Request ids remembered to tell repetitions: days of a test's calls, some 10 MB. */
const MAX_SEEN = 100_000;

export function createCallLog(): CallLog {
  let calls: Call[] = [];
  const seen = new Set<string>();
  return {
    begin(arrived) {
      const call: Call = { ...arrived, outcome: 'pending' };
      const isRepeated = call.requestId !== undefined && seen.has(call.requestId);
      if (seen.size >= MAX_SEEN) seen.clear();
      if (call.requestId !== undefined) seen.add(call.requestId);
      if (isRepeated) call.repeatedRequestId = true;
      calls.push(call);
      if (calls.length > 2 * MAX_CALLS) calls = calls.slice(-MAX_CALLS);
      return (outcome) => {
        call.outcome = outcome;
      };
    },
    list: () => calls.slice(-MAX_CALLS),
    clear() {
      calls = [];
      seen.clear();
    },
  };
}
