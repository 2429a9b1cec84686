import type { Timer } from '@tolem/base';
import { isHubError } from '../hub-error.ts';
import type { HubWorld } from '../hub-world.ts';
import { assertActing, isOwn } from '../lease/own.ts';
import { codeOf } from '../payment/bank-reader.ts';
import { createDueQueue } from '../payment/due-queue.ts';
import type { RefundSession } from './refund-session.ts';
import { isActiveSession, nextRefundSession, type RefundSessionInput } from './refund-session-machine.ts';
import { applyToSession } from './session-ledger.ts';

/**
 * Watches the refund sessions that this instance owns, from memory: asks the bank who has scanned a code, at the interval
 * that the bank gave, and ends what has had its time. Writes only what changed.
 */
export interface SessionKeeper {
  /** Takes a session as just stored or adopted; forgets one that is over or another's. */
  stored(session: RefundSession): void;
  start(): void;
  forgetAll(): void;
  stop(): Promise<void>;
  readonly open: number;
}

/** Reads at once; the rest waits its turn. A chain has a handful of customers who return something at the same moment. */
const CONCURRENCY = 8;
/** The bank's interval is seconds; a broken one must not become a storm. */
const LEAST_POLL_MS = 500;
/** A session whose look failed inside us is looked at again after this. */
const AFTER_FAILURE_MS = 2_000;

export function createSessionKeeper(world: HubWorld): SessionKeeper {
  const { clock, settings, time } = world;
  const sessions = new Map<string, RefundSession>();
  const due = createDueQueue();
  const looking = new Map<string, Promise<void>>();
  let timer: Timer | undefined;
  let isRunning = false;

  const stored = (session: RefundSession): void => {
    const { refundSessionId } = session;
    const known = sessions.get(refundSessionId);
    if (known && known.version > session.version) return;
    if (!isActiveSession(session) || !isOwn(world, session)) {
      sessions.delete(refundSessionId);
      due.remove(refundSessionId);
      return;
    }
    sessions.set(refundSessionId, session);
    const isSame = known?.version === session.version && due.has(refundSessionId);
    if (!isSame && !looking.has(refundSessionId)) schedule(session);
  };
  const schedule = (session: RefundSession): void => {
    const waitMs = nextLookMs(session, time.nowMs());
    due.put(session.refundSessionId, clock.monoMs() + waitMs);
    arm();
  };
  const look = async (session: RefundSession): Promise<void> => {
    const { refundSessionId } = session;
    try {
      const input = await learn(world, session);
      const isNews = nextRefundSession(session, input, settings.intervals) !== undefined;
      const now = isNews ? await keep(world, session, input) : undefined;
      if (now) stored(now);
      const current = sessions.get(refundSessionId);
      if (current) schedule(current);
    } catch (error) {
      if (!isHubError(error, 'lease_lost', 'store_unavailable'))
        world.log.error({ error, refundSessionId }, 'a look at a refund session failed');
      if (sessions.has(refundSessionId)) due.put(refundSessionId, clock.monoMs() + AFTER_FAILURE_MS);
    }
  };
  const run = (): void => {
    timer?.cancel();
    timer = undefined;
    if (!isRunning) return;
    while (looking.size < CONCURRENCY) {
      const refundSessionId = due.takeDue(clock.monoMs());
      if (refundSessionId === undefined) break;
      const session = sessions.get(refundSessionId);
      if (!session || looking.has(refundSessionId)) continue;
      const turn = look(session).finally(() => {
        looking.delete(refundSessionId);
        run();
      });
      looking.set(refundSessionId, turn);
    }
    arm();
  };
  const arm = (): void => {
    timer?.cancel();
    timer = undefined;
    const nextAt = due.nextAt();
    if (!isRunning || nextAt === undefined || looking.size >= CONCURRENCY) return;
    timer = clock.after(Math.max(0, nextAt - clock.monoMs()), run);
  };
  return {
    stored,
    start() {
      isRunning = true;
      arm();
    },
    forgetAll() {
      sessions.clear();
      due.clear();
      timer?.cancel();
    },
    async stop() {
      isRunning = false;
      timer?.cancel();
      await Promise.allSettled([...looking.values()]);
    },
    get open() {
      return sessions.size;
    },
  };
}

/** At the bank's interval while a scan is awaited, and just after the end of the window; otherwise at the session's end. */
function nextLookMs(session: RefundSession, nowMs: number): number {
  const leftMs = session.expiresAtMs - nowMs + 1;
  if (session.status !== 'awaiting_customer') return Math.max(LEAST_POLL_MS, leftMs);
  const pollMs = Math.max(LEAST_POLL_MS, session.pollIntervalMs ?? 0);
  return leftMs > 0 ? Math.min(pollMs, leftMs) : pollMs;
}

/** What there is to learn about the session now, as an input of its machine. Never rejects. */
async function learn(world: HubWorld, session: RefundSession): Promise<RefundSessionInput> {
  const { time, bank } = world;
  const askedAtMs = time.nowMs();
  if (session.status !== 'awaiting_customer') return { kind: 'time_passed', nowMs: askedAtMs };
  try {
    const { word, meaning } = await bank.readRefundCode(session.refundCodeId ?? '');
    if (meaning === 'unlisted') {
      world.meter.count('bank_unlisted_words', { word: word.slice(0, 60) });
      world.log.error({ refundSessionId: session.refundSessionId, word }, 'the bank said an unlisted word');
    }
    return { kind: 'status_read', nowMs: time.nowMs(), askedAtMs, meaning };
  } catch (error) {
    const code = codeOf(error);
    const nowMs = time.nowMs();
    return CODE_UNKNOWN.has(code) ? { kind: 'read_refused', nowMs, code } : { kind: 'read_failed', nowMs };
  }
}

/** What the bank says about the code itself: asking the same again is useless. */
export const CODE_UNKNOWN: ReadonlySet<string> = new Set(['payment_not_found', 'not_offered']);

/** The session as stored, or nothing where another instance owns it now. */
async function keep(
  world: HubWorld,
  { refundSessionId }: RefundSession,
  input: RefundSessionInput,
): Promise<RefundSession | undefined> {
  const applied = await world.store.transaction((tx) =>
    applyToSession(tx, world, refundSessionId, (current) => {
      assertActing(world);
      return isOwn(world, current) ? input : undefined;
    }),
  );
  return applied?.session;
}
