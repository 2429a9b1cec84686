import type { Context } from '@tolem/base';
import type { SimPki } from '../certificates/sim-pki.ts';
import { listenForPeers, type PlainAnswer, plainAnswer } from './peer-server.ts';
import { readRecording } from './recording-file.ts';
import { createReplaySession, type Difference, type ReplayReport } from './replay-session.ts';

export interface ReplayOptions {
  file: string;
  listen: string;
  pki: SimPki;
  /** Members of requests that may differ, besides masked ones and `ExternalId`. */
  ignore?: readonly string[];
  /** Answers take as long as they were recorded to take. */
  keepPace?: boolean;
  onDifference?: (difference: Difference) => void;
  /** Called once, when the last recorded answer has been given. */
  onDone?: () => void;
}

export interface Replay {
  addresses: Record<string, string>;
  /** Of the bank, with its base path; where the recording has one. */
  bankUrl?: string;
  report(): ReplayReport;
  stop(): Promise<void>;
}

/** Made anew by every caller, so that no two sessions agree on it. */
const ALWAYS_IGNORED = ['externalid'];
const NOT_RECORDED: PlainAnswer = {
  status: 501,
  contentType: 'application/problem+json',
  body: JSON.stringify({ title: 'This call is not in the recording', status: 501 }),
};

/** Stands where the recorded bank and terminals stood. Throws `data_unusable`, `address_in_use`. */
export async function startReplay(options: ReplayOptions, context: Context): Promise<Replay> {
  const { head, exchanges } = readRecording(options.file);
  const ignored = new Set([...ALWAYS_IGNORED, ...(options.ignore ?? [])].map((name) => name.toLowerCase()));
  const { onDifference, onDone } = options;
  const session = createReplaySession(exchanges, { ignored, ...(onDifference ? { onDifference } : {}) });
  let isTold = false;
  const servers = await listenForPeers({
    ...options,
    peers: head.peers,
    context,
    async handle(peer, request) {
      const answer = session.take(peer.name, request);
      if (answer && options.keepPace) await context.clock.sleep(answer.afterMs);
      if (session.isDone() && !isTold) {
        isTold = true;
        // After the answer is on its way.
        context.clock.after(DONE_AFTER_MS, () => onDone?.());
      }
      return answer ? plainAnswer(answer) : NOT_RECORDED;
    },
  });
  const bank = head.peers.find((peer) => peer.name === 'bank');
  const bankUrl = bank ? { bankUrl: `https://${servers.addresses.bank}${bank.basePath ?? ''}` } : {};
  return { addresses: servers.addresses, ...bankUrl, report: () => session.report(), stop: () => servers.stop() };
}

/** Enough for a body of some kilobytes to leave a loopback socket. */
const DONE_AFTER_MS = 200;
