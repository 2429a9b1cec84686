import type { Clock } from '@tolem/base';
import { identityOf, readCertificate } from '@tolem/pki';
import type { AgentRegistry } from '../agent/agent.ts';

/** Who stands at a door of gRPC or MQTT, as its client certificate says. */
export interface AgentIdentity {
  agentId: string;
  serial: string;
}

export type Admission =
  | { admitted: true; identity: AgentIdentity }
  | {
      admitted: false;
      reason: 'no_certificate' | 'identity_invalid' | 'other_chain' | 'unknown_agent' | 'revoked' | 'replaced';
    };

/** Decides for every connection and call whether this certificate may come in. */
export interface Gatekeeper {
  /** `certificate` is the peer's DER, already verified against the device CA by TLS. */
  admit(certificate: Uint8Array | undefined): Promise<Admission>;
  /** Forgets what is remembered of an agent, so that a revocation counts at once. */
  forget(agentId: string): void;
}

/** How long a verdict is remembered: a revoked agent is out at the latest after this and one sweep (5 s together). */
export const VERDICT_MS = 2_000;
/** A chain has at most some ten thousand agents; the oldest memory goes first. */
const MAX_REMEMBERED = 20_000;

export function createGatekeeper(options: { agents: AgentRegistry; chain: string; clock: Clock }): Gatekeeper {
  const { agents, chain, clock } = options;
  const identities = new Map<string, AgentIdentity | Admission>();
  const verdicts = new Map<string, { untilMono: number; verdict: Promise<Standing> }>();

  const identify = (certificate: Uint8Array): AgentIdentity | Admission => {
    const key = Buffer.from(certificate).toString('latin1');
    const known = identities.get(key);
    if (known) return known;
    const identity = readIdentity(certificate, chain);
    remember(identities, key, identity);
    return identity;
  };
  const standingOf = (agentId: string): Promise<Standing> => {
    const known = verdicts.get(agentId);
    if (known && known.untilMono > clock.monoMs()) return known.verdict;
    const verdict = readStanding(agents, agentId);
    remember(verdicts, agentId, { untilMono: clock.monoMs() + VERDICT_MS, verdict });
    verdict.catch(() => verdicts.delete(agentId));
    return verdict;
  };
  return {
    async admit(certificate) {
      if (certificate === undefined) return refuse('no_certificate');
      const identity = identify(certificate);
      if ('admitted' in identity) return identity;
      const standing = await standingOf(identity.agentId);
      if (standing.refused) return refuse(standing.refused);
      if (standing.serial !== undefined && standing.serial !== identity.serial) return refuse('replaced');
      return { admitted: true, identity };
    },
    forget: (agentId) => void verdicts.delete(agentId),
  };
}

interface Standing {
  refused?: 'unknown_agent' | 'revoked';
  /** The one certificate that is the agent's own. */
  serial?: string;
}

async function readStanding(agents: AgentRegistry, agentId: string): Promise<Standing> {
  if (await agents.mayConnect(agentId)) {
    const { certificateSerial } = await agents.get(agentId);
    return certificateSerial === undefined ? {} : { serial: certificateSerial };
  }
  const isKnown = await agents.get(agentId).then(
    () => true,
    () => false,
  );
  return { refused: isKnown ? 'revoked' : 'unknown_agent' };
}

function readIdentity(certificate: Uint8Array, chain: string): AgentIdentity | Admission {
  try {
    const facts = readCertificate(certificate);
    const identity = identityOf(facts);
    return identity.chain === chain ? { agentId: identity.agentId, serial: facts.serial } : refuse('other_chain');
  } catch {
    return refuse('identity_invalid');
  }
}

function refuse(reason: Exclude<Admission, { admitted: true }>['reason']): Admission {
  return { admitted: false, reason };
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= MAX_REMEMBERED) {
    const [oldest] = map.keys();
    if (oldest !== undefined) map.delete(oldest);
  }
  map.set(key, value);
}
