import { compareRequests } from './compare-requests.ts';
import type { RecordedAnswer, RecordedExchange, RecordedRequest } from './recording-file.ts';

export interface Difference {
  peer: string;
  /** `POST /r3/v01/qr/create` */
  call: string;
  what: string;
}

export interface ReplayReport {
  served: number;
  /** Reads that were made more often than recorded, and got their last answer again. */
  repeated: number;
  differences: Difference[];
  /** Recorded calls that were never made. */
  unserved: string[];
}

/** Serves recorded answers in their order, and notes in what the calls differ from those recorded. */
export interface ReplaySession {
  /** `undefined`: nothing recorded fits; the difference is noted. */
  take(peer: string, request: RecordedRequest): RecordedAnswer | undefined;
  isDone(): boolean;
  report(): ReplayReport;
}

/** Beyond this many a client is another one altogether. */
const MAX_DIFFERENCES = 10_000;

export function createReplaySession(
  exchanges: readonly RecordedExchange[],
  options: { ignored: ReadonlySet<string>; onDifference?: (difference: Difference) => void },
): ReplaySession {
  const waiting = [...exchanges];
  const lastOf = new Map<string, RecordedExchange>();
  const differences: Difference[] = [];
  let served = 0;
  let repeated = 0;
  const note = (difference: Difference) => {
    if (differences.length < MAX_DIFFERENCES) differences.push(difference);
    options.onDifference?.(difference);
  };
  const isSamePlace = (one: RecordedExchange, peer: string, request: RecordedRequest) =>
    one.peer === peer && callText(one.request) === callText(request);
  const isAlike = (one: RecordedExchange, request: RecordedRequest) =>
    compareRequests(request, one.request, options.ignored).length === 0;
  return {
    take(peer, request) {
      const call = callText(request);
      const inPlace = waiting.filter((one) => isSamePlace(one, peer, request));
      const found = inPlace.find((one) => isAlike(one, request));
      const last = lastOf.get(`${peer} ${call}`);
      if (!found && isRead(peer, request) && last && isAlike(last, request)) {
        repeated += 1;
        return last.answer;
      }
      const chosen = found ?? inPlace[0];
      if (!chosen) {
        note({ peer, call, what: 'is not in the recording, or was made more often than there' });
        return undefined;
      }
      const earlier = waiting.find((one) => !isRead(one.peer, one.request));
      if (!isRead(peer, request) && earlier && earlier !== chosen) {
        note({ peer, call, what: `comes before ${callText(earlier.request)}, which the recording has first` });
      }
      for (const what of compareRequests(request, chosen.request, options.ignored)) note({ peer, call, what });
      waiting.splice(waiting.indexOf(chosen), 1);
      lastOf.set(`${peer} ${call}`, chosen);
      served += 1;
      return chosen.answer;
    },
    isDone: () => waiting.length === 0,
    report: () => ({
      served,
      repeated,
      differences: [...differences],
      unserved: waiting.map((one) => `${one.peer} ${callText(one.request)}`),
    }),
  };
}

function callText({ method, path }: RecordedRequest): string {
  return `${method} ${path.replace(/(?<=.)\/$/, '')}`;
}

/** Calls that change nothing. A terminal takes money by GET. */
function isRead(peer: string, { method, path }: RecordedRequest): boolean {
  if (method !== 'GET') return false;
  return peer === 'bank' || /\/(status|deviceinfo)\/?$/.test(path);
}
