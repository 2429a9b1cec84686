import { createSilentLog, createVirtualClock } from '@tolem/base';
import { expect, it } from 'vitest';
import { createFakeHubCore } from '../fake-hub-core.ts';
import { createGatekeeper } from '../identity/admission.ts';
import { startRevocationSweep } from './revocation-sweep.ts';

function setUp() {
  const clock = createVirtualClock();
  const core = createFakeHubCore(() => clock.nowMs());
  const checked: Array<string | undefined> = [];
  let fault: Error | undefined;
  const door = {
    async recheck(agentId?: string) {
      checked.push(agentId);
      if (fault) throw fault;
    },
  };
  const gatekeeper = createGatekeeper({ agents: core.agents, chain: 'main', clock });
  const sweep = startRevocationSweep({ core, gatekeeper, doors: [door], clock, log: createSilentLog() });
  const fail = (error: Error | undefined) => {
    fault = error;
  };
  return { clock, core, checked, sweep, fail };
}

it('checks an agent at once when the register says that it changed', () => {
  const { core, checked } = setUp();
  core.emit({ kind: 'agent', agentId: 'till-1' });
  core.emit({ kind: 'case', caseId: 'c' });
  expect(checked).toEqual(['till-1']);
});

it('checks everybody every few seconds, so that nobody revoked stays longer than five', async () => {
  const { clock, checked } = setUp();
  await clock.advance(5_000);
  expect(checked.length).toBeGreaterThanOrEqual(2);
});

it('goes on after a check that failed, and ends when told', async () => {
  const { clock, checked, sweep, fail } = setUp();
  fail(new Error('database away'));
  await clock.advance(3_000);
  fail(undefined);
  await clock.advance(3_000);
  expect(checked).toHaveLength(2);
  sweep.stop();
  await clock.advance(60_000);
  expect(checked).toHaveLength(2);
  expect(clock.pendingTimers).toBe(0);
});
