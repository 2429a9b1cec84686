import type { Context } from '@tolem/base';
import type { SimPki } from '../certificates/sim-pki.ts';
import { forwardCall, type Upstream } from './forward-call.ts';
import { createMask } from './mask-secrets.ts';
import { listenForPeers } from './peer-server.ts';
import { openRecording, type RecordedPeer } from './recording-file.ts';

export interface RecorderOptions {
  file: string;
  /** `bank` and `terminal:<id>` → where the calls go. */
  peers: ReadonlyArray<RecordedPeer & { upstream: Upstream }>;
  listen: string;
  pki: SimPki;
}

export interface Recorder {
  addresses: Record<string, string>;
  readonly written: number;
  /** Calls that are on their way are recorded if their answers come before the connections are closed. */
  stop(): Promise<void>;
}

/** A proxy between a client and the real bank or terminals that writes each exchange, masked, into a file. */
export async function startRecorder(options: RecorderOptions, context: Context): Promise<Recorder> {
  const { clock } = context;
  const peers = options.peers.map(({ upstream: _, ...peer }) => peer);
  const startedAt = new Date(clock.nowMs()).toISOString();
  const writer = openRecording(options.file, { kaspiSimRecording: 1, startedAt, peers });
  const mask = createMask();
  const upstreams = new Map(options.peers.map((peer) => [peer.name, peer.upstream]));
  const startMono = clock.monoMs();
  const since = (mono: number) => Math.round(clock.monoMs() - mono);
  const servers = await listenForPeers({
    ...options,
    peers,
    context,
    async handle(peer, request, raw) {
      const upstream = upstreams.get(peer.name);
      if (!upstream) return { cut: true };
      const calledMono = clock.monoMs();
      const at = since(startMono);
      const answer = await forwardCall(upstream, request.method, raw);
      const afterMs = since(calledMono);
      const recorded =
        'cut' in answer
          ? { cut: true as const, afterMs }
          : { ...answer, body: mask.text(Buffer.from(answer.body).toString('utf8')), afterMs };
      writer.write({ peer: peer.name, at, request: mask.request(request), answer: recorded });
      return answer;
    },
  });
  return {
    addresses: servers.addresses,
    get written() {
      return writer.written;
    },
    stop: () => servers.stop(),
  };
}
