import { assert, type Context, ProblemError, type RetrySchedule, retryDelayMs } from '@tolem/base';
import { EdgeError, isEdgeError } from '../edge-error.ts';
import type { HubCommand, HubLink } from '../hub/hub-link.ts';
import type { HubSession } from '../hub/hub-session.ts';
import type { ReportChannel } from '../outbox/report-channel.ts';
import type { AskedRefunds } from '../refund/asked-refunds.ts';
import type { EdgeStore, EdgeWriter } from '../store/edge-store.ts';
import { persist } from '../store/persist.ts';
import { type CommandInput, nextCommand } from './command-machine.ts';
import type { CommandRecord } from './command-record.ts';

/** The only kind there is; others stay unclaimed, so that they expire at the hub. */
const REFUND_TERMINAL = 'refund_terminal';
/** Commands under way at once: one for each terminal that a shop may have; the hub rings again for the rest. */
const AT_ONCE_MAX = 20;
/** A customer at the terminal is done in this time, or the next one stands there: then headquarters should know. */
const BUSY_WAIT_MS = 60_000;
/** Between two looks at a busy terminal. */
const BUSY_LOOK_MS = 2_000;
/** What must be left of a command's time when it is claimed: the claim itself takes up to a call's limit. */
const CLAIM_MARGIN_MS = 6_000;
/** A claim whose answer was lost is asked for again; the hub gives the same session the same answer. */
const CLAIM_AGAIN: RetrySchedule = { firstMs: 500, maxMs: 5_000, jitter: 0.2 };

/** What headquarters asks of this agent: claimed, written down, then done, each at most once [decisions: commands]. */
export interface CommandDesk {
  /** Declines what an earlier process had claimed and not begun; then listens. */
  start(): void;
  stop(): void;
}

export interface CommandDeskParts {
  context: Context;
  boot: string;
  store: EdgeStore;
  link: HubLink;
  session: HubSession;
  bus: ReportChannel;
  refunds: AskedRefunds;
}

