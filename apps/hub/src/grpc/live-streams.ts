import { type CallFailure, refusal } from './call-error.ts';

export interface LiveStream {
  agentId: string;
  /** Asks the gatekeeper again; the stream ends itself where it is no longer welcome. */
  recheck(): Promise<void>;
  end(failure: CallFailure): void;
}

/** The streams that are open, so that a revoked agent and a stopping hub can end them. */
export interface LiveStreams {
  add(stream: LiveStream): { remove(): void };
  /** Checks every stream, or those of one agent, against the register. */
  recheck(agentId?: string): Promise<void>;
  endAll(): void;
  count(): number;
}

/** One stream per process and a few dying ones after reconnects. */
const STREAMS_PER_AGENT_MAX = 8;

export function createLiveStreams(): LiveStreams {
  const streams = new Set<LiveStream>();
  return {
    add(stream) {
      streams.add(stream);
      const own = [...streams].filter((other) => other.agentId === stream.agentId);
      if (own.length > STREAMS_PER_AGENT_MAX) {
        own[0]?.end(refusal('busy', 'too_many_streams', `at most ${STREAMS_PER_AGENT_MAX} streams an agent`));
      }
      return { remove: () => void streams.delete(stream) };
    },
    async recheck(agentId) {
      const concerned = [...streams].filter((stream) => agentId === undefined || stream.agentId === agentId);
      await Promise.all(concerned.map((stream) => stream.recheck()));
    },
    endAll() {
      for (const stream of streams) stream.end(refusal('stopping', 'hub_stopping', 'the hub stops; connect again'));
    },
    count: () => streams.size,
  };
}
