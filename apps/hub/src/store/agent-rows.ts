import type { HealthLayer } from '../agent/agent.ts';

/** An agent as stored; presence is worked out from it when somebody looks. */
export interface AgentRecord {
  agentId: string;
  name: string;
  storeName: string;
  addedAtMs: number;
  revokedAtMs?: number;
  revokedBy?: string;
  revokeReason?: string;
  certificateSerial?: string;
  certificateExpiresAtMs?: number;
  spkiSha256?: string;
  session: number;
  boot?: string;
  hostFingerprint?: string;
  version?: string;
  /** Why its link is shut until a person closes the case. */
  quarantine?: 'clone_suspected' | 'fingerprint_changed';
  /** The last birth or will taken. */
  online: boolean;
  stopping: boolean;
  stateAtMs?: number;
  health: HealthLayer[];
  lastSeq?: number;
}

export interface AgentRows {
  /** False when the id exists. */
  insert(agent: AgentRecord): Promise<boolean>;
  get(agentId: string, options?: { lock: boolean }): Promise<AgentRecord | undefined>;
  save(agent: AgentRecord): Promise<void>;
  list(): Promise<AgentRecord[]>;
  /** The session that a boot was given, for ever: a superseded boot that returns is a clone. */
  sessionOf(agentId: string, boot: string): Promise<number | undefined>;
  addBoot(agentId: string, boot: string, session: number): Promise<void>;
}
