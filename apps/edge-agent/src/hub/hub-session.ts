import { type Context, ProblemError, type RetrySchedule, retryDelayMs, type Timer } from '@tolem/base';
import { isEdgeError } from '../edge-error.ts';
import type { HubHello, HubLink, HubPaymentView, HubWatch, HubWelcome } from './hub-link.ts';

/** A hub that has refused us (revoked, another machine, a clone) will hardly think better of it within seconds. */
const REFUSED_PAUSE_MS = 30_000;

export type HubSessionState =
  | { state: 'down'; cause: string; sinceMs: number }
  | { state: 'up'; welcome: HubWelcome; sinceMs: number }
  /** Another process has taken our place: a person must find out which of the two is right. Left by a restart only. */
  | { state: 'superseded'; sinceMs: number };

export interface HubSessionEvents {
  /** The hub has answered; nothing is watched yet under this session. */
  greeted(welcome: HubWelcome): void;
  up(welcome: HubWelcome): void;
  /** The hub cannot be reached, or no longer for the same reason. */
  down(): void;
  payment(view: HubPaymentView): void;
  notFound(paymentId: string): void;
}

/**
 * The agent's standing with the hub: Hello, then one stream that carries changes of payments and shows by its life that the
 * hub can be reached. When it ends, Hello is said again after growing pauses, for ever.
 */
export interface HubSession {
  state(): HubSessionState;
  isUp(): boolean;
  /** Resolves when the hub can be reached, at once where it has been away for longer than `graceMs`, or after that time. */
  settled(graceMs: number): Promise<void>;
  /** The last welcome of this boot; devices stay known while the hub is away. */
  welcome(): HubWelcome | undefined;
  subscribe(events: Partial<HubSessionEvents>): void;
  /** The devices may have changed: asked anew; without an answer they stay as they were. */
  askDevices(): Promise<void>;
  /** Follows a payment from the version known on, over every reconnection, until `unwatch`. */
  watch(paymentId: string): void;
  unwatch(paymentId: string): void;
  start(): void;
  stop(): void;
}

export function createHubSession(parts: {
  context: Context;
  link: HubLink;
  hello: () => HubHello;
  versionOf: (paymentId: string) => number;
  reconnectMaxMs: number;
}): HubSession {
  const { context, link } = parts;
  const schedule: RetrySchedule = { firstMs: 300, maxMs: parts.reconnectMaxMs, jitter: 0.3 };
  const subscribers: Array<Partial<HubSessionEvents>> = [];
  const watched = new Set<string>();
  let state: HubSessionState = { state: 'down', cause: 'starting', sinceMs: context.clock.nowMs() };
  let last: HubWelcome | undefined;
  let stream: HubWatch | undefined;
  let timer: Timer | undefined;
  let attempt = 0;
  let isRunning = false;

  const tell = (call: (events: Partial<HubSessionEvents>) => void) => {
    for (const events of [...subscribers]) call(events);
  };
  const fall = (next: HubSessionState): void => {
    // Away since the first failure, whatever the cause is called meanwhile.
    const { sinceMs } = state;
    state = state.state === 'down' && next.state === 'down' ? { ...next, sinceMs } : next;
    stream?.close();
    stream = undefined;
    tell((events) => events.down?.());
  };
  const retry = (error: unknown): void => {
    if (!isRunning) return;
    if (isEdgeError(error, 'superseded')) {
      context.log.error({}, 'another process has this identity: the link to the hub is given up until a restart');
      fall({ state: 'superseded', sinceMs: context.clock.nowMs() });
      return;
    }
    const isRefused = error instanceof ProblemError;
    const cause = isRefused ? error.problem.code : isEdgeError(error, 'hub_unreachable') ? error.code : 'hub_failed';
    if (state.state === 'up' || cause !== (state.state === 'down' ? state.cause : '')) {
      context.log.warn({ error }, 'the hub cannot be reached');
      fall({ state: 'down', cause, sinceMs: context.clock.nowMs() });
    }
    const delayMs = isRefused ? REFUSED_PAUSE_MS : retryDelayMs(schedule, attempt, context.random);
    timer = context.clock.after(delayMs, () => void connect());
    attempt += 1;
  };
  const connect = async (): Promise<void> => {
    try {
      const welcome = await link.hello(parts.hello());
      if (!isRunning) return;
      attempt = 0;
      last = welcome;
      tell((events) => events.greeted?.(welcome));
      const mine = link.watch({
        payment: (view) => tell((events) => events.payment?.(view)),
        notFound: (paymentId) => tell((events) => events.notFound?.(paymentId)),
        ended: (error) => {
          if (stream === mine) retry(error);
        },
      });
      stream = mine;
      state = { state: 'up', welcome, sinceMs: context.clock.nowMs() };
      context.log.info({ session: welcome.session, hubEpoch: welcome.hubEpoch }, 'the hub knows us');
      mine.add([...watched].map((paymentId) => ({ paymentId, version: parts.versionOf(paymentId) })));
      tell((events) => events.up?.(welcome));
    } catch (error) {
      retry(error);
    }
  };
  return {
    state: () => state,
    isUp: () => state.state === 'up',
    async settled(graceMs) {
      if (state.state !== 'down') return;
      const leftMs = state.sinceMs + graceMs - context.clock.nowMs();
      if (leftMs <= 0 || leftMs > graceMs) return;
      const waiting = new AbortController();
      const wake = () => waiting.abort();
      subscribers.push({ up: wake });
      await context.clock.sleep(leftMs, waiting.signal).catch(() => undefined);
      subscribers.splice(
        subscribers.findIndex((events) => events.up === wake),
        1,
      );
    },
    welcome: () => last,
    subscribe: (events) => void subscribers.push(events),
    async askDevices() {
      if (state.state !== 'up') return;
      const devices = await link.listDevices().catch((error: unknown) => {
        context.log.debug({ error }, 'the hub did not tell the devices');
      });
      // A greeting meanwhile has told them.
      if (devices && last === state.welcome) {
        last = { ...last, devices };
        state = { ...state, welcome: last };
      }
    },
    watch(paymentId) {
      if (watched.has(paymentId)) return;
      watched.add(paymentId);
      stream?.add([{ paymentId, version: parts.versionOf(paymentId) }]);
    },
    unwatch(paymentId) {
      if (watched.delete(paymentId)) stream?.remove([paymentId]);
    },
    start() {
      isRunning = true;
      void connect();
    },
    stop() {
      isRunning = false;
      timer?.cancel();
      fall({ state: 'down', cause: 'stopped', sinceMs: context.clock.nowMs() });
    },
  };
}
