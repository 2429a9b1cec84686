import {
  type Context,
  createIds,
  createSeededRandom,
  createSilentLog,
  createVirtualClock,
  type Logger,
  Money,
  requestHash,
  type VirtualClock,
} from '@tolem/base';
import { createFakeTerminal, type FakeTerminal } from '@tolem/kaspi-core/fake';
import { createCaseDesk } from '../case/case-desk.ts';
import type { WholeEdgeCore } from '../edge-core.ts';
import { type EdgeIntervals, edgeSettings, type RefundPolicy } from '../edge-settings.ts';
import { createFakeBus, type FakeBus } from '../hub/fake-bus.ts';
import { createFakeHub, type FakeHub } from '../hub/fake-hub.ts';
import { createFakeJournalIntake, type FakeJournalIntake } from '../hub/fake-journal-intake.ts';
import type { ReportRow } from '../hub/report-bus.ts';
import type { CreatePayment } from '../payment/payment-service.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import { type Life, mortalClock, mortalPort } from './mortal.ts';
import { wireEdge } from './wire-edge.ts';

/** The journal's real implementation, which the domain does not know. */
export interface WorldJournal {
  open(folder: string, context: Context, boot: string): EdgeStore & { abandon(): void };
  chainHash: (previous: Uint8Array, row: ReportRow) => Uint8Array;
  chainStart: (epoch: string) => Uint8Array;
}

export interface EdgeWorldOptions {
  journal: WorldJournal;
  folder: string;
  terminals?: Record<string, 'v1' | 'v2'>;
  intervals?: Partial<EdgeIntervals>;
  refunds?: Partial<RefundPolicy>;
  seed?: number;
  log?: Logger;
}

/** One agent among fakes of everything outside, on virtual time; it can be killed at any point and started again. */
export interface EdgeWorld {
  readonly clock: VirtualClock;
  readonly hub: FakeHub;
  readonly intake: FakeJournalIntake;
  readonly terminals: Record<string, FakeTerminal>;
  readonly core: WholeEdgeCore;
  readonly store: EdgeStore;
  readonly bus: FakeBus;
  /** `without`: terminals that the configuration of this process does not have. */
  start(without?: string[]): Promise<void>;
  /** As by SIGKILL: nothing that is under way goes on, nothing is said to anybody. */
  kill(): void;
  stop(): Promise<void>;
  /** Cuts or heals both links to the hub. */
  setHubReachable(isReachable: boolean): void;
  request(change?: Partial<CreatePayment> & { tenge?: number; key?: string }): CreatePayment;
}

export function createEdgeWorld(options: EdgeWorldOptions): EdgeWorld {
  const clock = createVirtualClock();
  const random = createSeededRandom(options.seed ?? 1);
  const ids = createIds(clock, random);
  const hub = createFakeHub(clock);
  const { journal } = options;
  const intake = createFakeJournalIntake({ nowMs: () => clock.nowMs(), ...journal });
  const kinds = Object.entries(options.terminals ?? {});
  const terminals = Object.fromEntries(kinds.map(([id, version]) => [id, createFakeTerminal({ clock, version })]));
  let isReachable = true;
  let running: Running | undefined;
  let keys = 0;

  const must = (): Running => {
    if (!running) throw new Error('the agent does not run');
    return running;
  };
  const newBus = (): FakeBus => {
    const bus: FakeBus = createFakeBus({
      onBatch: (batch) => bus.isConnected() && bus.down.ack(intake.take(batch)),
      onState: (report) => {
        if (!bus.isConnected() || !report.online) return;
        bus.down.hubState({ instance: 'hub-a', online: true, hubEpoch: 'hub-1', recovering: false });
        bus.down.ack(intake.compare(report));
      },
    });
    bus.setConnected(isReachable);
    return bus;
  };
  const boot = (without: string[]): Running => {
    const life: Life = { isAlive: true };
    const context: Context = { clock: mortalClock(clock, life), random, ids, log: options.log ?? createSilentLog() };
    const bootId = ids.uuid();
    const store = journal.open(options.folder, context, bootId);
    const bus = newBus();
    const core = wireEdge({
      context,
      boot: bootId,
      store,
      bus,
      link: mortalPort(hub.link(), life),
      settings: edgeSettings({
        version: '0.1.0',
        ...(options.intervals ? { intervals: options.intervals } : {}),
        ...(options.refunds ? { refunds: options.refunds } : {}),
      }),
      connector: {
        connect: async ({ id }) => {
          const api = terminals[id];
          if (!api) return { found: false, cause: 'unreachable', detail: 'no such terminal' };
          return { found: true, api: mortalPort(api, life), wantsToken: false };
        },
      },
      terminals: kinds.filter(([id]) => !without.includes(id)).map(([id, api]) => ({ id, api, address: `${id}:8080` })),
      cases: createCaseDesk(context, store),
      identity: { agentId: 'till-1', name: 'Касса 1', storeName: 'Магазин 1' },
      hostFingerprint: 'fake',
      certificateEndsMs: clock.nowMs() + 80 * 86_400_000,
    });
    return { life, store, bus, core };
  };
  return {
    clock,
    hub,
    intake,
    terminals,
    get core() {
      return must().core;
    },
    get store() {
      return must().store;
    },
    get bus() {
      return must().bus;
    },
    async start(without = []) {
      running = boot(without);
      await running.core.start();
      await clock.advance(0);
    },
    kill() {
      const { life, bus, store } = must();
      life.isAlive = false;
      bus.setConnected(false);
      void bus.stop();
      hub.link().close();
      store.abandon();
      running = undefined;
    },
    async stop() {
      await must().core.stop();
      running = undefined;
    },
    setHubReachable(next) {
      isReachable = next;
      hub.setReachable(next);
      running?.bus.setConnected(next);
    },
    request({ tenge = 1500, key, ...change } = {}) {
      keys += 1;
      const method = change.method ?? 'qr';
      return {
        token: 'local',
        idempotencyKey: key ?? `key-of-the-till-${keys}`,
        bodyHash: requestHash({ method, tenge, orderId: change.orderId, terminalId: change.terminalId }),
        amount: Money.fromTenge(tenge),
        ...change,
        method,
      };
    },
  };
}

interface Running {
  life: Life;
  store: EdgeStore & { abandon(): void };
  bus: FakeBus;
  core: WholeEdgeCore;
}
