import { ProblemError } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { type CoreBench, createCoreBench, PERSON } from '../core-bench.ts';

const code = (run: Promise<unknown>) =>
  run.then(
    () => 'resolved',
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : error),
  );
const hello = (bench: CoreBench, boot: string, hostFingerprint = 'host-1') =>
  bench.hub.agents.hello('till-1', { boot, epoch: 'e', lastSeq: 0, hostFingerprint, version: '0.1.0' });
const state = (boot: string, session: number, online: boolean, stopping = false) => ({
  online,
  stopping,
  boot,
  session,
  epoch: 'e',
  lastSeq: 4,
  chain: new Uint8Array(32),
  version: '0.1.0',
  health: [],
});
const presence = async (bench: CoreBench) => (await bench.hub.agents.get('till-1')).presence;

describe('sessions', () => {
  it('keep their number within a boot, and a new boot supersedes the old one', async () => {
    const bench = await createCoreBench();
    const { session } = await hello(bench, 'A');
    expect(await hello(bench, 'A')).toEqual({ session });
    await bench.hub.agents.checkSession('till-1', session);
    const next = await hello(bench, 'B');
    expect(next.session).toBe(session + 1);
    expect(await code(bench.hub.agents.checkSession('till-1', session))).toBe('superseded');
    await bench.hub.agents.checkSession('till-1', next.session);
  });

  it('of two machines with one identity are both shut until a person has looked', async () => {
    const bench = await createCoreBench();
    await hello(bench, 'A');
    const b = await hello(bench, 'B');
    expect(await code(hello(bench, 'A'))).toBe('clone_suspected');
    expect(await code(hello(bench, 'B'))).toBe('clone_suspected');
    await bench.clock.advance(1_001);
    expect(await code(bench.hub.agents.checkSession('till-1', b.session))).toBe('clone_suspected');
    const [found] = await bench.openCases();
    expect(found).toMatchObject({ kind: 'clone_suspected', agentId: 'till-1' });
    await bench.hub.cases.close(PERSON, found?.caseId ?? '', 'the spare box was switched off');
    expect(await code(hello(bench, 'A'))).toBe('resolved');
  });

  it('of a machine whose host has changed are shut', async () => {
    const bench = await createCoreBench();
    await hello(bench, 'A');
    expect(await code(hello(bench, 'B', 'host-2'))).toBe('fingerprint_changed');
  });

  it('end with the revocation of the agent', async () => {
    const bench = await createCoreBench();
    const { session } = await hello(bench, 'A');
    await bench.hub.agents.revoke(PERSON, 'till-1', 'stolen');
    expect(await code(bench.hub.agents.checkSession('till-1', session))).toBe('agent_revoked');
    expect(await bench.hub.agents.mayConnect('till-1')).toBe(false);
    expect(await bench.hub.agents.mayConnect('nobody')).toBe(false);
    expect(await code(hello(bench, 'A'))).toBe('agent_revoked');
  });
});

describe('presence', () => {
  it('is never seen, online, reconnecting for half a minute, then offline', async () => {
    const bench = await createCoreBench();
    expect(await presence(bench)).toBe('never_seen');
    const { session } = await hello(bench, 'A');
    await bench.hub.agents.recordState('till-1', state('A', session, true));
    expect(await presence(bench)).toBe('online');
    await bench.hub.agents.recordState('till-1', state('A', session, false));
    expect(await presence(bench)).toBe('reconnecting');
    await bench.clock.advance(30_001);
    expect(await presence(bench)).toBe('offline');
  });

  it('of an agent that says goodbye is offline at once, and a will of an older session says nothing', async () => {
    const bench = await createCoreBench();
    const a = await hello(bench, 'A');
    const b = await hello(bench, 'B');
    await bench.hub.agents.recordState('till-1', state('B', b.session, true));
    await bench.hub.agents.recordState('till-1', state('A', a.session, false));
    expect(await presence(bench)).toBe('online');
    await bench.hub.agents.recordState('till-1', state('B', b.session, false, true));
    expect(await presence(bench)).toBe('offline');
  });

  it('is stale while the hub’s own broker is down, and forgotten when the only hub starts', async () => {
    const bench = await createCoreBench();
    const { session } = await hello(bench, 'A');
    await bench.hub.agents.recordState('till-1', state('A', session, true));
    bench.hub.agents.setBrokerUp(false);
    expect(await presence(bench)).toBe('stale');
    await bench.restart();
    expect(await presence(bench)).toBe('reconnecting');
  });
});
