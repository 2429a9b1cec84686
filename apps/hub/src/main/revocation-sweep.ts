import type { Clock, Logger } from '@tolem/base';
import type { HubCore } from '../hub-core.ts';
import type { Gatekeeper } from '../identity/admission.ts';

/** Doors that can send somebody away who is already inside. */
export interface Recheckable {
  recheck(agentId?: string): Promise<void>;
}

/** With the gatekeeper's memory of 2 s, a revoked agent is out within 5 s even when no hint of it arrives. */
const SWEEP_MS = 2_500;

/** Keeps revoked agents out of open connections: at once on a hint, otherwise at the next sweep. */
export function startRevocationSweep(options: {
  core: Pick<HubCore, 'onChange'>;
  gatekeeper: Gatekeeper;
  doors: Recheckable[];
  clock: Clock;
  log: Logger;
}): { stop(): void } {
  const { gatekeeper, doors, clock, log } = options;
  let isStopped = false;
  let timer = { cancel: () => {} };
  const recheck = async (agentId?: string): Promise<void> => {
    try {
      await Promise.all(doors.map((door) => door.recheck(agentId)));
    } catch (error) {
      log.warn({ error }, 'connected agents could not be checked against the register; it is tried again');
    }
  };
  const schedule = (): void => {
    if (isStopped) return;
    timer = clock.after(SWEEP_MS, () => void recheck().finally(schedule));
  };
  const unsubscribe = options.core.onChange((change) => {
    if (change.kind !== 'agent') return;
    gatekeeper.forget(change.agentId);
    void recheck(change.agentId);
  });
  schedule();
  return {
    stop() {
      isStopped = true;
      timer.cancel();
      unsubscribe();
    },
  };
}
