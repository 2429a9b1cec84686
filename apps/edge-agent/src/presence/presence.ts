import type { Context, Timer } from '@tolem/base';
import type { HealthLayer } from '../health/health.ts';
import type { HubSession } from '../hub/hub-session.ts';
import type { AgentReport } from '../hub/report-bus.ts';
import type { ReportChannel } from '../outbox/report-channel.ts';
import type { EdgeStore } from '../store/edge-store.ts';

/** Changes of health within this time travel in one report. */
const GATHER_MS = 1_000;
/** A birth without the hub's ack is published again: it may not have been heard by a hub that was just starting. */
const BIRTH_REPEAT_MS = 10_000;
/** Instances of a hub; more would be a flood of retained topics. */
const HUBS_MAX = 32;

/** Tells the hub that we are here (birth, retained; the will stands for the opposite) and knows which hubs are. */
export interface Presence {
  /** Any instance of the hub said that it is online. */
  isAnyHubOnline(): boolean;
  healthChanged(): void;
  /** Says again who we are and where our journal stands; the hub answers with where it stands. */
  beBorn(): void;
  start(): void;
  /** Goodbye on purpose. */
  stop(): Promise<void>;
}

export function createPresence(parts: {
  context: Context;
  store: EdgeStore;
  bus: ReportChannel;
  session: HubSession;
  boot: string;
  version: string;
  health: () => HealthLayer[];
}): Presence {
  const { context, store, bus, session } = parts;
  const hubs = new Map<string, { online: boolean }>();
  let gathering: Timer | undefined;
  let repeating: Timer | undefined;
  let isRunning = false;
  /** The session under which the will was made. */
  let bornAs: number | undefined;

  const report = (): AgentReport | undefined => {
    const welcome = session.welcome();
    if (!welcome) return undefined;
    const { epoch, lastSeq, chain } = store.log.position();
    return {
      online: true,
      stopping: false,
      boot: parts.boot,
      session: welcome.session,
      epoch,
      lastSeq,
      chain,
      version: parts.version,
      health: parts.health(),
    };
  };
  const publish = (): void => {
    const state = report();
    if (isRunning && state && bus.isConnected()) bus.publishState(state);
  };
  const repeat = (): void => {
    repeating?.cancel();
    repeating = context.clock.after(BIRTH_REPEAT_MS, beBorn);
  };
  const beBorn = (): void => {
    publish();
    repeat();
  };
  bus.subscribe({
    // The bus has just published the birth.
    connected: repeat,
    disconnected: () => {
      repeating?.cancel();
      hubs.clear();
    },
    ack: () => repeating?.cancel(),
    hubState(state) {
      const before = hubs.get(state.instance);
      if (hubs.size < HUBS_MAX || before) hubs.set(state.instance, state);
      // A hub that has just come may have missed our birth.
      if (state.online && before?.online !== true && bus.isConnected()) beBorn();
    },
  });
  session.subscribe({
    up: ({ session: number }) => {
      if (number === bornAs) return;
      const isFirst = bornAs === undefined;
      bornAs = number;
      if (isFirst) bus.start(report);
      else bus.reconnect();
    },
  });
  return {
    isAnyHubOnline: () => [...hubs.values()].some((hub) => hub.online),
    healthChanged() {
      if (gathering || !isRunning) return;
      gathering = context.clock.after(GATHER_MS, () => {
        gathering = undefined;
        publish();
      });
    },
    beBorn,
    start() {
      isRunning = true;
    },
    async stop() {
      isRunning = false;
      gathering?.cancel();
      repeating?.cancel();
      await bus.stop();
    },
  };
}
