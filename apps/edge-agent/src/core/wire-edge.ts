import type { Context, Timer } from '@tolem/base';
import type { CaseDesk } from '../case/case-desk.ts';
import { createCommandDesk } from '../command/command-desk.ts';
import type { WholeEdgeCore } from '../edge-core.ts';
import type { EdgeSettings } from '../edge-settings.ts';
import { createHealthBoard, type HealthBoard } from '../health/health-board.ts';
import { readHealth } from '../health/read-health.ts';
import type { HubLink } from '../hub/hub-link.ts';
import { createHubSession, type HubSession } from '../hub/hub-session.ts';
import type { ReportBus } from '../hub/report-bus.ts';
import { createOutbox } from '../outbox/outbox.ts';
import { createReportChannel, type ReportChannel } from '../outbox/report-channel.ts';
import { createPresence } from '../presence/presence.ts';
import { type ClockTrust, createClockTrust } from '../recovery/clock-trust.ts';
import { createRecovery } from '../recovery/recovery.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import { unlessDiskFull } from '../store/persist.ts';
import type { TerminalConnector } from '../terminal/terminal-connector.ts';
import { createTerminalDesk, type TerminalDesk } from '../terminal/terminal-desk.ts';
import type { TerminalSetting } from '../terminal/terminal-setting.ts';
import { createMoney, type MoneyServices } from './create-money.ts';

export interface EdgeParts {
  context: Context;
  settings: EdgeSettings;
  boot: string;
  store: EdgeStore;
  link: HubLink;
  bus: ReportBus;
  connector: TerminalConnector;
  terminals: TerminalSetting[];
  cases: CaseDesk;
  identity: { agentId: string; name: string; storeName: string };
  hostFingerprint: string;
  certificateEndsMs: number | undefined;
}

/** Rows older than `journalKeepDays` are looked for so often. */
const PRUNE_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;

/** Puts the parts of the agent together; nothing here talks to anybody before `start`. */
export function wireEdge(parts: EdgeParts): WholeEdgeCore {
  const { context, settings, store, link } = parts;
  const bus = createReportChannel(parts.bus);
  const { intervals } = settings;
  let board: HealthBoard | undefined;
  const refresh = () => board?.refresh();

  const session = createHubSession({
    context,
    link,
    hello: () => ({
      boot: parts.boot,
      epoch: store.log.position().epoch,
      lastSeq: store.log.position().lastSeq,
      hostFingerprint: parts.hostFingerprint,
      version: settings.version,
    }),
    versionOf: (paymentId) => money.hubVersionOf(paymentId),
    reconnectMaxMs: intervals.hubReconnectMaxMs,
  });
  const desks = parts.terminals.map((setting) =>
    createTerminalDesk({
      context,
      store,
      connector: parts.connector,
      setting,
      idleMs: intervals.terminalIdleMs,
      onChange: refresh,
    }),
  );
  const money: MoneyServices = createMoney({ ...parts, session, desks, onTerminalChange: refresh });
  const recovery = createRecovery({
    context,
    store,
    book: money.payments,
    cases: parts.cases,
    rack: money.rack,
    link,
    session,
    hubPayments: money.hubPayments,
    followRefunds: money.followRefunds,
  });
  const commands = createCommandDesk({ ...parts, bus, session, refunds: money.askedRefunds });
  const outbox = createOutbox({
    context,
    store,
    bus,
    cases: parts.cases,
    ackWaitMs: intervals.ackWaitMs,
    ackWaitMaxMs: intervals.ackWaitMaxMs,
    forked: (detail) => {
      recovery.journalBroken('forked', detail);
      bornAgain();
    },
    changed: refresh,
  });
  const offset = watchClock(context, session, bus);
  board = createHealthBoard(context.clock, () =>
    readHealth({
      clock: context.clock,
      store,
      session,
      desks,
      reports: () => ({
        isConnected: bus.isConnected(),
        isAnyHubOnline: presence.isAnyHubOnline(),
        refusal: outbox.refusal(),
      }),
      clockOffsetMs: offset,
      builtAtMs: settings.builtAtMs,
      certificateEndsMs: parts.certificateEndsMs,
    }),
  );
  const health = board;
  const presence = createPresence({
    context,
    store,
    bus,
    session,
    boot: parts.boot,
    version: settings.version,
    health: () => health.layers(),
  });
  /** The hub learns of a new epoch by a birth, and answers with where it stands. */
  const bornAgain = () => presence.beBorn();
  health.onChange(() => presence.healthChanged());
  session.subscribe({ up: refresh, down: refresh });
  bus.subscribe({ connected: refresh, disconnected: refresh, hubState: refresh });
  bus.subscribe({ command: () => void session.askDevices().then(() => health.announce()) });
  const trust = createClockTrust({ clock: context.clock, store, offsetMs: offset });
  const rounds = createRounds({ context, store, settings, trust, refresh });

  return {
    ...view({ parts, session, health, store }),
    payments: money.paymentService,
    refunds: money.refundService,
    refundSessions: money.refundSessions,
    terminals: money.rack,
    processes: money.processes,
    async start() {
      recovery.start();
      money.resume();
      commands.start();
      presence.start();
      outbox.start();
      rounds.start();
      for (const desk of desks) desk.startLooking();
      session.start();
      refresh();
    },
    async stop() {
      rounds.stop();
      commands.stop();
      money.stop();
      outbox.stop();
      session.stop();
      await presence.stop();
      await Promise.all(desks.map((desk: TerminalDesk) => desk.close()));
      link.close();
      store.close();
    },
  };
}

