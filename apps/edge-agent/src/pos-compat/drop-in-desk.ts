import { type Context, ProblemError } from '@tolem/base';
import type { DropInProcess } from '../drop-in/drop-in-process.ts';
import type { WholeEdgeCore } from '../edge-core.ts';
import { unlessDiskFull } from '../store/persist.ts';
import { type Outcome, outcomeOfPayment, outcomeOfRefund } from './outcome.ts';
import { notFound, notStarted, notStartedBecause, SENTENCES, type WireAnswer, waiting } from './wire-answer.ts';

/** The same request so soon after the end is an old till repeating a lost answer [decisions: drop-in LAN API]. */
const REPEAT_MS = 3 * 60_000;
/** Operations whose end is remembered on the monotonic clock, which no correction moves; far more than end in 3 min. */
const ENDS_MAX = 200;

export interface StartRequest {
  kind: DropInProcess['kind'];
  address: string;
  asked: string;
  /** Begins the operation under the process's idempotency key. Rejects with `ProblemError`. */
  begin: (process: DropInProcess) => Promise<unknown>;
}

/** What old tills may begin, and what they are told: never a second start for a repeated request, never `fail` in doubt. */
export interface DropInDesk {
  start(request: StartRequest): Promise<WireAnswer>;
  status(processId: string): WireAnswer;
  close(): void;
}

export type DropInCore = Pick<WholeEdgeCore, 'payments' | 'refunds' | 'processes'>;

export function createDropInDesk(parts: { core: DropInCore; context: Context }): DropInDesk {
  const { core, context } = parts;
  const { processes } = core;
  /** Starts that are under way, by what was asked; the same request waits for the same answer. */
  const starting = new Map<string, Promise<WireAnswer>>();
  const ends = watchEnds(core, context);

  const outcomeOf = (process: DropInProcess): Outcome | undefined => {
    const payment = processes.paymentOf(process);
    if (payment) return outcomeOfPayment(payment, process.processId);
    const refund = processes.refundOf(process);
    return refund && outcomeOfRefund(refund, paymentOf(core, refund.paymentId), process.processId);
  };
  /** Open, or ended just now without the till having fetched how. */
  const isRepeated = (process: DropInProcess, outcome: Outcome | undefined): boolean => {
    if (outcome === undefined || outcome.kind === 'refused') return false;
    if (outcome.kind === 'wait') return true;
    return process.told === undefined && ends.ageMs(process.keyHash, outcome.endedAtMs) <= REPEAT_MS;
  };
  const begin = async (process: DropInProcess, request: StartRequest): Promise<WireAnswer> => {
    let refused: string = SENTENCES.notRegistered;
    try {
      await request.begin(process);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      context.log.info({ error, processId: process.processId }, 'an old till was refused');
      refused = error.problem.hint.ru;
    }
    const outcome = outcomeOf(process);
    if (outcome === undefined) return notStarted(refused);
    if (outcome.kind === 'refused') return notStarted(outcome.sentence ?? refused);
    return waiting(process.processId);
  };
  const fetched = (process: DropInProcess, outcome: Extract<Outcome, { kind: 'fail' | 'success' }>): void => {
    const { processId } = process;
    unlessDiskFull(context, processId, () => {
      const payment = processes.paymentOf(process);
      if (outcome.kind === 'success' && payment) core.payments.recordCollected(payment.paymentId);
      if (process.told) return;
      const transaction = outcome.kind === 'success' ? { transactionId: outcome.transactionId } : {};
      processes.told(process, { status: outcome.kind, ...(process.kind === 'payment' ? transaction : {}) });
    });
  };
  return {
    async start(request) {
      const name = `${request.kind} ${request.address} ${request.asked}`;
      const running = starting.get(name);
      if (running) return running;
      const before = processes.last(request);
      const outcome = before && outcomeOf(before);
      if (before && isRepeated(before, outcome)) return waiting(before.processId);
      if (starting.size > 0) return notStartedBecause('terminal_busy');
      const open = request.kind === 'payment' ? processes.openPayment() : undefined;
      if (open) return notStartedBecause(open.status === 'unknown' ? 'terminal_unresolved' : 'terminal_busy');
      // A number that led to nothing was never told to anybody.
      const isUnused = before && outcome === undefined && before.told === undefined;
      const begun = begin(isUnused ? before : processes.next(request), request).finally(() => starting.delete(name));
      starting.set(name, begun);
      return begun;
    },
    status(processId) {
      const process = processes.find(processId);
      if (process === 'never_issued') return notFound();
      if (process === 'not_known_yet') return waiting(processId);
      const outcome = outcomeOf(process);
      if (outcome === undefined)
        return toldBefore(process) ?? (processes.isComplete() ? notFound() : waiting(processId));
      if (outcome.kind === 'wait') return waiting(processId);
      const ended = outcome.kind === 'refused' ? ({ kind: 'fail', endedAtMs: 0 } as const) : outcome;
      const body = ended.kind === 'success' ? ended.body : { status: 'fail' };
      return { status: 200, body: { processId, ...body }, delivered: () => fetched(process, ended) };
    },
    close: () => ends.close(),
  };
}

/** The operation itself is kept no longer; what the till was told is. */
function toldBefore({ processId, told, transactionId }: DropInProcess): WireAnswer | undefined {
  if (!told) return undefined;
  const body = { processId, status: told.status, ...(transactionId === undefined ? {} : { transactionId }) };
  return { status: 200, body };
}

function paymentOf(core: DropInCore, paymentId: string) {
  try {
    return core.payments.get(paymentId);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return undefined;
  }
}

/** When operations ended, on the monotonic clock where this process has seen it. */
function watchEnds({ payments, refunds }: DropInCore, { clock }: Context) {
  const seenMono = new Map<string, number>();
  const see = (keyHash: string | undefined, hasEnded: boolean): void => {
    if (keyHash === undefined || !hasEnded || seenMono.has(keyHash)) return;
    seenMono.set(keyHash, clock.monoMs());
    const [oldest] = seenMono.keys();
    if (seenMono.size > ENDS_MAX && oldest !== undefined) seenMono.delete(oldest);
  };
  const leave = [
    payments.onChange((payment) => see(keyHashOf(payment), payment.final)),
    refunds.onChange((refund) => see(keyHashOf(refund), ['confirmed', 'declined'].includes(refund.status))),
  ];
  return {
    ageMs(keyHash: string, endedAtMs: number): number {
      const mono = seenMono.get(keyHash);
      return mono === undefined ? Math.abs(clock.nowMs() - endedAtMs) : clock.monoMs() - mono;
    },
    close(): void {
      for (const one of leave) one();
    },
  };
}

function keyHashOf(entry: object): string | undefined {
  return 'keyHash' in entry && typeof entry.keyHash === 'string' ? entry.keyHash : undefined;
}
