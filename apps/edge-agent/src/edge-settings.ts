import { Money } from '@tolem/base';

/** Every time limit of the core, in milliseconds. Tests shorten them by name (`intervals` of the configuration). */
export interface EdgeIntervals {
  /** How long a till waits for a QR before it is told that nothing was started [decisions: at the till]. */
  createWaitMs: number;
  /** A till waits so long for a hub that has only just gone or is only just being called, before it is refused. */
  hubGraceMs: number;
  /** Between two attempts of one call to the hub while a till waits. */
  hubRetryMs: number;
  /** A call to the hub that has no answer by then counts as lost; it is asked again under the same id. */
  hubCallMs: number;
  /** The longest pause before the hub is tried again; the same as grpc's own, so that neither waits for the other. */
  hubReconnectMaxMs: number;
  /** The same key and body bring the payment back for so long; afterwards `key_used` [decisions: at the till]. */
  keyRepeatMs: number;
  /** How long after its end a payment may still be claimed at the till [decisions: deadlines, late money]. */
  lateAcceptMs: number;
  /** Paid and not fetched by the till within this time is a case. */
  collectWithinMs: number;
  terminalPollMs: number;
  /** The slowest polling, for operations that nobody waits for any more. */
  terminalPollSlowMs: number;
  /** Between two `actualize` of one operation; earlier ones are refused with 103 [pos-v2]. */
  actualizeEveryMs: number;
  /** A terminal that could not be asked for so long makes its payment `unknown`; it is asked on. */
  terminalSilentMs: number;
  /** How long an operation at a terminal is followed; the terminal keeps results for 24 h [pos-v2]. */
  terminalWatchMs: number;
  /** How long a till waits for the answer to a start before it gets the payment as it then is. */
  terminalAnswerMs: number;
  /** Between two looks at an idle terminal. */
  terminalIdleMs: number;
  /** A batch without an ack is sent again after this time, then after growing ones. */
  ackWaitMs: number;
  ackWaitMaxMs: number;
  /** Between two looks at disk, clock and certificate. */
  healthMs: number;
}

export const DEFAULT_INTERVALS: EdgeIntervals = {
  createWaitMs: 10_000,
  hubGraceMs: 3_000,
  hubRetryMs: 500,
  hubCallMs: 5_000,
  hubReconnectMaxMs: 5_000,
  keyRepeatMs: 24 * 3_600_000,
  lateAcceptMs: 60_000,
  collectWithinMs: 600_000,
  terminalPollMs: 1_000,
  terminalPollSlowMs: 30_000,
  actualizeEveryMs: 10_000,
  terminalSilentMs: 600_000,
  terminalWatchMs: 24 * 3_600_000,
  terminalAnswerMs: 15_000,
  terminalIdleMs: 30_000,
  ackWaitMs: 5_000,
  ackWaitMaxMs: 60_000,
  healthMs: 60_000,
};

export interface RefundPolicy {
  /** `own_payments`: payments of this agent; `none`: no refunds at this till. */
  scope: 'own_payments' | 'none';
  /** Counted from the payment. */
  withinMs: number;
  /** The most that one payment may give back here. */
  max: Money;
}

export interface EdgeSettings {
  version: string;
  refunds: RefundPolicy;
  intervals: EdgeIntervals;
  /** Acknowledged rows of the journal are kept so long; never less than the oldest backup one would restore. */
  journalKeepDays: number;
  /** No clock that is right shows a moment before this program was made. */
  builtAtMs: number;
}

const BUILT_AT_MS = Date.UTC(2026, 0, 1);

/** Settings from a configuration's parts; throws nothing: an interval that the core does not know is left to others. */
export function edgeSettings(parts: {
  version: string;
  refunds?: Partial<RefundPolicy>;
  intervals?: Readonly<Record<string, number>>;
  journalKeepDays?: number;
}): EdgeSettings {
  const known = Object.keys(DEFAULT_INTERVALS);
  const chosen = Object.entries(parts.intervals ?? {}).filter(([name]) => known.includes(name));
  return {
    version: parts.version,
    refunds: { scope: 'own_payments', withinMs: 24 * 3_600_000, max: Money.fromTenge(50_000), ...parts.refunds },
    intervals: { ...DEFAULT_INTERVALS, ...Object.fromEntries(chosen) },
    journalKeepDays: parts.journalKeepDays ?? 35,
    builtAtMs: BUILT_AT_MS,
  };
}