function view(of: {
  parts: EdgeParts;
  session: HubSession;
  health: HealthBoard;
  store: EdgeStore;
}): Pick<WholeEdgeCore, 'identity' | 'devices' | 'health' | 'outbox' | 'onHealthChange'> {
  const { parts, session, health, store } = of;
  return {
    identity: { ...parts.identity, version: parts.settings.version, boot: parts.boot },
    devices: () => session.welcome()?.devices ?? [],
    health: () => health.layers(),
    onHealthChange: (listener) => health.onChange(listener),
    outbox: () => {
      const { epoch, lastSeq, acknowledged } = store.log.position();
      return { epoch, lastSeq, acknowledged };
    },
  };
}

/** The hub's time less ours, from its last word. */
function watchClock(context: Context, session: HubSession, bus: ReportChannel): () => number | undefined {
  let offsetMs: number | undefined;
  const compare = (hubTimeMs: number) => {
    if (hubTimeMs > 0) offsetMs = hubTimeMs - context.clock.nowMs();
  };
  session.subscribe({ up: (welcome) => compare(welcome.hubTimeMs) });
  bus.subscribe({ ack: (ack) => compare(ack.hubTimeMs) });
  return () => offsetMs;
}

/** What is looked at from time to time: disk, clock, certificate, rows that need not be kept. */
function createRounds(parts: {
  context: Context;
  store: EdgeStore;
  settings: EdgeSettings;
  trust: ClockTrust;
  refresh: () => void;
}) {
  const { context, store, settings, trust } = parts;
  const keepMs = settings.journalKeepDays * DAY_MS;
  let timer: Timer | undefined;
  let pruneMono = 0;
  const round = (): void => {
    store.restoreRoom();
    parts.refresh();
    unlessDiskFull(context, 'prune', () => {
      if (trust.isSureFor(keepMs) && context.clock.monoMs() >= pruneMono) prune();
    });
    timer = context.clock.after(settings.intervals.healthMs, round);
  };
  const prune = (): void => {
    const removed = store.prune(context.clock.nowMs() - keepMs);
    if (removed > 0) context.log.info({ removed }, 'old rows of the journal were removed');
    else pruneMono = context.clock.monoMs() + PRUNE_MS;
  };
  const start = (): void => {
    unlessDiskFull(context, 'clock', () => trust.start());
    round();
  };
  return { start, stop: () => timer?.cancel() };
}
