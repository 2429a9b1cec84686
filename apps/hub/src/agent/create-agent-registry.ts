import { openCase } from '../case/case-opener.ts';
import { guarded } from '../guarded.ts';
import type { HubWorld } from '../hub-world.ts';
import { plainText } from '../plain-text.ts';
import { problem } from '../problem-catalogue.ts';
import type { AgentRecord } from '../store/agent-rows.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { AgentRegistry } from './agent.ts';
import { logAgent } from './agent-log.ts';
import { asAgent } from './agent-view.ts';

const AGENT_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
const TEXT_LIMIT = 200;
/** Sessions are checked at every call: answers of the store are believed for this long. */
const SESSION_MEMORY_MS = 1_000;

type Outcome = { session: number } | { refused: 'clone_suspected' | 'fingerprint_changed' };

export interface AgentDesk extends AgentRegistry {
  /** At the start of the only hub: nobody is online until heard again. */
  forgetPresence(): Promise<void>;
  /** Closing the case of a quarantine opens the agent's link again. */
  endQuarantine(tx: StoreTransaction, agentId: string): Promise<void>;
}

export function createAgentRegistry(world: HubWorld): AgentDesk {
  const sessions = new Map<string, { session: number; problem?: Error; untilMono: number }>();
  let isBrokerUp = true;

  const change = (
    agentId: string,
    run: (tx: StoreTransaction, agent: AgentRecord) => Promise<AgentRecord | undefined>,
  ) =>
    guarded(async () => {
      const done = await world.store.transaction(async (tx) => {
        const before = await lockAgent(tx, agentId);
        const after = await run(tx, before);
        if (!after) return undefined;
        await tx.agents.save(after);
        tx.hint({ kind: 'agent', agentId });
        sessions.delete(agentId);
        return { before, after };
      });
      if (done) logAgent(world.log, done.before, done.after);
    });
  const view = async (records: AgentRecord[], tx: StoreTransaction) => {
    const positions = new Map((await tx.journal.positions()).map((one) => [one.agentId, one]));
    const now = { nowMs: world.time.nowMs(), isBrokerUp, reconnectingMs: world.settings.intervals.reconnectingMs };
    return records.map((one) => asAgent(one, positions.get(one.agentId), now));
  };
  return {
    add: (request) => guarded(() => addAgent(world, request)),
    recordCertificate: (agentId, { serial, expiresAtMs, spkiSha256 }) =>
      change(agentId, async (_tx, agent) => ({
        ...agent,
        certificateSerial: serial,
        certificateExpiresAtMs: expiresAtMs,
        spkiSha256,
      })),
    revoke: (caller, agentId, reason) =>
      change(agentId, async (_tx, agent) => {
        if (caller.kind !== 'person') throw problem('forbidden', 'only a person revokes an agent');
        if (agent.revokedAtMs !== undefined) return undefined;
        plainText(reason, 'reason', TEXT_LIMIT);
        return {
          ...agent,
          revokedAtMs: world.time.nowMs(),
          revokedBy: caller.name,
          revokeReason: reason,
          online: false,
        };
      }),
    mayConnect: (agentId) =>
      guarded(async () => {
        const agent = await world.store.transaction((tx) => tx.agents.get(agentId));
        return agent !== undefined && agent.revokedAtMs === undefined;
      }),
    hello: (agentId, hello) =>
      guarded(async () => {
        for (const member of ['boot', 'hostFingerprint', 'version'] as const)
          plainText(hello[member], member, TEXT_LIMIT);
        const outcome = await world.store.transaction((tx) => greet(tx, world, agentId, hello));
        sessions.delete(agentId);
        if ('session' in outcome) return outcome;
        throw problem(outcome.refused, 'the link of this agent is shut until a person has looked');
      }),
    checkSession: (agentId, session) =>
      guarded(async () => {
        const known = sessions.get(agentId);
        const isFresh = known !== undefined && world.clock.monoMs() < known.untilMono;
        const current = isFresh ? known : await world.store.transaction((tx) => sessionNow(tx, agentId));
        if (!isFresh) sessions.set(agentId, { ...current, untilMono: world.clock.monoMs() + SESSION_MEMORY_MS });
        if (current.problem) throw current.problem;
        if (current.session !== session) throw problem('superseded', 'a newer session of this agent has begun');
      }),
    recordState: (agentId, state) =>
      change(agentId, async (_tx, agent) => {
        if (state.session !== agent.session || state.boot !== agent.boot) return undefined;
        const isOnline = state.online && agent.quarantine === undefined;
        const isSame = isOnline === agent.online && state.stopping === agent.stopping;
        const stateAtMs = isSame ? (agent.stateAtMs ?? world.time.nowMs()) : world.time.nowMs();
        const told = state.online ? { health: state.health, lastSeq: state.lastSeq, version: state.version } : {};
        return { ...agent, online: isOnline, stopping: state.stopping, stateAtMs, ...told };
      }),
    list: () => guarded(() => world.store.transaction(async (tx) => view(await tx.agents.list(), tx))),
    get: (agentId) =>
      guarded(() =>
        world.store.transaction(async (tx) => {
          const agent = await tx.agents.get(agentId);
          const [shown] = agent ? await view([agent], tx) : [];
          if (!shown) throw problem('agent_not_found', `there is no agent ${agentId}`);
          return shown;
        }),
      ),
    setBrokerUp(isUp) {
      isBrokerUp = isUp;
    },
    forgetPresence: () =>
      world.store.transaction(async (tx) => {
        for (const agent of await tx.agents.list()) {
          if (agent.online) await tx.agents.save({ ...agent, online: false, stateAtMs: world.time.nowMs() });
        }
      }),
    async endQuarantine(tx, agentId) {
      const { quarantine: _shut, hostFingerprint: _host, boot: _boot, ...agent } = await lockAgent(tx, agentId);
      await tx.agents.save(agent);
      sessions.delete(agentId);
    },
  };
}