export function createCommandDesk(parts: CommandDeskParts): CommandDesk {
  const { context, store, link, session, refunds } = parts;
  const stopping = new AbortController();
  const running = new Set<string>();
  let isLooking = false;
  let isWanted = false;

  const apply = (commandId: string, input: CommandInput): CommandRecord => {
    const before = must(commandId);
    const step = nextCommand(before, input);
    if (!step) return before;
    const state = { ...step.state, updatedAtMs: Math.floor(context.clock.nowMs()) };
    const put = (writer: EdgeWriter): void => writer.putCommand(state);
    const [effect] = step.effects;
    if (effect) refunds.decline(before, effect.code, put);
    else store.transact(put);
    context.log.info({ commandId: state.commandId, state: state.state, reason: state.stateReason }, 'a command');
    return state;
  };
  const must = (commandId: string): CommandRecord => {
    const record = store.command(commandId);
    assert(record, 'a command is written before anything else');
    return record;
  };
  const act = async (command: CommandRecord): Promise<void> => {
    try {
      const terminalId = await refunds.place(command);
      const begun = nextCommand(command, { kind: 'begun' });
      assert(begun, 'only what was claimed is begun');
      await refunds.begin(command, terminalId, (writer) => writer.putCommand(begun.state));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const { code } = error.problem;
      await persist(context, command.commandId, () => apply(command.commandId, { kind: 'impossible', code }));
    }
  };
  /** `undefined` where the hub gave no definite answer in time: nothing was done, and the next session asks again. */
  const claim = async (commandId: string, untilMono: number): Promise<CommandRecord | undefined> => {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      try {
        await link.claimCommand(commandId);
        return await persist(context, commandId, () => apply(commandId, { kind: 'given' }));
      } catch (error) {
        const code = definiteCode(error);
        if (code !== undefined) return apply(commandId, { kind: 'refused', code, boot: parts.boot });
        if (!isTransient(error)) throw error;
      }
      const delayMs = retryDelayMs(CLAIM_AGAIN, attempt, context.random);
      if (context.clock.monoMs() + delayMs > untilMono || !session.isUp()) return undefined;
      await sleep(delayMs);
    }
    return undefined;
  };
  const sleep = (ms: number): Promise<void> =>
    context.clock.sleep(ms, stopping.signal).catch(() => undefined) as Promise<void>;
  /** A terminal in use is waited for before the claim: headquarters may still take the command back. */
  const waitForTerminal = async (command: HubCommand, untilMono: number): Promise<void> => {
    const limitMono = Math.min(untilMono, context.clock.monoMs() + BUSY_WAIT_MS);
    while (!stopping.signal.aborted && context.clock.monoMs() < limitMono) {
      const refused = await refunds.place(command).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (!(refused instanceof ProblemError && refused.problem.code === 'terminal_busy')) return;
      await sleep(BUSY_LOOK_MS);
    }
  };
  const perform = async (command: HubCommand): Promise<void> => {
    const untilMono = context.clock.monoMs() + command.expiresInMs - CLAIM_MARGIN_MS;
    await waitForTerminal(command, untilMono);
    if (stopping.signal.aborted || !session.isUp()) return;
    const known = store.command(command.commandId);
    if (known && known.state !== 'claiming') return;
    if (!known) write(command);
    const claimed = await claim(command.commandId, untilMono);
    if (claimed?.state !== 'claimed' || stopping.signal.aborted) return;
    // The claim may have waited long for room on the disk: nobody at the till expects it any more.
    if (context.clock.monoMs() > untilMono + CLAIM_MARGIN_MS) await declineLate(command.commandId);
    else await act(claimed);
  };
  /** Before the hub is asked for it: a claim whose answer never came is known to the next process. */
  const write = (command: HubCommand): void => {
    const nowMs = Math.floor(context.clock.nowMs());
    const { expiresInMs: _, ...about } = command;
    const moments = { createdAtMs: nowMs, updatedAtMs: nowMs };
    const record: CommandRecord = { ...about, state: 'claiming', boot: parts.boot, ...moments };
    store.transact((writer) => writer.putCommand(record));
  };
  const begin = (command: HubCommand, run = perform): void => {
    const { commandId, kind } = command;
    if (kind !== REFUND_TERMINAL || running.has(commandId) || running.size >= AT_ONCE_MAX) return;
    const state = store.command(commandId)?.state;
    // Done already, whatever a hub that was restored believes: its refund's facts tell it.
    if ((state !== undefined && state !== 'claiming') || (state === undefined && store.refund(command.refundId)))
      return;
    running.add(commandId);
    run(command)
      .catch((error: unknown) => {
        if (!(error instanceof EdgeError)) throw error;
        context.log.warn({ error, commandId }, 'a command could not be taken now');
      })
      .finally(() => running.delete(commandId));
  };
  const look = async (): Promise<void> => {
    // A journal that was lost first hears what the hub knows: the payments, and what was given back of them.
    if (isLooking || stopping.signal.aborted || !session.isUp() || store.meta('resume') !== 'done') {
      isWanted = isLooking;
      return;
    }
    isLooking = true;
    try {
      const waiting = await link.listCommands();
      for (const command of waiting) begin(command);
      askForOpen(waiting);
    } catch (error) {
      if (!isTransient(error) && definiteCode(error) === undefined) throw error;
    } finally {
      isLooking = false;
    }
    if (isWanted) {
      isWanted = false;
      await look();
    }
  };
  /** What this journal was claiming and the hub does not offer any more: held by our earlier session, or over. */
  const askForOpen = (waiting: readonly HubCommand[]): void => {
    const offered = new Set(waiting.map((one) => one.commandId));
    for (const command of store.openCommands()) {
      if (command.state !== 'claiming' || offered.has(command.commandId)) continue;
      begin({ ...command, expiresInMs: 0 }, tooLate);
    }
  };
  /** Its time is over: should it turn out to be ours, nothing is done. */
  const tooLate = async ({ commandId }: HubCommand): Promise<void> => {
    const claimed = await claim(commandId, context.clock.monoMs());
    if (claimed?.state === 'claimed') await declineLate(commandId);
  };
  const declineLate = (commandId: string): Promise<unknown> =>
    persist(context, commandId, () => apply(commandId, { kind: 'impossible', code: 'claimed_too_late' }));
  const takeUp = (): void => {
    const { found } = store.opening;
    const isJournalTrusted = found === 'intact' || found === 'created';
    for (const { commandId } of store.openCommands()) apply(commandId, { kind: 'taken_up', isJournalTrusted });
  };
  const ring = (): void => void look();
  session.subscribe({ up: ring });
  parts.bus.subscribe({ connected: ring, command: ring });
  return {
    start() {
      void persist(context, 'commands', takeUp);
    },
    stop: () => stopping.abort(),
  };
}

/** The hub's final word on a claim; anything else may change. */
function definiteCode(error: unknown): string | undefined {
  if (isEdgeError(error, 'hub_not_found')) return 'command_not_found';
  if (!(error instanceof ProblemError)) return undefined;
  const { code } = error.problem;
  return code === 'command_gone' || code === 'command_claimed' || code === 'command_not_found' ? code : undefined;
}

function isTransient(error: unknown): boolean {
  return error instanceof EdgeError || error instanceof ProblemError;
}
