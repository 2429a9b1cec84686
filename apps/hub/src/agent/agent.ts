import type { Caller } from '../caller.ts';

/** Our program at a store, as the hub knows it. */
export interface Agent {
  agentId: string;
  name: string;
  storeName: string;
  addedAtMs: number;
  revokedAtMs?: number;
  certificateSerial?: string;
  certificateExpiresAtMs?: number;
  session: number;
  boot?: string;
  version?: string;
  presence: AgentPresence;
  presenceSinceMs?: number;
  health: HealthLayer[];
  /** What the hub holds of its journal. */
  journal?: { epoch: string; upto: number };
  /** What the agent says it has. */
  lastSeq?: number;
}

export type AgentPresence = 'online' | 'reconnecting' | 'offline' | 'stale' | 'never_seen';

export interface HealthLayer {
  layer: string;
  subject: string;
  state: 'ok' | 'warn' | 'fail' | 'unknown';
  cause: string;
  detail: string;
  sinceMs: number;
}

export interface AgentState {
  online: boolean;
  stopping: boolean;
  boot: string;
  session: number;
  epoch: string;
  lastSeq: number;
  chain: Uint8Array;
  version: string;
  health: HealthLayer[];
}

/** The hub's register of agents: identity, sessions, presence. */
export interface AgentRegistry {
  add(request: { agentId: string; name: string; storeName: string }): Promise<Agent>;
  /** Remembers which certificate is an agent's own. */
  recordCertificate(
    agentId: string,
    certificate: { serial: string; expiresAtMs: number; spkiSha256: string },
  ): Promise<void>;
  revoke(caller: Caller, agentId: string, reason: string): Promise<void>;
  /** Whether this identity may connect at all (known, not revoked). */
  mayConnect(agentId: string): Promise<boolean>;
  /** A new session for a boot; the session of an earlier boot is superseded, and a superseded boot that returns is a clone. */
  hello(
    agentId: string,
    hello: { boot: string; epoch: string; lastSeq: number; hostFingerprint: string; version: string },
  ): Promise<{ session: number }>;
  /** Rejects with `superseded` when a newer session exists. */
  checkSession(agentId: string, session: number): Promise<void>;
  /** Takes a birth or a will; one of an older session changes nothing. */
  recordState(agentId: string, state: AgentState): Promise<void>;
  /** Every agent as last heard while the hub itself was connected; `stale` when its own broker is down. */
  list(): Promise<Agent[]>;
  get(agentId: string): Promise<Agent>;
  /** Told by the broker's door: without its own broker the hub cannot know who is online. Up at the start. */
  setBrokerUp(isUp: boolean): void;
}