async function lockAgent(tx: StoreTransaction, agentId: string): Promise<AgentRecord> {
  const agent = await tx.agents.get(agentId, { lock: true });
  if (!agent) throw problem('agent_not_found', `there is no agent ${agentId}`);
  return agent;
}

async function addAgent(world: HubWorld, request: { agentId: string; name: string; storeName: string }) {
  const { agentId, name, storeName } = request;
  if (!AGENT_ID.test(agentId)) {
    throw problem('request_invalid', 'an agent id has 1 to 63 characters a–z, 0–9 and "-"');
  }
  plainText(name, 'name', TEXT_LIMIT);
  plainText(storeName, 'storeName', TEXT_LIMIT);
  const addedAtMs = world.time.nowMs();
  const agent: AgentRecord = {
    agentId,
    name,
    storeName,
    addedAtMs,
    session: 0,
    online: false,
    stopping: false,
    health: [],
  };
  await world.store.transaction(async (tx) => {
    if (!(await tx.agents.insert(agent))) throw problem('agent_exists', `the agent ${agentId} exists`);
    tx.hint({ kind: 'agent', agentId });
  });
  logAgent(world.log, undefined, agent);
  const now = { nowMs: addedAtMs, isBrokerUp: true, reconnectingMs: 0 };
  return asAgent(agent, undefined, now);
}

/**
 * A new boot gets a new session and supersedes the one before; the boot that has the session keeps it. A superseded boot
 * that returns means two machines with one identity [decisions: commands, identity].
 */
async function greet(
  tx: StoreTransaction,
  world: HubWorld,
  agentId: string,
  hello: { boot: string; hostFingerprint: string; version: string },
): Promise<Outcome> {
  const agent = await lockAgent(tx, agentId);
  if (agent.revokedAtMs !== undefined) throw problem('agent_revoked', 'this agent has been revoked');
  if (agent.quarantine !== undefined) return { refused: agent.quarantine };
  const refuse = async (quarantine: 'clone_suspected' | 'fingerprint_changed', detail: Record<string, unknown>) => {
    await tx.agents.save({ ...agent, quarantine, online: false, stateAtMs: world.time.nowMs() });
    tx.hint({ kind: 'agent', agentId });
    await openCase(tx, world, { kind: quarantine, subject: agentId, agentId, detail });
    return { refused: quarantine };
  };
  const known = agent.hostFingerprint ?? '';
  if (known !== '' && hello.hostFingerprint !== '' && known !== hello.hostFingerprint) {
    return refuse('fingerprint_changed', { known, now: hello.hostFingerprint });
  }
  if (hello.boot === agent.boot) return { session: agent.session };
  const isKnownBoot = (await tx.agents.sessionOf(agentId, hello.boot)) !== undefined;
  // Without a boot a person has just opened the link: whoever comes first has it.
  if (isKnownBoot && agent.boot !== undefined) {
    return refuse('clone_suspected', { boot: hello.boot, current: agent.boot ?? '' });
  }
  const session = agent.session + 1;
  const hostFingerprint = hello.hostFingerprint === '' ? known : hello.hostFingerprint;
  if (!isKnownBoot) await tx.agents.addBoot(agentId, hello.boot, session);
  await tx.agents.save({ ...agent, session, boot: hello.boot, version: hello.version, hostFingerprint });
  tx.hint({ kind: 'agent', agentId });
  return { session };
}

async function sessionNow(tx: StoreTransaction, agentId: string): Promise<{ session: number; problem?: Error }> {
  const agent = await tx.agents.get(agentId);
  if (!agent) return { session: 0, problem: problem('agent_not_found', `there is no agent ${agentId}`) };
  if (agent.revokedAtMs !== undefined) {
    return { session: agent.session, problem: problem('agent_revoked', 'this agent has been revoked') };
  }
  if (agent.quarantine !== undefined) {
    const refusal = problem(agent.quarantine, 'the link of this agent is shut until a person has looked');
    return { session: agent.session, problem: refusal };
  }
  return { session: agent.session };
}
